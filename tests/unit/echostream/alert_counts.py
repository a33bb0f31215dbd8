"""Counts of a source by hour, for tests of alerts."""

import random
from collections.abc import Callable, Container, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from echostream.domain.alerts.alert import Alert
from echostream.domain.alerts.watch import alerts
from echostream.domain.model import Count

START = datetime(2026, 1, 5, tzinfo=UTC)
"""A Monday."""
MEAN = 0.2
DAY = 24
WEEK = 7 * DAY
NOON = 22 * DAY + 12
"""An hour of a Tuesday, after three weeks."""
RHYTHM = (3, 2, 1, 1, 1, 2, 3, 5, 7, 8, 8, 8, 8, 8, 8, 8, 8, 9, 10, 10, 10, 9, 7, 5)
"""Hundreds of documents, by hour of a day."""
By = Callable[[int], float]


def at(hour: int) -> datetime:
    """The begin of an hour, by its number."""
    return START + timedelta(hours=hour)


def count(hour: int, total: int, mean: float = MEAN, source: str = "forum") -> Count:
    """Documents of an hour with a mean compound."""
    return Count(at(hour), source, neutral=total, compound_sum=round(total * mean, 4))


def series(
    hours: Iterable[int],
    of_hour: By = lambda _: 100,
    mean: By = lambda _: MEAN,
    source: str = "forum",
    noise: float = 0.1,
) -> list[Count]:
    """As many documents an hour as a function of the hour says, with noise and by chance."""
    draw = random.Random(source)  # noqa: S311
    return [
        count(hour, total, mean(hour) + draw.gauss(0, 0.5 / total**0.5), source)
        for hour in hours
        if (total := _poisson(draw, of_hour(hour) * draw.lognormvariate(0, noise))) > 0
    ]


def rhythm(hour: int) -> float:
    """The documents of an hour that follow the time of day."""
    return 100 * RHYTHM[hour % DAY]


def times(factor: float, hours: Container[int]) -> By:
    """The rhythm with more or fewer documents in some hours."""
    return lambda n: rhythm(n) * (factor if n in hours else 1)


def worse(hours: Container[int], mean: float = -0.4) -> By:
    """A mean that is lower in some hours."""
    return lambda n: mean if n in hours else MEAN


def is_weekend(hour: int) -> bool:
    return hour // DAY % 7 >= 5


def _poisson(draw: random.Random, rate: float) -> int:
    return round(draw.gauss(rate, rate**0.5)) if rate else 0


def found(
    counts: Iterable[Count], first: int, end: int, known: Iterable[Alert] = ()
) -> list[Alert]:
    """The alerts of the hours in [first, end)."""
    return alerts(counts, known, [at(n) for n in range(first, end)], at(end))


def summary(raised: Iterable[Alert]) -> list[tuple[str, int, int, set[str]]]:
    """Subject, first hour, end, and changes such as `+volume` of each alert."""
    return [
        (one.subject.id, _number(one.start), _number(one.end), set(_changes(one))) for one in raised
    ]


def _number(moment: datetime) -> int:
    return (moment - START) // timedelta(hours=1)


def _changes(alert: Alert) -> Iterator[str]:
    for change in alert.changes:
        yield f"{'+' if change.deviations > 0 else '-'}{change.metric}"
