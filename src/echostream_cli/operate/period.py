"""The period that a command works on, from what its user typed."""

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

    def holds(self, moment: datetime) -> bool:
        """Whether a time lies in the period."""
        return self.start <= moment < self.end

    def days(self) -> list[date]:
        """The days that the period touches, oldest first."""
        number = (self.end - timedelta(microseconds=1)).date() - self.start.date()
        return [self.start.date() + timedelta(days=n) for n in range(number.days + 1)]


def of(month: str, first: str, last: str, now: datetime, start: datetime | None = None) -> Period:
    """The period that was asked for, up to now. `start` is where it starts if nobody says.

    Raises `BadRequest` that names the option.
    """
    asked = _asked(month, first, last, now, start)
    if asked.start >= now:
        raise BadRequest("invalid_period", "FROM: lies in the future, where nothing arrived yet")
    return Period(asked.start, min(asked.end, now))


def _asked(month: str, first: str, last: str, now: datetime, start: datetime | None) -> Period:
    if month:
        if first or last:
            raise BadRequest("invalid_period", "MONTH: stands for FROM and TO; give either")
        return _month(month)
    begin = _moment("FROM", first) if first else start
    if begin is None:
        raise BadRequest("invalid_period", "FROM: required (or MONTH=2026-10)")
    end = _moment("TO", last) if last else now
    if begin < now and end <= begin:
        raise BadRequest("invalid_period", "TO: must come after FROM; its day is not included")
    return Period(begin, end)


def _month(text: str) -> Period:
    try:
        if not _MONTH.fullmatch(text):
            raise ValueError(text)
        first = datetime.fromisoformat(f"{text}-01T00:00:00+00:00")
    except ValueError as error:
        raise BadRequest("invalid_period", f"MONTH: must be like 2026-10, is {text!r}") from error
    return Period(first, (first + timedelta(days=31)).replace(day=1))


def _moment(name: str, text: str) -> datetime:
    if not _DAY.fullmatch(text):
        return time_from_wire(name, text)
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as error:
        raise BadRequest("invalid_period", f"{name}: there is no day {text}") from error
