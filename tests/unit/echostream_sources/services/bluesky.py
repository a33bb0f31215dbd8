"""Jetstream as its documentation describes it: events since a cursor, and then new ones."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from threading import Condition, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from tests.builders import NOW
from tests.unit.echostream_sources.services.service import AUTHOR, Posts

POST = "app.bsky.feed.post"
DELAY = timedelta(milliseconds=300)
"""From the time at which a post was written to that of its event."""
POLL_SECONDS = 0.01

Event = Mapping[str, Any]


def microseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def event(at: datetime, kind: str, **fields: Any) -> Event:
    return {"did": AUTHOR, "time_us": microseconds(at), "kind": kind, **fields}


def commit(at: datetime, rkey: str, record: Any, **fields: str) -> Event:
    """The event of a new post, if no field says otherwise."""
    created = {"operation": "create", "collection": POST, "rkey": rkey, "record": record}
    return event(at, "commit", commit={**created, **fields})


def record(written_at: datetime, text: str, **fields: Any) -> dict[str, Any]:
    created_at = written_at.isoformat().replace("+00:00", "Z")
    return {"$type": POST, "createdAt": created_at, "langs": ["en"], "text": text, **fields}


class BlueskyService:
    """A network in which an account changes at `NOW`, so that a read until then has an end.

    `events` follow those of `posts`; `live` ones are sent after all of them, as they are added. If
    there is `then`, it is called with the connection instead of them. `queries` and `headers` are
    those of the connections so far; `closed` is the number of those that clients closed.
    """

    secrets: Mapping[str, str] = {}
    shown: int | None = 40

    def __init__(self) -> None:
        self.posts = Posts()
        self.settings: dict[str, str] = {}
        self.events: list[Event] = []
        self.live: list[Event] = [event(NOW, "account", account={"active": True})]
        self.then: Callable[[ServerConnection], None] | None = None
        self.queries: list[dict[str, list[str]]] = []
        self.headers: list[Mapping[str, str]] = []
        self.closed = 0
        self._changed = Condition()
        self._failure: tuple[int, Mapping[str, str]] | None = None
        self._answer: bytes | None = None

    def fail(self, status: int, headers: Mapping[str, str]) -> None:
        self._failure = (status, headers)

    def answer(self, body: bytes) -> None:
        self._answer = body

    def reject(self, connection: ServerConnection, _: Request) -> Response | None:
        """The response in place of a websocket, if requests fail."""
        if self._failure is None:
            return None
        status, headers = self._failure
        response = connection.respond(status, "")
        response.headers.update(headers)
        return response

    def handle(self, connection: ServerConnection) -> None:
        assert connection.request
        self.queries.append(parse_qs(urlsplit(connection.request.path).query))
        self.headers.append(dict(connection.request.headers.raw_items()))
        try:
            if self._answer is not None:
                connection.send(self._answer, text=True)
            self._play_back(connection)
        except ConnectionClosed:
            with self._changed:
                self.closed += 1
                self._changed.notify_all()

    def _play_back(self, connection: ServerConnection) -> None:
        since, wanted = self.queries[-1]["cursor"], self.queries[-1]["wantedCollections"]
        recent = self.posts.items()[-(self.shown or 0) :]
        posts = [commit(at + DELAY, f"3k{n}", record(at, text)) for n, at, text in recent]
        for one in [*posts, *self.events]:
            is_wanted = one["kind"] != "commit" or one["commit"]["collection"] in wanted
            if is_wanted and one["time_us"] >= int(since[0]):
                connection.send(json.dumps(one))
        (self.then or self.proceed)(connection)

    def proceed(self, connection: ServerConnection) -> None:
        """Send live events until the client closes the connection."""
        sent = 0
        while True:
            for one in self.live[sent:]:
                connection.send(json.dumps(one))
                sent += 1
            wait_for_close(connection)

    def proceed_now(self, connection: ServerConnection) -> None:
        """Send an event of the present, as a busy network does, and wait for the client."""
        now = datetime.now(UTC)
        connection.send(json.dumps(event(now, "account", account={"active": True})))
        while True:
            wait_for_close(connection)

    def wait_for_closed(self, number: int) -> None:
        """Wait until clients have closed a number of connections."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.closed >= number, 5)


def wait_for_close(connection: ServerConnection) -> None:
    """Wait a moment. Raises `ConnectionClosed` if the client closes the connection."""
    with suppress(TimeoutError):
        connection.recv(POLL_SECONDS)


@contextmanager
def service() -> Iterator[BlueskyService]:
    served = BlueskyService()
    with serve(served.handle, "127.0.0.1", 0, process_request=served.reject) as server:
        served.settings["server"] = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield served
