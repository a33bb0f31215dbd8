"""Periods of reports: the day before, or the last complete week, each with the one before it.

All are in UTC, so that each day has 24 hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from echostream.domain.query import Bucket

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATEST = timedelta(hours=24)
"""The time after the end of its period in which a report is sent."""


class ReportKind(StrEnum):
    """How often a report is sent."""

    DAILY = "daily"
    WEEKLY = "weekly"


_LENGTHS = {ReportKind.DAILY: DAY, ReportKind.WEEKLY: 7 * DAY}


@dataclass(frozen=True, slots=True)
class Period:
    """A day, or a week from Monday to Sunday. `end` is the midnight after it."""

    kind: ReportKind
    end: datetime

    @property
    def start(self) -> datetime:
        return self.end - _LENGTHS[self.kind]

    @property
    def before(self) -> "Period":
        """The period with which this one is compared."""
        return replace(self, end=self.start)

    @property
    def bucket(self) -> Bucket:
        """What documents of the period are counted by."""
        return "hour" if self.kind is ReportKind.DAILY else "day"

    @property
    def starts(self) -> Sequence[datetime]:
        """The starts of its hours or days."""
        step = HOUR if self.bucket == "hour" else DAY
        return [self.start + step * n for n in range(round((self.end - self.start) / step))]


def last_complete(kind: ReportKind, now: datetime) -> Period:
    """The last day or week that has ended."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if kind is ReportKind.DAILY:
        return Period(kind, midnight)
    return Period(kind, midnight - DAY * midnight.weekday())


def due(now: datetime) -> list[Period]:
    """The periods of which a report is sent now: the week only on Mondays."""
    periods = (last_complete(kind, now) for kind in ReportKind)
    return [period for period in periods if now - period.end < LATEST]
