"""A web server on a free port of this machine, whose paths a test defines."""

import contextlib
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from echostream.adapters.dynamodb_live_sources import DynamoDBLiveSources

Page = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class WebServer:
    """`pages` answer requests by path, with or without its query.

    `requests` are the paths and headers of the requests so far.
    """

    url: str = ""
    pages: dict[str, Page] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def serve(self, path: str, body: bytes, status: int = 200, **headers: str) -> str:
        """Answer a path with a body; its address."""
        self.pages[path] = lambda handler: send(handler, body, status, **headers)
        return self.url + path


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    """Send a response. Underscores in headers' names are hyphens."""
    handler.send_response(status)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in {"Content-Length": str(len(body)), **named}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@contextlib.contextmanager
def web_server(certificate: Path | None = None) -> Iterator[WebServer]:
    """Serve until the end, with TLS if there is a file with a key and its certificate."""
    served = WebServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.requests.append((self.path, dict(self.headers)))
            page = served.pages.get(self.path) or served.pages[self.path.partition("?")[0]]
            with contextlib.suppress(OSError):  # the client has gone
                page(self)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.url = f"http://127.0.0.1:{server.server_port}"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def allowed_webhook(settings: Any, sandbox: Mapping[str, str]) -> Iterator[WebServer]:
    """A server on this machine that destinations of a sandbox may have as their webhook."""
    dynamodb = settings.target.client("dynamodb")
    sources = DynamoDBLiveSources(dynamodb, sandbox["TABLE_NAME"], lambda: datetime.now(UTC))
    with web_server() as server:
        sources.allow("127.0.0.1", datetime.now(UTC))
        yield server
