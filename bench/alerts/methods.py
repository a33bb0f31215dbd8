"""Methods that find unusual hours: ours, and two simple ones.

Each takes the hours of a tenant and returns the alerts of those in [first, end). The simple methods
see the sum of all sources, which gives fewer false alarms than each source by itself. All join
unusual hours in the same way.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from statistics import fmean, pstdev

from bench.alerts.tenants import Hours
from echostream.domain.alerts.alert import ALL, Alert
from echostream.domain.alerts.deviations import (
    HOUR,
    HOURS,
    MIN_DOCUMENTS,
    PAST,
    Deviation,
    Metric,
)
from echostream.domain.alerts.watch import alerts
from echostream.domain.model import Count

Method = Callable[[Hours, int, int], list[Alert]]
ByHour = Mapping[datetime, Count]
Rule = Callable[[ByHour, datetime], Iterable[Deviation]]
PAST_HOURS = PAST // HOUR
SIGMAS = 3
TIMES = 2


def ours(hours: Hours, first: int, end: int) -> list[Alert]:
    """As the platform finds them."""
    counts = hours.counts(first - PAST_HOURS, end)
    return alerts(counts, [], map(hours.at, range(first, end)), hours.at(end))


def last_day(hours: Hours, first: int, end: int) -> list[Alert]:
    """More than three standard deviations from the mean of the last 24 hours."""
    return _joined(hours, first, end, _beyond_sigmas)


def fixed(hours: Hours, first: int, end: int) -> list[Alert]:
    """More than twice the mean of the hours of four weeks; it knows no sentiment and no silence."""
    return _joined(hours, first, end, _beyond_twice)


METHODS: dict[str, Method] = {
    "ours": ours,
    "24 hours ± 3 SD": last_day,
    "twice the mean": fixed,
}


def _joined(hours: Hours, first: int, end: int, rule: Rule) -> list[Alert]:
    counts = _sums(hours, max(0, first - PAST_HOURS), end)
    raised: list[Alert] = []
    for hour in map(hours.at, range(first, end)):
        found = list(rule(counts, hour))
        if found:
            former = next((one for one in raised if one.takes(ALL, hour, found)), None)
            if former:
                raised.remove(former)
            alert = former or Alert(ALL, hour, hour + HOUR, (), hour)
            raised.append(alert.with_hour(hour, found))
    return raised


def _sums(hours: Hours, first: int, end: int) -> ByHour:
    """All sources together."""
    totals = hours.totals[:, first:end].sum(axis=0).tolist()
    compounds = hours.sums[:, first:end].sum(axis=0).tolist()
    times = map(hours.at, range(first, end))
    rows = zip(times, totals, compounds, strict=True)
    return {at: Count(at, "", 0, 0, total, 0, in_sum) for at, total, in_sum in rows}


def _beyond_sigmas(counts: ByHour, hour: datetime) -> Iterator[Deviation]:
    past = [counts[at] for n in range(1, HOURS + 1) if (at := hour - HOUR * n) in counts]
    if len(past) < HOURS:
        return
    now = counts[hour]
    yield from _beyond(now, Metric.VOLUME, now.total, [one.total for one in past])
    if now.scored >= MIN_DOCUMENTS:
        means = [one.compound_sum / one.scored for one in past if one.scored >= MIN_DOCUMENTS]
        yield from _beyond(now, Metric.SENTIMENT, now.compound_sum / now.scored, means)


def _beyond(now: Count, metric: Metric, value: float, past: list[float]) -> Iterator[Deviation]:
    if len(past) > 1 and abs(value - fmean(past)) > SIGMAS * pstdev(past):
        mean, spread = fmean(past), pstdev(past) or 1.0
        yield Deviation(now.hour, metric, value, mean, (value - mean) / spread)


def _beyond_twice(counts: ByHour, hour: datetime) -> Iterator[Deviation]:
    past = [one.total for at, one in counts.items() if hour - PAST <= at < hour]
    value = counts[hour].total
    if len(past) >= HOURS and value > TIMES * fmean(past):
        yield Deviation(hour, Metric.VOLUME, value, fmean(past), value / max(1.0, fmean(past)))
