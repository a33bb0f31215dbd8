"""Reddit's API: tokens, and listings with `limit`, `after` and `before`, at most 1,000 items.

The shapes are those of Reddit's documentation (OAuth2, listings, rate limits).
"""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.unit.echostream_sources.services.service import AUTHOR, WebService
from tests.web_server import WebServer, send, web_server

SECRETS = {"client_id": "an-id", "client_secret": "a-secret-of-reddit"}
TOKEN = "a-token-of-reddit"
LONGEST = 1_000
"""Items of a listing."""
Thing = dict[str, Any]


class RedditService(WebService):
    """Each second post is a comment. `things` are further ones; `left` the requests that are left.

    `deleted` are the fullnames of items that are not there any more.
    """

    secrets = SECRETS

    def __init__(self, server: WebServer) -> None:
        super().__init__(server, {"server": server.url, "subreddits": "tea"})
        self.things: list[Thing] = []
        self.deleted: set[str] = set()
        self.left = 1_000
        self.reset = 5
        self.listed = 0
        server.pages["/api/v1/access_token"] = self._give_token
        self.listings = [
            f"/r/{subreddits}/{name}"
            for subreddits in ("tea", "tea+coffee")
            for name in ("new", "comments/", "search/")
        ]
        server.pages |= dict.fromkeys(self.listings, self._list)

    def _give_token(self, handler: BaseHTTPRequestHandler) -> None:
        form = handler.rfile.read(int(handler.headers["Content-Length"]))
        login = base64.b64encode(":".join(SECRETS.values()).encode()).decode()
        is_known = handler.headers["Authorization"] == f"Basic {login}"
        if not is_known or form != b"grant_type=client_credentials":
            self._send(handler, 401, {"message": "Unauthorized", "error": 401})
            return
        token = {"access_token": TOKEN, "token_type": "bearer", "expires_in": 86400, "scope": "*"}
        self._send(handler, 200, token)

    def _list(self, handler: BaseHTTPRequestHandler) -> None:
        if handler.headers["Authorization"] != f"bearer {TOKEN}":
            self._send(handler, 401, {})
            return
        url = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        kind = "t1" if "comments" in url.path else "t3"
        things = [*self.things, *(thing(*one) for one in self.posts.items())]
        found = [one for one in things if one["kind"] == kind and _name(one) not in self.deleted]
        if "q" in query:
            found = [one for one in found if query["q"] in one["data"]["title"]]
        found = sorted(found, key=lambda one: -one["data"]["created_utc"])
        found = found[: self.shown or LONGEST]
        names = [_name(one) for one in found]
        start = names.index(query["after"]) + 1 if query.get("after") in names else 0
        page = found[start : start + min(100, int(query["limit"]))]
        is_last = start + len(page) >= len(found)
        self.left, self.listed = self.left - 1, self.listed + 1
        after = None if is_last else _name(page[-1])
        self._send(handler, 200, {"kind": "Listing", "data": {"children": page, "after": after}})

    def _send(self, handler: BaseHTTPRequestHandler, status: int, body: object) -> None:
        rates = {
            "x-ratelimit-remaining": f"{self.left}.0",
            "x-ratelimit-used": "1",
            "x-ratelimit-reset": str(self.reset),
        }
        send(handler, json.dumps(body).encode(), status, **rates)


def _name(one: Thing) -> str:
    return str(one["data"]["name"])


def thing(number: int, at: datetime, text: str, **fields: object) -> Thing:
    """A comment for an odd number, a post for an even one; a deleted one without a text."""
    kind = "t1" if number % 2 else "t3"
    title = (
        {} if number % 2 else {"title": text or "a title", "selftext": "" if text else "[deleted]"}
    )
    body = {"body": text or "[deleted]"} if number % 2 else {}
    return {
        "kind": kind,
        "data": {
            "id": f"x{number}",
            "name": f"{kind}_x{number}",
            "created_utc": at.timestamp(),
            "author": AUTHOR,
            "subreddit": "tea",
            "permalink": f"/r/tea/comments/x{number}/",
            **title,
            **body,
            **fields,
        },
    }


@contextmanager
def service() -> Iterator[RedditService]:
    with web_server() as server:
        yield RedditService(server)
