"""A proxy between a client and the emulator that makes calls fail on demand."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3

from echostream_cli.emulators import API_PATH

CONNECTION = {"connection", "transfer-encoding", "content-length"}
DROPPED = CONNECTION | {"content-encoding"}
"""Headers of a response that the proxy does not pass on; of a request it drops `CONNECTION` only,
because the client signed the others, with the address of the proxy as `Host`."""


class Proxy:
    """Forwards each request unless `fault(path, body)` returns a response.

    `fault` returns None (forward) or (status, body). Status 0 closes the connection. `headers` are
    those of its responses.
    """

    def __init__(self, upstream):
        self.headers: dict[str, str] = {}
        self.fault: Callable[[str, bytes], tuple[int, str] | None] = lambda *_: None
        self._upstream = upstream
        self._pool = urllib3.PoolManager(maxsize=16, timeout=60, retries=False)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_request(self):
                proxy.handle(self)

            def log_message(self, *_):
                pass

        for method in ("GET", "POST", "PUT", "DELETE", "HEAD"):
            setattr(Handler, f"do_{method}", Handler.handle_request)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def handle(self, request):
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        response = self.fault(request.path, body)
        if response is None:
            headers = {n: v for n, v in request.headers.items() if n.lower() not in CONNECTION}
            url = self._upstream + request.path
            upstream = self._pool.request(request.command, url, body=body, headers=headers)
            self._send(request, upstream.status, upstream.data, upstream.headers)
        elif response[0]:
            self._send(request, response[0], response[1].encode(), self.headers)
        else:
            request.close_connection = True

    def _send(self, request, status, data, headers):
        try:
            request.send_response(status)
            for name, value in headers.items():
                if name.lower() not in DROPPED:
                    request.send_header(name, value)
            request.send_header("Content-Length", str(len(data)))
            request.end_headers()
            request.wfile.write(data)
        except ConnectionError:
            request.close_connection = True  # the client closed the connection

    def fail_api(self, status, body="{}"):
        """Give every API request this response; forward all other requests."""
        self.fault = lambda path, _: (status, body) if API_PATH in path else None

    def delay_api(self, seconds):
        """Delay every API request."""

        def late(path, _):
            if API_PATH in path:
                time.sleep(seconds)

        self.fault = late

    def end_sessions(self):
        """Reject every API token, and every refresh of one."""
        error = '{"__type": "NotAuthorizedException", "message": "Refresh Token has been revoked"}'

        def fault(path, body):
            if API_PATH in path:
                return 401, '{"message": "Unauthorized"}'
            return (400, error) if b"REFRESH_TOKEN_AUTH" in body else None

        self.fault = fault

    def clear_fault(self):
        """Forward every request again."""
        self.fault = lambda *_: None
