"""A stand-in for an identity provider of OpenID Connect, with one user who is signed in already."""

import base64
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit


class IdentityProvider(ThreadingHTTPServer):
    """`subject` is the user's id. A browser is sent back to `callback`, the user pool's address."""

    daemon_threads = True

    def __init__(self, callback, subject):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.callback, self.subject = callback, subject

    @property
    def url(self):
        return f"http://localhost:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: IdentityProvider

    def do_GET(self):
        """The authorization endpoint, which asks the user nothing."""
        [state] = parse_qs(urlsplit(self.path).query)["state"]
        self.send_response(302)
        query = urlencode({"code": "a-code", "state": state})
        self.send_header("Location", f"{self.server.callback}?{query}")
        self.end_headers()

    def do_POST(self):
        """The token endpoint. The emulator checks no signature of an identity provider."""
        self.rfile.read(int(self.headers["Content-Length"]))
        claims = json.dumps({"sub": self.server.subject, "email": "ann@example.org"})
        part = base64.urlsafe_b64encode(claims.encode()).decode().rstrip("=")
        body = json.dumps({"id_token": f"e30.{part}.signature", "access_token": "a"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def identity_provider(settings, sandbox, name, subject):
    """A provider of this name in the tests' user pool."""
    pool = settings.target.client("cognito-idp")
    server = IdentityProvider(f"{settings.endpoint}/oauth2/idpresponse", subject)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pool.create_identity_provider(
        UserPoolId=sandbox["USER_POOL_ID"],
        ProviderName=name,
        ProviderType="OIDC",
        ProviderDetails={
            "client_id": "echostream",
            "client_secret": "secret",
            "authorize_scopes": "openid email",
            "attributes_request_method": "GET",
            "oidc_issuer": server.url,
            "authorize_url": f"{server.url}/authorize",
            "token_url": f"{server.url}/token",
        },
        AttributeMapping={"email": "email"},
    )
    try:
        yield
    finally:
        pool.delete_identity_provider(UserPoolId=sandbox["USER_POOL_ID"], ProviderName=name)
        server.shutdown()
        server.server_close()
