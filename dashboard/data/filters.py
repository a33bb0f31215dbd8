"""The viewer's filters, and the period that they make."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.data.messages import PERIOD_ERRORS, SECONDS, SHARED
from echostream.domain.codec import time_to_wire

_LABELS: dict[str, str] = {one["name"]: one["label"] for one in SHARED["periods"]}
DEFAULT_PERIOD = _LABELS[SHARED["default_period"]]
CUSTOM = _LABELS["custom"]
PERIODS: dict[str, timedelta] = {
    one["label"]: timedelta(seconds=one["seconds"]) for one in SHARED["periods"] if one["seconds"]
}
"""Periods until now, by their labels."""
HOURLY_UP_TO = timedelta(seconds=SECONDS["hourly_up_to"])
"""Longer periods are counted by day."""


class InvalidPeriod(Exception):
    """The period that the viewer entered is invalid. The message is for the viewer."""


@dataclass(frozen=True, slots=True)
class Span:
    """The start and end of a period; without an end it lasts until now."""

    start: datetime
    end: datetime | None
    bucket: str

    def parameters(self) -> dict[str, Any]:
        """As query parameters of the API."""
        return {
            "from": time_to_wire(self.start),
            "to": time_to_wire(self.end) if self.end else None,
        }


@dataclass(frozen=True, slots=True)
class Filters:
    """The viewer's choices; None means all. `begin` and `end` belong to the period CUSTOM."""

    period: str = DEFAULT_PERIOD
    source: str | None = None
    sentiment: str | None = None
    begin: datetime | None = None
    end: datetime | None = None

    @property
    def are_default(self) -> bool:
        """Whether all filters have their defaults."""
        return self == Filters()

    def span(self, now: datetime) -> Span:
        """The period at a given time. Raises `InvalidPeriod`."""
        length = PERIODS.get(self.period)
        if length is not None:
            return _span(now - length, None, now)
        begin, end = _in_utc(self.begin), _in_utc(self.end)
        if begin is None:
            raise InvalidPeriod(PERIOD_ERRORS["start_missing"])
        if end is not None and end <= begin:
            raise InvalidPeriod(PERIOD_ERRORS["end_before_start"])
        if begin >= now:
            raise InvalidPeriod(PERIOD_ERRORS["start_in_future"])
        return _span(begin, end, now)


def _in_utc(time: datetime | None) -> datetime | None:
    """A time with the zone UTC, which its input field names."""
    return time.replace(tzinfo=UTC) if time else None


def _span(start: datetime, end: datetime | None, now: datetime) -> Span:
    return Span(start, end, "hour" if (end or now) - start <= HOURLY_UP_TO else "day")
