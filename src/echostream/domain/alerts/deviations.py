"""Hours that are unlike their baseline: more or fewer documents, or another mean compound.

The baseline of an hour are the same hour of the week and the hours beside it in the 4 weeks before.
Of a younger source they are the same hours of the days before, or else the hours of the last day.
Medians and median absolute deviations describe it, so that an event in it changes little (Leys et
al., Journal of Experimental Social Psychology 2013). docs/alerts.md has the rate of false alarms.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from echostream.domain.model import Count

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
WEEKS, DAYS, HOURS = 4, 7, 24
"""Of the past with which an hour is compared."""
BESIDE = 1
"""Hours on each side of the same hour of another day."""
PAST = WEEK * WEEKS + HOUR * BESIDE
"""The time before an hour whose counts are needed."""
MIN_HOURS = 8
"""Hours of a baseline at least."""
MIN_DAYS = 5
"""Days at least, the same hours of which say how much a volume varies."""
SATURDAY = 5
"""The number of the day of the week from which on hours are those of a weekend."""
MIN_DOCUMENTS = 20
"""Documents with a score of an hour whose sentiment is compared, and documents by which a volume
differs, at least."""
FEW = 8
"""Documents with a score of an hour of the baseline whose mean compound is used, at least."""
THRESHOLD = 4.0
"""Deviations from the baseline from which on an hour is unusual."""
MIN_NOISE = 0.2
"""The standard deviation of the logarithm of a volume at least: twice as many are never unusual."""
SILENT = 0.1
"""The share of a quiet hour of the baseline below which there are too few documents."""
USUAL, BUSY, BURST = 0.75, 0.98, 2.5
"""A source has bursts if its quantile `BUSY` of all hours is more than `BURST` times `USUAL`."""
MIN_SHIFT = 0.15
"""Of the mean compound."""
SPREAD = 0.6
"""The standard deviation of the compound of single documents."""
MAD = 1.4826
"""A standard deviation of a normal distribution, in median absolute deviations."""


ByHour = Mapping[datetime, Count]


class Metric(StrEnum):
    """What is compared with the baseline."""

    VOLUME = "volume"
    SENTIMENT = "sentiment"


@dataclass(frozen=True, slots=True)
class Deviation:
    """How an hour differs: the value, the expected one, and the difference in deviations.

    The value is a number of documents or a mean compound.
    """

    hour: datetime
    metric: Metric
    value: float
    expected: float
    deviations: float

    @property
    def kind(self) -> tuple[Metric, bool]:
        """The metric, and whether the value is higher than expected."""
        return self.metric, self.deviations > 0


@dataclass(frozen=True, slots=True)
class _Comparison:
    """An hour, the hours of its baseline, the counts of all hours, and the first of these."""

    now: Count
    past: Sequence[Count]
    counts: ByHour
    first: datetime

    @property
    def age(self) -> timedelta:
        """How long the source has had documents."""
        return self.now.hour - self.first


def deviations(
    counts: ByHour, hour: datetime, threshold: float = THRESHOLD, can_burst: bool = True
) -> list[Deviation]:
    """What is unusual in an hour. `counts` are those of one source by hour, `PAST` before it.

    With `can_burst`, a burst like others is usual at any hour.
    """
    one = _compare(counts, hour)
    found = (_volume(one, can_burst), _sentiment(one))
    return [one for one in found if one is not None and abs(one.deviations) >= threshold]


def threshold_of(sources: int) -> float:
    """The deviations from which on a source is unusual: the more sources, the more.

    It keeps the number of false alarms, because the tail of a normal distribution falls with
    exp(-z**2 / 2).
    """
    return math.sqrt(THRESHOLD**2 + 2 * math.log(max(1, sources)))


def difference(counts: ByHour, hour: datetime, metric: Metric) -> float:
    """What a source adds to a difference of all documents: documents, or a sum of compounds.

    It is 0 if nothing is known of the source, and for a burst like its others.
    """
    one = _compare(counts, hour)
    if metric is Metric.VOLUME:
        expected = _expected(one, can_burst=True)
        return 0.0 if expected is None else one.now.total - expected
    scored = sum(count.scored for count in one.past)  # not by hour: a source may have few documents
    compounds = sum(count.compound_sum for count in one.past)
    return one.now.compound_sum - one.now.scored * compounds / scored if scored else 0.0


def _compare(counts: ByHour, hour: datetime) -> _Comparison:
    first = min(counts, default=hour)
    past = [counts.get(one, Count(one, "")) for one in baseline_hours(first, hour)]
    return _Comparison(counts.get(hour, Count(hour, "")), past, counts, first)


def baseline_hours(first: datetime, hour: datetime) -> list[datetime]:
    """The hours with which an hour is compared; none if the first documents are too recent."""
    for step, number, beside in ((WEEK, WEEKS, BESIDE), (DAY, DAYS, BESIDE), (HOUR, HOURS, 0)):
        sides = [HOUR * side for side in range(-beside, beside + 1)]
        times = (hour - step * n + side for n in range(1, number + 1) for side in sides)
        known = [one for one in times if first <= one < hour]
        if len(known) >= MIN_HOURS:
            return known
    return []


def _volume(one: _Comparison, can_burst: bool) -> Deviation | None:
    expected, total = _expected(one, can_burst), one.now.total
    if expected is None or abs(total - expected) < MIN_DOCUMENTS:
        return None
    deviation = _excess(one, expected) if total > expected else _loss(one, expected)
    return Deviation(one.now.hour, Metric.VOLUME, total, expected, deviation)


def _excess(one: _Comparison, expected: float) -> float:
    """The logarithm of how many times as many documents: volumes vary in proportion."""
    noise = max(MIN_NOISE, _noise(one))
    return math.log(one.now.total / max(1.0, expected)) / math.hypot(noise, one.now.total**-0.5)


def _loss(one: _Comparison, expected: float) -> float:
    """0 unless most documents are missing: noise does not explain that, and chance is Poisson's."""
    quiet = sorted(count.total for count in one.past)[len(one.past) // 4]
    is_silent = one.now.total <= min(SILENT * quiet, quiet - MIN_DOCUMENTS)
    if not is_silent or one.age < WEEK:  # a week has a weekend
        return 0.0
    return (one.now.total - expected) / math.sqrt(expected)


def _expected(one: _Comparison, can_burst: bool) -> float | None:
    """The documents of an hour; None without a day before it, because volumes have a rhythm."""
    if not one.past or one.age < DAY:
        return None
    totals = [count.total for count in one.past]
    same = [count.total for count in one.past if count.hour.hour == one.now.hour.hour]
    expected = max(median(totals), median(same or [0]))
    if one.now.total - expected < MIN_DOCUMENTS:
        return expected
    young = max(totals) if one.age < WEEK else 0  # most of its days may be those of a weekend
    return max(expected, min(one.now.total, max(young, _burst(one) if can_burst else 0)))


def _burst(one: _Comparison) -> float:
    """The documents of a source's busy hours, if it has most of them in few hours, else 0."""
    totals = [count.total for count in _before(one)]
    totals = sorted([0] * (min(PAST, one.age) // HOUR - len(totals)) + totals)
    usual, busy = (totals[int(quantile * len(totals))] for quantile in (USUAL, BUSY))
    return busy if busy > BURST * usual else 0.0


def _noise(one: _Comparison) -> float:
    """How much the same hours of other days vary, as a share of their documents, beyond chance."""
    alike: defaultdict[tuple[bool, int], list[int]] = defaultdict(list)
    for count in _before(one):
        alike[count.hour.weekday() >= SATURDAY, count.hour.hour].append(count.total)
    groups = [totals for totals in alike.values() if len(totals) >= MIN_DAYS]
    if one.age < WEEK:
        groups = [[count.total for count in one.past]]
    pairs = [(total, middle) for own in groups if (middle := median(own)) for total in own]
    if not pairs:
        return 0.0
    by_chance = median(1 / middle for _, middle in pairs)
    spread = MAD * median(abs(total / middle - 1) for total, middle in pairs)
    return math.sqrt(max(0.0, spread**2 - by_chance))


def _before(one: _Comparison) -> list[Count]:
    start = one.now.hour - PAST
    return [count for at, count in one.counts.items() if start <= at < one.now.hour]


def _sentiment(one: _Comparison) -> Deviation | None:
    """The mean of few documents varies by chance; what else means vary by is that of the hours."""
    past = [count for count in one.past if count.scored >= FEW]
    if one.now.scored < MIN_DOCUMENTS or len(past) < MIN_HOURS:
        return None
    means = [count.compound_sum / count.scored for count in past]
    mean, expected = one.now.compound_sum / one.now.scored, median(means)
    if abs(mean - expected) < MIN_SHIFT:
        return None
    by_chance = median(SPREAD**2 / count.scored for count in past)
    between_hours = max(0.0, (MAD * _deviation(means)) ** 2 - by_chance)
    spread = math.sqrt(SPREAD**2 / one.now.scored + between_hours)
    return Deviation(one.now.hour, Metric.SENTIMENT, mean, expected, (mean - expected) / spread)


def _deviation(values: Sequence[float]) -> float:
    """The median absolute deviation."""
    middle = median(values)
    return median(abs(value - middle) for value in values)
