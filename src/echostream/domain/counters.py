"""The port of the counters: documents counted by hour and day, source and sentiment.

A function reads the table's stream of changes and adds them to the counters, some seconds after the
documents were stored. Each change is added once, however often the stream delivers it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from echostream.domain.model import Count

MAX_SOURCES_A_DAY = 100
"""The sources of a tenant's day that are counted by name, in the order of their first document."""
OTHER_SOURCES = ""
"""In place of the name of a source past `MAX_SOURCES_A_DAY`; no document has an empty source."""
OPERATOR = "~"
"""In place of a tenant, which cannot have this name: times of receipt that no request has."""
SKEW = 1.1
"""Windows after which the changes of all shards are counted; the time of counting is included."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the table, as the counters see it.

    `sequence` orders the changes of a shard of the stream, as text. `counts` is what the change
    adds to a tenant's counts: a document adds 1, a deleted one adds -1, one whose count did not
    change adds nothing. `received` is a time for which `DocumentStore.mark_received` was called.
    """

    sequence: str
    at: datetime
    tenant: str
    counts: tuple[Count, ...] = ()
    received: datetime | None = None


class Counters(Protocol):
    """Counts of documents. Every method may raise `TryAgain`."""

    def hours(self, tenant: str, start: datetime, end: datetime) -> Iterable[Count]:
        """The counts of the hours that begin in [start, end), by source, in any order.

        Several counts may have the same hour and source.
        """

    def days(self, tenant: str, start: date, end: date) -> Iterable[Count]:
        """The counts of the days in [start, end), by source, in any order.

        Several counts may have the same day and source.
        """

    def counted_to(self, tenant: str) -> datetime | None:
        """The time up to which received documents are counted; None before the first count.

        Changes of other shards of the stream may wait: see `counted_in_all_shards`.
        """

    def add(self, shard: str, changes: Sequence[Change], is_behind: bool) -> None:
        """Add the changes of a shard of the stream, in order; each is added once.

        `is_behind` means that the shard has later changes already.
        """


def counted_in_all_shards(
    counted_to: datetime | None, window: timedelta, now: datetime
) -> datetime | None:
    """The time up to which documents are counted whatever shard of the stream their changes are in.

    The changes of each shard are collected for `window`, beginning at different times.
    """
    return min(counted_to, now - window * SKEW) if counted_to and window else counted_to
