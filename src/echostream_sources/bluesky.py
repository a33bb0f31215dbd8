"""Bluesky: its public posts, from a Jetstream server over a websocket.

A read begins where the last one ended, and ends when it comes to the moment at which it began.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from echostream.domain.codec import time_from_wire
from echostream.domain.errors import BadRequest
from echostream_sources.jetstream import (
    Event,
    Position,
    address,
    event_of,
    microseconds,
    position_of,
)
from echostream_sources.post import Post, hashed_id
from echostream_sources.settings import Settings
from echostream_sources.source import Cursor, Fetched, SourceFailed, unexpected
from echostream_sources.watch import EVERYTHING, Watch
from echostream_sources.web import Web
from echostream_sources.websocket import PONG_SECONDS, SCHEMES, open_websocket

NAME = "bluesky"
SERVER = "wss://jetstream2.us-east.bsky.network"
PROFILE = "https://bsky.app/profile"
LOOKBACK = timedelta(minutes=5)
"""The age of the oldest posts of the first read."""
SECONDS = 20.0
"""Of a read, in which it takes events."""
FIRST_WAIT = 10.0
"""Seconds for the first event, which a server may read from its disk."""
WAIT = 2.0
"""Seconds without an event after which a read has all of them."""
ITEMS = ("posts", "replies")


@dataclass(frozen=True, slots=True)
class Bluesky:
    """New posts and replies. `channel` is that of all documents, if it is given."""

    server: str
    web: Web
    items: tuple[str, ...] = ITEMS
    channel: str = ""
    watch: Watch = EVERYTHING
    seconds: float = SECONDS
    first_wait: float = FIRST_WAIT
    wait: float = WAIT
    name: str = NAME

    def fetch(self, cursor: Cursor, budget: int, now: datetime) -> Fetched:
        """Read the posts since the last read, oldest first. Raises `SourceFailed`.

        A failure after some events ends the read: the next one goes on from there.
        """
        read = _Read(self, position_of(cursor, now - LOOKBACK), budget, now)
        try:
            is_complete = self._receive(read)
        except SourceFailed:
            if not read.position.has_moved:
                raise
            is_complete = False
        return Fetched(
            read.documents,
            read.position.cursor(),
            has_more=not is_complete and read.position.has_moved,
            may_miss=read.position.may_miss,
            without_text=read.without_text,
            unmatched=read.unmatched,
        )

    def _receive(self, read: "_Read") -> bool:
        """Take events. False if there are more when the time or the budget ends."""
        end = time.monotonic() + self.seconds
        stream = address(self.server, read.position.since)
        until = microseconds(read.now)
        wait = self.first_wait
        with open_websocket(self.web, stream, end + PONG_SECONDS, read.now) as websocket:
            while len(read.documents) < read.budget and (left := end - time.monotonic()) > 0:
                message = websocket.receive(min(wait, left))
                if message is None:
                    return left >= wait
                with unexpected(self.server):
                    event = event_of(message)
                    if event.time_us >= until:
                        return True
                    read.take(event)
                wait = self.wait
        return False

    def document(self, event: Event, record: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """The document of a post; without `text` if it has none."""
        text, languages = record.get("text"), record.get("langs")
        language = languages[0] if isinstance(languages, list) and languages else ""
        post = Post(
            _id(event),
            self.name,
            self.channel or _item(record),
            text if isinstance(text, str) else "",
            _written_at(record, event.at),
            event.did,
            f"{PROFILE}/{event.did}/post/{event.rkey}",
            language if isinstance(language, str) else "",
        )
        return post.document(now)


@dataclass(slots=True)
class _Read:
    """What a read has so far."""

    source: Bluesky
    position: Position
    budget: int
    now: datetime
    documents: list[dict[str, Any]] = field(default_factory=list)
    without_text: int = 0
    unmatched: int = 0

    def take(self, event: Event) -> None:
        self.position.pass_event(event.time_us)
        record = event.record
        if record is None or _item(record) not in self.source.items:
            return
        document = self.source.document(event, record, self.now)
        if not self.position.is_new(document["id"]):
            return
        if "text" not in document:
            self.without_text += 1
        elif self.source.watch.takes(document):
            self.documents.append(document)
        else:
            self.unmatched += 1


def _item(record: Mapping[str, Any]) -> str:
    return "replies" if record.get("reply") else "posts"


def _id(event: Event) -> str:
    """A hash: a DID may have any length."""
    return hashed_id(NAME, f"{event.did}/{event.rkey}")


def _written_at(record: Mapping[str, Any], received_at: datetime) -> datetime:
    """The earlier one of the time that the author's program wrote and that of the event.

    Bluesky itself sorts posts by it. So an old post that is imported has the time at which it was
    written; a time that is malformed or in the future does not count.
    """
    try:
        return min(received_at, time_from_wire("createdAt", record["createdAt"]))
    except (BadRequest, LookupError, TypeError):
        return received_at


def open_source(settings: Settings) -> Bluesky:
    """The posts of some settings. Raises `BadSetting`."""
    server = settings.address("server", SERVER, SCHEMES)
    items = settings.choices("items", ITEMS)
    channel = settings.text("channel")
    return Bluesky(server, settings.web(server), items, channel, settings.watch())
