"""A Mastodon server: timelines with `min_id`, pages of 40, rate limits and tokens.

The shapes are those of the documentation of Mastodon's API (methods/timelines, entities/Status,
api/rate-limits).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.unit.echostream_sources.services.service import AUTHOR, WebService
from tests.web_server import WebServer, send, web_server

PATH = "/api/v1/timelines/"
LARGEST = 40
FIRST_ID = 109_000


class MastodonService(WebService):
    """`statuses` are further posts by timeline. `left` is the number of requests that are left."""

    def __init__(self, server: WebServer) -> None:
        super().__init__(server, {"server": server.url})
        self.statuses: dict[str, list[dict[str, Any]]] = {}
        self.left = 10_000
        self.reset_at = datetime(2026, 5, 20, 13, tzinfo=UTC)
        self.token = ""
        self.ignores_min_id = False
        for timeline in ("public", "tag/tea", "tag/coffee"):
            server.pages[PATH + timeline] = self._respond

    def _respond(self, handler: BaseHTTPRequestHandler) -> None:
        url = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if self.token and handler.headers["Authorization"] != f"Bearer {self.token}":
            self._send(handler, 422, {"error": "This method requires an authenticated user"})
            return
        timeline = url.path.removeprefix(PATH)
        found = [*self.statuses.get(timeline, ())]
        if timeline == "public":
            found += [status_of(*one, self.server.url) for one in self.posts.items()]
        found.sort(key=lambda one: int(one["id"]))
        size = min(LARGEST, int(query.get("limit", 20)))
        if "min_id" in query and not self.ignores_min_id:
            found = [one for one in found if int(one["id"]) > int(query["min_id"])][:size]
        self.left -= 1
        self._send(handler, 200, found[::-1][:size])

    def _send(self, handler: BaseHTTPRequestHandler, status: int, body: object) -> None:
        rates = {
            "X-RateLimit-Limit": "300",
            "X-RateLimit-Remaining": str(max(0, self.left)),
            "X-RateLimit-Reset": self.reset_at.isoformat(),
        }
        send(handler, json.dumps(body).encode(), status, **rates)


def status_of(number: int, at: datetime, text: str, server: str) -> dict[str, Any]:
    content = text.replace("&", "&amp;") if text else ""
    return {
        "id": str(FIRST_ID + number),
        "created_at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "uri": f"{server}/users/{AUTHOR}/statuses/{FIRST_ID + number}",
        "url": f"{server}/@{AUTHOR}/{FIRST_ID + number}",
        "content": f"<p>{content}</p>",
        "reblog": None,
        "account": {"acct": f"{AUTHOR}@example.org"},
    }


@contextmanager
def service() -> Iterator[MastodonService]:
    with web_server() as server:
        yield MastodonService(server)
