"""The stream of Jetstream, which has the events of Bluesky in JSON: an event, and a place in it.

A connection begins with the events since a time (`cursor`), and goes on with new ones. The times
are those of the server, in microseconds. Events may be late, and servers differ by some seconds: a
connection begins some seconds before the last event, and posts that were read are left out by id.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import index
from typing import Any
from urllib.parse import urlencode

from echostream_sources.source import Cursor
from echostream_sources.websocket import MAX_MESSAGE_BYTES

COLLECTION = "app.bsky.feed.post"
OVERLAP_US = 5_000_000
MAX_SEEN = 5_000
"""Ids of posts in a cursor; Bluesky has some 250 posts in the seconds of the overlap."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Event:
    """An event: its time, and its author, key and record if it is a new post.

    The record is what a user sent: its fields may have any form.
    """

    time_us: int
    did: str = ""
    rkey: str = ""
    record: Mapping[str, Any] | None = None

    @property
    def at(self) -> datetime:
        return _EPOCH + self.time_us * _MICROSECOND


@dataclass(slots=True)
class Position:
    """The place up to which a stream was read.

    `at` is the time of the last event, if there was one. The next connection begins at `since`; the
    posts that were read since then are in `seen`, each with the time of the last event then.
    `has_moved` says that there was something new.
    """

    since: int
    at: int | None = None
    seen: OrderedDict[str, int] = field(default_factory=OrderedDict)
    has_moved: bool = False
    may_miss: bool = False
    _is_first: bool = True

    def pass_event(self, time_us: int) -> None:
        """Go on to an event.

        The server sends the last event once more. It has not kept it if it begins after it.
        """
        last = self.since - 1 if self.at is None else self.at
        if time_us > last:
            self.may_miss |= self._is_first and self.at is not None
            self.at = time_us
            self.has_moved = True
        self._is_first = False

    def is_new(self, name: str) -> bool:
        """Whether a post was not read before; from now on it was."""
        if name in self.seen:
            return False
        self.has_moved = True
        self.seen[name] = self.since if self.at is None else self.at
        if len(self.seen) > MAX_SEEN:
            _, oldest = self.seen.popitem(last=False)
            self.since = max(self.since, oldest + 1)
        return True

    def cursor(self) -> Cursor:
        if self.at is None:
            return {"since": self.since}
        since = max(self.since, self.at - OVERLAP_US)
        recent = [name for name, read_at in self.seen.items() if read_at >= since]
        return {"since": since, "at": self.at, "seen": recent}


def position_of(cursor: Cursor, start: datetime) -> Position:
    """The position of a cursor; a time if there is none."""
    if "at" not in cursor:
        return Position(cursor.get("since", microseconds(start)))
    at: int = cursor["at"]
    return Position(cursor["since"], at, OrderedDict.fromkeys(cursor["seen"], at))


def address(server: str, since: int) -> str:
    """The address of a stream of posts. The server leaves out messages that are too large."""
    parameters = {
        "wantedCollections": COLLECTION,
        "maxMessageSizeBytes": MAX_MESSAGE_BYTES,
        "cursor": since,
    }
    return f"{server}/subscribe?{urlencode(parameters)}"


def event_of(message: str) -> Event:
    """The event of a message. Raises `LookupError`, `TypeError` and others for another form."""
    event = json.loads(message)
    time_us = index(event["time_us"])
    commit = event["commit"] if event["kind"] == "commit" else {}
    if commit.get("operation") != "create" or commit["collection"] != COLLECTION:
        return Event(time_us)
    record = commit["record"] if isinstance(commit["record"], dict) else {}
    return Event(time_us, event["did"], commit["rkey"], record)


def microseconds(moment: datetime) -> int:
    """The time of a moment as a server writes it."""
    return (moment - _EPOCH) // _MICROSECOND
