"""Events that are put into the hours of a tenant."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from bench.alerts.tenants import Draw, Hours, Integers, scores, sums
from echostream.domain.alerts.deviations import Metric

CHOSEN = 0.8
"""Of the documents that an event adds, the share of clear praise, or of clear criticism."""
REPLACED = 0.5
"""The share of documents whose sentiment changes, if their number does not."""
Kind = tuple[Metric, bool]
"""A metric, and whether it is higher than expected."""


@dataclass(frozen=True, slots=True)
class Event:
    """What changes in its hours, given their direction; the shortest and longest of these.

    An alert of one of the kinds is right.
    """

    name: str
    change: Callable[[Hours, int, Draw], Hours]
    length: tuple[int, int]
    kinds: Callable[[int], set[Kind]]


def put(hours: Hours, event: Event, place: tuple[slice, slice], sign: int, draw: Draw) -> Hours:
    """The hours with an event in a place, which has sources and hours."""
    own = replace(hours, totals=hours.totals[place], sums=hours.sums[place])
    changed = event.change(own, sign, draw)
    totals, in_sum = hours.totals.copy(), hours.sums.copy()
    totals[place], in_sum[place] = changed.totals, changed.sums
    return replace(hours, totals=totals, sums=in_sum)


def _reaction(hours: Hours, sign: int, draw: Draw) -> Hours:
    """Three times as many documents; most of those that are added have the sign."""
    added = 2 * hours.totals
    clear = _share(added, CHOSEN)
    more = sums(clear, scores(sign), draw) + sums(added - clear, scores(0), draw)
    return Hours(hours.totals + added, hours.sums + more)


def _shift(hours: Hours, sign: int, draw: Draw) -> Hours:
    """As many documents, half of which have the sign."""
    clear = _share(hours.totals, REPLACED)
    others = sums(hours.totals - clear, scores(0), draw)
    return Hours(hours.totals, others + sums(clear, scores(sign), draw))


def _surge(hours: Hours, _: int, draw: Draw) -> Hours:
    """Three times as many documents, like those of other hours."""
    return Hours(3 * hours.totals, sums(3 * hours.totals, scores(0), draw))


def _silence(hours: Hours, _sign: int, _draw: Draw) -> Hours:
    """No documents."""
    return Hours(0 * hours.totals, 0 * hours.sums)


def _share(totals: Integers, share: float) -> Integers:
    part: Integers = np.rint(totals * share).astype(np.int64)
    return part


def _volume(is_up: bool) -> Callable[[int], set[Kind]]:
    return lambda _: {(Metric.VOLUME, is_up)}


def _sentiment(sign: int) -> set[Kind]:
    return {(Metric.SENTIMENT, sign > 0)}


EVENTS = (
    Event(
        "three times the volume, and sentiment",
        _reaction,
        (3, 4),
        lambda sign: {(Metric.VOLUME, True), *_sentiment(sign)},
    ),
    Event("sentiment", _shift, (3, 4), _sentiment),
    Event("three times the volume", _surge, (3, 4), _volume(True)),
    Event("no documents", _silence, (3, 3), _volume(False)),
)
