"""The search of Hacker News as Algolia answers it: newest first, at most 1,000 items."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.unit.echostream_sources.services.service import AUTHOR, WebService
from tests.web_server import WebServer, send, web_server

PATH = "/api/v1/search_by_date"
_PERIOD = re.compile(r"created_at_i>=(\d+),created_at_i<=(\d+)")


class HackerNewsService(WebService):
    """Each second item is a comment. `largest` is the service's limit of items for a request."""

    def __init__(self, server: WebServer, largest: int = 1_000) -> None:
        super().__init__(server, {"server": server.url})
        self.largest = largest
        self.hits: list[dict[str, Any]] = []
        server.pages[PATH] = self._respond

    def _respond(self, handler: BaseHTTPRequestHandler) -> None:
        query = parse_qs(urlsplit(handler.path).query)
        tags = query["tags"][0].strip("()").split(",")
        period = _PERIOD.fullmatch(query["numericFilters"][0])
        assert period
        first, last = map(int, period.groups())
        found = [
            hit
            for hit in [*self.hits, *(_hit(*one) for one in self.posts.items())]
            if first <= hit["created_at_i"] <= last and set(tags) & set(hit["_tags"])
        ]
        found.sort(key=lambda hit: -hit["created_at_i"])
        size = min(self.largest, int(query["hitsPerPage"][0]))
        send(handler, json.dumps({"hits": found[:size], "nbHits": len(found)}).encode())


def _hit(number: int, at: datetime, text: str) -> dict[str, Any]:
    kind, name = ("comment", "comment_text") if number % 2 else ("story", "title")
    return {
        "objectID": str(1_000 + number),
        "created_at_i": int(at.timestamp()),
        "author": AUTHOR,
        "_tags": [kind, f"author_{AUTHOR}"],
        name: text,
    }


@contextmanager
def service() -> Iterator[HackerNewsService]:
    with web_server() as server:
        yield HackerNewsService(server)
