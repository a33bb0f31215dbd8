"""What the viewer chose: a period, a source, a sentiment; and when that is."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from echostream.domain.codec import time_to_wire

PERIODS = {
    "Last 24 hours": timedelta(hours=24),
    "Last 48 hours": timedelta(hours=48),
    "Last 7 days": timedelta(days=7),
    "Last 30 days": timedelta(days=30),
    "From … to …": None,
}
DEFAULT_PERIOD = "Last 48 hours"
CUSTOM = "From … to …"
HOURLY_UP_TO = timedelta(days=4)
"""Longer periods are counted by day."""


class NoPeriod(Exception):
    """What was typed in is no period. The message says why."""


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when; without an end until now."""

    start: datetime
    end: datetime | None
    bucket: str

    def asked(self) -> dict[str, Any]:
        """As the API takes it."""
        return {
            "from": time_to_wire(self.start),
            "to": time_to_wire(self.end) if self.end else None,
        }


@dataclass(frozen=True, slots=True)
class Filters:
    """What the viewer chose; None means all. `begin` and `end` count with the period CUSTOM."""

    period: str = DEFAULT_PERIOD
    source: str | None = None
    sentiment: str | None = None
    begin: datetime | None = None
    end: datetime | None = None

    @property
    def are_default(self) -> bool:
        """Whether nothing was chosen."""
        return self == Filters()

    def span(self, now: datetime) -> Span:
        """The period as it is now. Raises `NoPeriod`."""
        length = PERIODS[self.period]
        if length is not None:
            return _span(now - length, None, now)
        begin, end = _in_utc(self.begin), _in_utc(self.end)
        if begin is None:
            raise NoPeriod("Choose when the period begins.")
        if end is not None and end <= begin:
            raise NoPeriod("The period ends before it begins.")
        if begin >= now:
            raise NoPeriod("The period begins in the future.")
        return _span(begin, end, now)


def _in_utc(time: datetime | None) -> datetime | None:
    """A time without a zone was meant in UTC, as its field says."""
    return time.replace(tzinfo=UTC) if time else None


def _span(start: datetime, end: datetime | None, now: datetime) -> Span:
    return Span(start, end, "hour" if (end or now) - start <= HOURLY_UP_TO else "day")
