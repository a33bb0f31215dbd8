"""Compares the hours of a tenant with their baselines, and raises alerts.

All comparisons are repeated for some time, because documents may arrive late. The same counts give
the same alerts. An alert that was raised stays.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from echostream.domain.alerts.alert import ALL, QUIET, Alert, Subject
from echostream.domain.alerts.deviations import (
    HOUR,
    MIN_DOCUMENTS,
    ByHour,
    Deviation,
    Metric,
    deviations,
    difference,
    threshold_of,
)
from echostream.domain.counters import OTHER_SOURCES
from echostream.domain.model import Count

MOST = 0.7
"""The share of a difference from which on what has it explains it."""
Series = Mapping[str | None, ByHour]
"""The counts of each source by hour, and those of all documents under None."""
Found = dict[Subject, list[Deviation]]
"""What is unusual in an hour."""


def no_themes(_: datetime) -> Found:
    """Nothing is unusual in the themes of an hour."""
    return {}


def alerts(
    counts: Iterable[Count],
    known: Iterable[Alert],
    hours: Iterable[datetime],
    now: datetime,
    themes: Callable[[datetime], Found] = no_themes,
) -> list[Alert]:
    """The alerts of some hours, in order, that are new, or have another hour than before.

    `counts` are those of a tenant by hour and source, from `deviations.PAST` before the first hour.
    `known` are its alerts that begin in that time: an alert can last until its baseline is as
    unusual. `themes` finds what is unusual in the themes of an hour. It is called for hours with
    enough documents and no other alert: their themes would say it again.
    """
    series = _series(counts)
    raised = {alert.id: alert for alert in known}
    changed: dict[str, Alert] = {}
    for hour in hours:
        found = unusual(series, hour)
        if not found and _needs_themes(series, raised.values(), hour):
            found = themes(hour)
        for subject, changes in found.items():
            own = _unsaid(raised.values(), subject, hour, changes)
            alert = _join(raised.values(), subject, series[subject.source], own, now)
            if alert:
                raised[alert.id] = changed[alert.id] = alert
    return list(changed.values())


def _needs_themes(series: Series, raised: Iterable[Alert], hour: datetime) -> bool:
    count = series.get(None, {}).get(hour)
    is_unusual = any(one.start <= hour < one.end for one in raised)
    return count is not None and count.total >= MIN_DOCUMENTS and not is_unusual


def _join(
    raised: Iterable[Alert],
    subject: Subject,
    by_hour: ByHour,
    found: Sequence[Deviation],
    now: datetime,
) -> Alert | None:
    """The alert to which an unusual hour belongs, with it; None if this changes nothing."""
    if not found:
        return None
    hour = found[0].hour
    silent_from = _silent_from(by_hour, hour)
    near = [one for one in raised if one.takes(subject, hour, found, silent_from)]
    former = min(near, key=lambda one: one.start, default=None)
    alert = (former or Alert(subject, hour, hour + HOUR, (), now)).with_hour(hour, found)
    return None if alert == former else alert


def _unsaid(
    raised: Iterable[Alert], subject: Subject, hour: datetime, found: Sequence[Deviation]
) -> list[Deviation]:
    """What an alert of all documents, of this hour or shortly before, does not say of a source."""
    said = {
        change.kind
        for alert in raised
        if subject != ALL == alert.subject and alert.start <= hour < alert.end + QUIET
        for change in alert.changes
    }
    return [one for one in found if one.kind not in said]


def _silent_from(by_hour: ByHour, hour: datetime) -> datetime | None:
    """The end of the last hour before an hour that has documents."""
    ends = (at + HOUR for at, count in by_hour.items() if at < hour and count.total)
    return max(ends, default=None)


def unusual(series: Series, hour: datetime) -> Found:
    """What is unusual in an hour: first of all documents, unless a source explains it."""
    threshold = threshold_of(len(series) - 1)
    of_sources = [
        (source, one)
        for source, by_hour in series.items()
        if source is not None and source != OTHER_SOURCES
        for one in deviations(by_hour, hour, threshold)
    ]
    found: defaultdict[Subject, list[Deviation]] = defaultdict(list)
    for one in deviations(series.get(None, {}), hour, can_burst=False):
        if _is_of_all(series, one, [source for source, own in of_sources if own.kind == one.kind]):
            found[ALL].append(one)
    for source, one in of_sources:
        found[Subject(source)].append(one)
    return found


def _is_of_all(series: Series, one: Deviation, unusual_sources: Sequence[str]) -> bool:
    """Whether sources differ from their own past, and not a single one of them explains that.

    Otherwise there is a new source, a burst, or more of a source whose sentiment is another one.
    """
    parts = {
        source: difference(by_hour, one.hour, one.metric)
        for source, by_hour in series.items()
        if source is not None
    }
    whole = one.value - one.expected
    if one.metric is Metric.SENTIMENT:
        whole *= series[None][one.hour].scored
    is_one = len(unusual_sources) == 1 and parts[unusual_sources[0]] / whole >= MOST
    return sum(parts.values()) / whole >= MOST and not is_one


def _series(counts: Iterable[Count]) -> dict[str | None, dict[datetime, Count]]:
    series: dict[str | None, dict[datetime, Count]] = defaultdict(dict)
    for count in counts:
        for name in _names(count):
            known = series[name].get(count.hour)
            series[name][count.hour] = known + count if known else count
    return dict(series)


def _names(count: Count) -> Iterator[str | None]:
    yield None
    yield count.source
