"""The period of a command, parsed from its options MONTH, FROM and TO."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from echostream.domain.codec import time_from_wire
from echostream.domain.errors import BadRequest

_MONTH = re.compile(r"\d{4}-\d{2}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end), in UTC."""

    start: datetime
    end: datetime

    def contains(self, moment: datetime) -> bool:
        """Whether a time lies in the period."""
        return self.start <= moment < self.end

    def days(self) -> list[date]:
        """The days that overlap the period, oldest first."""
        number = (self.end - timedelta(microseconds=1)).date() - self.start.date()
        return [self.start.date() + timedelta(days=n) for n in range(number.days + 1)]


def parse(
    month: str, first: str, last: str, now: datetime, default_start: datetime | None = None
) -> Period:
    """The period of the options, cut off at now. Raises `BadRequest` that names the option."""
    period = _parse_options(month, first, last, now, default_start)
    if period.start >= now:
        raise BadRequest("invalid_period", "FROM: is in the future, where no document exists yet")
    return Period(period.start, min(period.end, now))


def _parse_options(
    month: str, first: str, last: str, now: datetime, default_start: datetime | None
) -> Period:
    if month:
        if first or last:
            raise BadRequest("invalid_period", "MONTH: excludes FROM and TO; pass one or the other")
        return _parse_month(month)
    start = _parse_time("FROM", first) if first else default_start
    if start is None:
        raise BadRequest("invalid_period", "FROM: required (or MONTH=2026-10)")
    end = _parse_time("TO", last) if last else now
    if start < now and end <= start:
        raise BadRequest("invalid_period", "TO: must be later than FROM; the end is exclusive")
    return Period(start, end)


def _parse_month(text: str) -> Period:
    try:
        if not _MONTH.fullmatch(text):
            raise ValueError(text)
        first = datetime.fromisoformat(f"{text}-01T00:00:00+00:00")
    except ValueError as error:
        raise BadRequest("invalid_period", f"MONTH: must be like 2026-10, is {text!r}") from error
    return Period(first, (first + timedelta(days=31)).replace(day=1))


def _parse_time(name: str, text: str) -> datetime:
    if not _DAY.fullmatch(text):
        return time_from_wire(name, text)
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as error:
        raise BadRequest("invalid_period", f"{name}: there is no day {text}") from error
