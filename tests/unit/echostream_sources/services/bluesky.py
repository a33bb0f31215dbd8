"""A Jetstream: plays back the events of the network, then sends those that follow.

The shapes are those of the documentation of Jetstream (bluesky-social/jetstream).
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from tests.builders import NOW
from tests.unit.echostream_sources.services.service import AUTHOR, Posts

COLLECTION = "app.bsky.feed.post"
Event = dict[str, Any]


class BlueskyService:
    """`events` are those before the posts. `clock` is the server's, with which it stamps events.

    After the posts it sends an event of another user, as on a network where something always
    happens; not if it `is_quiet`. It closes a connection after `closes_after` events.
    """

    secrets: Mapping[str, str] = {}
    shown = None

    def __init__(self) -> None:
        self.posts = Posts()
        self.events: list[Event] = []
        self.clock: Callable[[], datetime] = self._tick
        self.is_quiet = False
        self.closes_after: int | None = None
        self.oldest = 0
        self.requests: list[dict[str, list[str]]] = []
        self.settings: dict[str, str] = {}
        self._stamps: list[int] = []
        self._failure: tuple[int, Mapping[str, str]] | None = None
        self._body: bytes | None = None

    def _tick(self) -> datetime:
        """A second later with each connection."""
        return NOW + timedelta(seconds=len(self.requests) - 0.5)

    def fail(self, status: int, headers: Mapping[str, str]) -> None:
        self._failure = status, headers

    def answer(self, body: bytes) -> None:
        self._body = body

    def process_request(self, _: ServerConnection, request: Request) -> Response | None:
        self.requests.append(parse_qs(urlsplit(request.path).query))
        if self._failure is None:
            return None
        status, headers = self._failure
        return Response(status, HTTPStatus(status).phrase, Headers(headers), b"")

    def handle(self, connection: ServerConnection) -> None:
        try:
            if self._body is not None:
                connection.send(self._body)
                return
            for event in self._from(int(self.requests[-1]["cursor"][0])):
                connection.send(json.dumps(event))
            if self.closes_after is None:
                connection.recv()  # nothing: it waits for the end
        except ConnectionClosed:
            return

    def _from(self, cursor: int) -> list[Event]:
        now, items = microseconds(self.clock()), self.posts.items()
        new = len(items) - len(self._stamps)
        received = now - 1_000_000  # a second ago, one after another
        self._stamps += range(received, received + new)
        posts = [post(*item, stamp) for item, stamp in zip(items, self._stamps, strict=True)]
        if not self.is_quiet:
            self.events.append(other("account", now))
        events = [*self.events, *posts]
        events.sort(key=lambda event: event["time_us"])
        played = [one for one in events if one["time_us"] >= max(cursor, self.oldest)]
        return played[: self.closes_after]


def post(number: int, at: datetime, text: str, time_us: int, **record: object) -> Event:
    """A new post that the server received at a time; one without a text has a picture."""
    return {
        "did": f"did:plc:{AUTHOR}",
        "time_us": time_us,
        "kind": "commit",
        "commit": {
            "rev": "3l",
            "operation": "create",
            "collection": COLLECTION,
            "rkey": f"3l{number:011}",
            "record": {
                "$type": COLLECTION,
                "createdAt": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "langs": ["en"],
                "text": text,
                **record,
            },
            "cid": "bafy",
        },
    }


def other(kind: str, time_us: int) -> Event:
    return {"did": "did:plc:bea", "time_us": time_us, "kind": kind, kind: {"did": "did:plc:bea"}}


def microseconds(at: datetime) -> int:
    return int(at.timestamp() * 1e6)


@contextmanager
def service() -> Iterator[BlueskyService]:
    opened = BlueskyService()
    with serve(
        opened.handle, "127.0.0.1", 0, process_request=opened.process_request, close_timeout=1
    ) as server:
        opened.settings = {"server": f"ws://127.0.0.1:{server.socket.getsockname()[1]}"}
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield opened
        server.shutdown()
        thread.join()
