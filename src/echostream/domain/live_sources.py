"""Live sources of a tenant: what the producer reads again and again, and how far it is.

A source is configured once; its progress changes with each read. A read is claimed for some
minutes, so that two runs of the producer do not read a source at the same time, and one that dies
is followed by another.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from echostream.domain.errors import BadRequest
from echostream.domain.validation import printable

NAME_RULE = "must have 1 to 63 lower-case letters, digits and hyphens"
INTERVALS, DEFAULT_INTERVAL = range(60, 86_400 + 1), 300
"""Seconds between two reads of a source."""
BUDGETS, DEFAULT_BUDGET = range(1, 1_000_000 + 1), 10_000
"""Documents of a source and a day."""
MAX_TEXT = 2000
"""Characters of a setting."""
RUN_EVERY = timedelta(minutes=1)
"""The producer's schedule."""
LONGEST_WAIT = timedelta(days=1)
"""The longest wait that a service may ask for."""
CLAIM = timedelta(minutes=5)
"""The longest read: the timeout of the producer."""
LONGEST_BACKOFF = timedelta(minutes=15)
"""The time to the next read of a source that fails, unless it asks for more."""
MAX_ERROR = 500
"""Characters of an error that are stored."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class LiveSource:
    """A source: its kind and settings, the time between two reads, and documents a day.

    `secret` names its credentials in `Secrets`; empty without any.
    """

    tenant: str
    name: str
    kind: str
    settings: Mapping[str, str]
    interval: timedelta
    budget: int
    added_at: datetime
    is_paused: bool = False
    secret: str = ""

    def check(self) -> None:
        """Raises `BadRequest` for a value that a source cannot have."""
        check_name(self.name)
        if self.interval.total_seconds() not in INTERVALS:
            seconds = f"{INTERVALS[0]} to {INTERVALS[-1]}"
            raise BadRequest("invalid_value", f"interval: must be {seconds} seconds")
        if self.budget not in BUDGETS:
            raise BadRequest("invalid_value", f"budget: must be 1 to {BUDGETS[-1]:,} a day")
        check_texts(self.settings)


def check_name(name: str) -> None:
    """Raises `BadRequest` for a name that no live source and no destination can have."""
    if not _NAME.fullmatch(name):
        raise BadRequest("invalid_value", f"name: {NAME_RULE}; is {name[:80]!r}")


def check_texts(texts: Mapping[str, str]) -> None:
    """Raises `BadRequest` for a setting or a credential that is too long, or not plain text."""
    for name, text in texts.items():
        if len(text) > MAX_TEXT:
            message = f"{printable(name)}: {len(text)} characters, at most {MAX_TEXT}"
            raise BadRequest("too_long", message)
        if match := _NOT_TEXT.search(name + text):
            message = f"{printable(name)}: has the character {printable(match[0])}; remove it"
            raise BadRequest("invalid_text", message)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a source is read. `version` is the number of the writes.

    `newest_at` is when the newest document that was sent was written. `taken` are the documents
    that were sent on `day`. `totals` count what became of all that was read.
    """

    due_at: datetime
    failures: int = 0
    error: str = ""
    read_at: datetime | None = None
    succeeded_at: datetime | None = None
    newest_at: datetime | None = None
    day: str = ""
    taken: int = 0
    totals: Mapping[str, int] = field(default_factory=dict)
    version: int = 0

    def left(self, budget: int, now: datetime) -> int:
        """The documents that may still be sent on the day of `now`."""
        return max(0, budget - self._taken_on(now))

    def _taken_on(self, now: datetime) -> int:
        return self.taken if self.day == _day(now) else 0

    def claimed(self, now: datetime) -> "Progress":
        """Due again only after the longest read, if no result is stored before."""
        return replace(self, due_at=now + CLAIM, read_at=now)

    def succeeded(self, read: "Read", source: LiveSource, now: datetime) -> "Progress":
        """After a read whose documents were accepted."""
        taken = self._taken_on(now) + read.sent
        due = now if read.has_more else now + source.interval
        times = (self.newest_at, read.newest_at)
        return replace(
            self,
            due_at=max(due, _midnight(now)) if taken >= source.budget else due,
            failures=0,
            error="",
            succeeded_at=now,
            newest_at=max(filter(None, times), default=None),
            day=_day(now),
            taken=taken,
            totals=dict(Counter(self.totals) + Counter(read.counts)),
        )

    def failed(
        self, error: str, wait: float | None, source: LiveSource, now: datetime
    ) -> "Progress":
        """After a read that failed: the time to the next one doubles, or is what was asked for."""
        backoff = min(
            max(LONGEST_BACKOFF, source.interval), source.interval * 2 ** min(self.failures, 10)
        )
        asked = min(LONGEST_WAIT, timedelta(seconds=wait or 0))
        return replace(
            self,
            due_at=now + max(backoff, asked),
            failures=self.failures + 1,
            error=error[:MAX_ERROR],
        )


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a read: the documents that were sent, and counts by outcome."""

    sent: int
    counts: Mapping[str, int]
    newest_at: datetime | None
    has_more: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A source with its progress."""

    source: LiveSource
    progress: Progress

    @property
    def state(self) -> str:
        """`paused`, `failing`, `new` before the first success, or `ok`."""
        if self.source.is_paused:
            return "paused"
        if self.progress.failures:
            return "failing"
        return "ok" if self.progress.succeeded_at else "new"

    def is_due(self, now: datetime) -> bool:
        """Whether to read it now; also if the clock was wrong, and it was read in the future."""
        read_at = self.progress.read_at or now
        is_time = self.progress.due_at <= now or read_at > now + RUN_EVERY
        return is_time and not self.source.is_paused


class LiveSources(Protocol):
    """The sources of all tenants. Every method may raise `TryAgain`."""

    def add(self, source: LiveSource) -> None:
        """Store a source, which is due at once. Raises `Conflict` if the tenant has the name."""

    def remove(self, source: LiveSource) -> None:
        """Remove a source and its cursor."""

    def pause(self, source: LiveSource) -> None:
        """Read a source no more. Raises `Conflict` if it was removed."""

    def resume(self, listed: "Listed", now: datetime) -> None:
        """Read a source at once, and then again and again. Raises `Conflict` if it was removed."""

    def all(self, tenant: str | None = None) -> Iterable[Listed]:
        """The sources of a tenant, or of all tenants, by name."""

    def cursor(self, source: LiveSource) -> Mapping[str, Any]:
        """How far a source was read; empty before the first read."""

    def save(
        self, source: LiveSource, progress: Progress, cursor: Mapping[str, Any] | None = None
    ) -> Progress | None:
        """Store the progress in place of its version before, after the cursor if one is given.

        None if another run stored one meanwhile, or the source was removed.
        """

    def hosts(self) -> frozenset[str]:
        """The hosts that sources may name, beside those of the services."""

    def allow(self, host: str, at: datetime) -> None:
        """Let sources name a host."""

    def forbid(self, host: str) -> bool:
        """Let sources name and reach a host no more; whether they could."""


def _day(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y-%m-%d}"


def _midnight(now: datetime) -> datetime:
    """The start of the next day (UTC)."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1)
