"""Bluesky: its public posts from Jetstream, which sends the network's events over a websocket.

A read plays back what happened since the last one, and ends when it has caught up with the moment
at which it began. Each event has a time in microseconds; Jetstream's documentation asks clients to
go back some seconds when they connect again.
"""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ssl import create_default_context
from typing import Any
from urllib.parse import urlencode, urlsplit

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from echostream_sources.post import Post
from echostream_sources.settings import Settings
from echostream_sources.source import Cursor, Fetched, SourceFailed, unexpected
from echostream_sources.watch import EVERYTHING, Watch
from echostream_sources.web import USER_AGENT, Web, retry_after

NAME = "bluesky"
SERVER = "wss://jetstream2.us-east.bsky.network"
COLLECTION = "app.bsky.feed.post"
LOOKBACK = timedelta(minutes=5)
"""The age of the oldest posts of the first read."""
SECOND = 1_000_000
"""Microseconds."""
OVERLAP = 5 * SECOND
"""Microseconds before the last event at which a read begins again."""
GAP = 600 * SECOND
"""Microseconds without an event after which the server is taken to have removed some."""
MAX_SECONDS = 20.0
"""Of a read. The network has some 50 posts a second; a read of an hour ago takes several reads."""
QUIET = 3.0
"""Seconds without an event after which a read has caught up: a small server may have none."""
MAX_SEEN = 4_000
"""Posts in the overlap that are remembered."""
MAX_MESSAGE = 1_000_000
"""Bytes of an event."""

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bluesky:
    """The posts of all users. `channel` is that of all documents, if it is given."""

    server: str
    web: Web
    channel: str = ""
    watch: Watch = EVERYTHING
    name: str = NAME

    def fetch(self, cursor: Cursor, budget: int, now: datetime) -> Fetched:
        """Read the posts since the last read, oldest first. Raises `SourceFailed`."""
        read = _Read(self, cursor, budget, now)
        end = time.monotonic() + MAX_SECONDS
        with self._connection(read.start, end, now) as connection:
            try:
                while not read.is_complete and (left := end - time.monotonic()) > 0:
                    read.add(connection.recv(timeout=min(QUIET, left)))
            except TimeoutError:
                read.is_complete = time.monotonic() < end
            except (ConnectionClosed, OSError) as error:
                if not read.has_advanced:
                    raise SourceFailed(f"{self.server}: {error}") from error
        return read.fetched()

    @contextmanager
    def _connection(self, start: int, end: float, now: datetime) -> Iterator[ClientConnection]:
        raw, host = self.web.open_socket(self.server, end, ("wss", "ws"))
        query = urlencode({"wantedCollections": COLLECTION, "cursor": start})
        is_secure = urlsplit(self.server).scheme == "wss"
        try:
            with connect(
                f"{self.server}/subscribe?{query}",
                legacy=False,
                sock=raw,
                ssl=create_default_context() if is_secure else None,
                server_hostname=host if is_secure else None,
                user_agent_header=USER_AGENT,
                close_timeout=1,
                max_size=MAX_MESSAGE,
            ) as connection:
                yield connection
        except InvalidStatus as error:
            headers = {name.lower(): text for name, text in error.response.headers.raw_items()}
            wait = retry_after(headers, now.timestamp())
            status = error.response.status_code
            raise SourceFailed(f"{self.server}: HTTP {status}", wait) from error
        except (WebSocketException, OSError, ValueError) as error:
            raise SourceFailed(f"{self.server}: {error or type(error).__name__}") from error

    def document(self, event: Event, at: datetime, now: datetime) -> dict[str, Any]:
        """The document of a new post. Its client wrote the record: any of it may be wrong."""
        with unexpected(self.server):
            author, key = str(event["did"]), str(event["commit"]["rkey"])
        record = event["commit"].get("record")
        record = record if isinstance(record, dict) else {}
        text, languages = record.get("text"), record.get("langs")
        address = f"at://{author}/{COLLECTION}/{key}"
        return Post(
            f"{self.name}-{hashlib.sha256(address.encode()).hexdigest()[:32]}",
            self.name,
            self.channel or ("replies" if record.get("reply") else "posts"),
            text if isinstance(text, str) else "",
            _written(record.get("createdAt")) or at,
            author,
            f"https://bsky.app/profile/{author}/post/{key}",
            str(languages[0]) if isinstance(languages, list) and languages else "",
        ).document(now)


class _Read:
    """One read: the documents so far, and the time of the last event."""

    def __init__(self, source: Bluesky, cursor: Cursor, budget: int, now: datetime) -> None:
        self._source, self._budget, self._now = source, budget, now
        self._is_first = not cursor
        self._before = self._at = cursor.get("at", _microseconds(now - LOOKBACK))
        self._until = max(_microseconds(now), self._at + SECOND)  # the clock may be behind
        self._seen: dict[str, int] = dict(cursor.get("seen", ()))
        self._documents: list[dict[str, Any]] = []
        self._without_text = self._unmatched = 0
        self._first_at: int | None = None
        self.is_complete = False

    @property
    def start(self) -> int:
        """The time from which the server plays back."""
        return int(self._at - (0 if self._is_first else OVERLAP))

    @property
    def has_advanced(self) -> bool:
        """Whether there was an event after those of the last read."""
        return bool(self._at > self._before)

    def add(self, message: str | bytes) -> None:
        with unexpected(self._source.server):
            event = json.loads(message)
            at, kind = int(event["time_us"]), event["kind"]
            commit = event["commit"] if kind == "commit" else {}
            is_post = commit.get("collection") == COLLECTION and commit["operation"] == "create"
        self._first_at = at if self._first_at is None else self._first_at
        if is_post:
            self._take(event, at)
        self._at = max(self._at, min(at, self._until + OVERLAP))
        is_full = len(self._documents) == self._budget
        self.is_complete = is_full or at >= self._until

    def _take(self, event: Event, at: int) -> None:
        moment = datetime.fromtimestamp(at / 1e6, UTC).replace(microsecond=0)
        document = self._source.document(event, moment, self._now)
        if document["id"] in self._seen:
            return
        self._seen[document["id"]] = at
        if "text" not in document:
            self._without_text += 1
        elif self._source.watch.takes(document):
            self._documents.append(document)
        else:
            self._unmatched += 1

    def fetched(self) -> Fetched:
        """The documents, and the next cursor."""
        recent = [one for one in self._seen.items() if one[1] >= self._at - OVERLAP]
        is_full = len(self._documents) == self._budget
        first_at = self._before if self._first_at is None else self._first_at
        return Fetched(
            self._documents,
            {"at": self._at, "seen": recent[-MAX_SEEN:]},
            has_more=is_full or not self.is_complete,
            may_miss=not self._is_first and first_at - self._before > GAP,
            without_text=self._without_text,
            unmatched=self._unmatched,
        )


def open_source(settings: Settings) -> Bluesky:
    """The posts of some settings. Raises `BadSetting`."""
    server = settings.address("server", SERVER, ("wss", "ws"))
    web = settings.web(server)
    return Bluesky(server, web, settings.text("channel"), settings.watch())


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1e6)


def _written(text: object) -> datetime | None:
    """When a post was written, as its client says; None if that is no time with a zone."""
    try:
        moment = datetime.fromisoformat(str(text))
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
