"""A feed: RSS 2.0 with its newest items."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler

from tests.unit.echostream_sources.feeds import item, rss
from tests.unit.echostream_sources.services.service import AUTHOR, WebService
from tests.web_server import WebServer, send, web_server

PATH = "/feed.xml"


class RssService(WebService):
    shown = 100

    def __init__(self, server: WebServer) -> None:
        super().__init__(server, {"feed": server.url + PATH})
        server.pages[PATH] = self._respond

    def _respond(self, handler: BaseHTTPRequestHandler) -> None:
        posts = self.posts.items()[-(self.shown or 0) :]
        send(handler, rss([_item(*one) for one in reversed(posts)]))


def _item(number: int, at: datetime, text: str) -> str:
    return item("", guid=f"g{number}", description=text, author=AUTHOR, date=format_datetime(at))


@contextmanager
def service() -> Iterator[RssService]:
    with web_server() as server:
        yield RssService(server)
