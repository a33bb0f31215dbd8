"""A feed: RSS 2.0 with its newest items."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler

from tests.unit.echostream_sources.feeds import item, rss
from tests.unit.echostream_sources.services.service import AUTHOR, Posts
from tests.web_server import WebServer, web_server

PATH = "/feed.xml"


class RssService:
    secrets: Mapping[str, str] = {}

    def __init__(self, server: WebServer) -> None:
        self.posts = Posts()
        self.shown: int | None = 100
        self.settings = {"feed": server.url + PATH}
        self._server = server
        server.pages[PATH] = self._respond

    def fail(self, status: int, headers: Mapping[str, str]) -> None:
        self._server.serve(PATH, b"", status, **headers)

    def answer(self, body: bytes) -> None:
        self._server.serve(PATH, body)

    def _respond(self, handler: BaseHTTPRequestHandler) -> None:
        posts = self.posts.items()[-(self.shown or 0) :]
        body = rss([_item(*one) for one in reversed(posts)])
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


def _item(number: int, at: datetime, text: str) -> str:
    return item("", guid=f"g{number}", description=text, author=AUTHOR, date=format_datetime(at))


@contextmanager
def service() -> Iterator[RssService]:
    with web_server() as server:
        yield RssService(server)
