"""Reads the documents of a period for its themes: all of them, or a sample if there are many.

The counters say how many documents each hour has; a sample reads as large a share of every hour.
A partition of an hour has the documents of a hash of the id, so that they are a sample of all. A
sample has documents of one partition in the first minutes of an hour, of another in the next ones.

Years may have few documents a day and still many thousands of partitions. Of a long period only
some days are read: of equal numbers of days that have matching documents, one each.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from math import ceil

from echostream.domain.counters import Counters
from echostream.domain.document_store import (
    DocumentStore,
    PartitionQuery,
    TimePartition,
    shard_of,
)
from echostream.domain.model import Count, ScoredDocument, hour_of, sort_time
from echostream.domain.query import MAX_HOURS, Question

MAX_READ = 2
"""Times as many documents are read at most as are wanted, if a filter leaves out the others."""
MAX_CHARACTERS = 30_000_000
"""Of texts that are read at most."""
PAGE = 500
"""Documents of a read, if all are read."""
MIN_PAGE = 20
"""Documents of a read for a sample, at least, if the hour has as many."""
DENSER = 3
"""Times as many documents as on the average are read of a part of an hour."""
SIDE_BY_SIDE = 32
"""Reads of one round; each has at most 1 MB."""
LONG = MAX_HOURS
"""The length of a period of which some days may be left out."""
MAX_READS = 1_000
"""Reads of the table for a sample of a long period, about; some milliseconds each."""
MOST_READS = 2 * MAX_READS
"""Of partitions, whatever the counters say."""
READS_A_DAY = 96
"""Reads for the documents of a day, at most, as far as the number of days depends on it."""
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sample:
    """Documents of a period, and how many it has.

    If these are not all, `documents` is what the counters say. Of an hour that is not completely in
    the period they give a proportional share; channels, attributes and ratings are not counted.
    """

    scored: Sequence[ScoredDocument]
    documents: int
    is_complete: bool


TakeSample = Callable[[Question, int], Sample]
"""A sample of the documents of a tenant that a question names, of about a size."""


@dataclass(frozen=True, slots=True)
class _Hour:
    """Documents of an hour or day in a period, by the counters: all, and those that match."""

    every: float = 0.0
    matching: float = 0.0


def sample(
    store: DocumentStore, counters: Counters, tenant: str, question: Question, limit: int
) -> Sample:
    """About `limit` documents of a period that match, or all if there are not more.

    Raises `TryAgain`.
    """
    if question.end - question.start > LONG:
        return _sample_of_days(store, counters, tenant, question, limit)
    hours = _hours(counters, tenant, question)
    every = sum(hour.every for hour in hours.values())
    matching = sum(hour.matching for hour in hours.values())
    share = min(1.0, limit / max(1, matching), MAX_READ * limit / max(1, every))
    partitions = store.time_partitions(tenant, question.start, sort_time(question.end))
    if share == 1.0:
        reads = (read for parts in partitions for read in _all(parts, question))
    else:
        reads = (
            read
            for parts in partitions
            for read in _some(parts, question, share, hours.get(parts[0].hour, _Hour()).every)
        )
    most = MAX_READ * limit * (1 if share == 1.0 else DENSER)
    reader = _Reader(store, tenant, question, most)
    scored = list(reader.read(reads))
    is_complete = share == 1.0 and not reader.is_cut
    documents = len(scored) if is_complete else max(len(scored), round(matching))
    return Sample(scored, documents, is_complete)


def _sample_of_days(
    store: DocumentStore, counters: Counters, tenant: str, question: Question, limit: int
) -> Sample:
    """About `limit` documents of some days of a long period, or of all if that takes few reads."""
    days = _days(counters, tenant, question)
    with_some = sorted(day for day, counted in days.items() if counted.matching > 0)
    with_some = with_some or sorted(days)
    every = sum(days[day].every for day in with_some) / max(1, len(with_some))
    number = int(MAX_READS / (2 + min(READS_A_DAY, every)))
    chosen = _choose(with_some, number)
    all_of = sum(days[day].every for day in chosen)
    matching = sum(days[day].matching for day in chosen)
    share = min(1.0, limit / max(1, matching), MAX_READ * limit / max(1, all_of))
    reads = (
        read
        for day in reversed(chosen)
        for read in _of_day(store, tenant, _within(question, day), share, days[day].every)
    )
    most = MAX_READ * limit * (1 if share == 1.0 else DENSER)
    reader = _Reader(store, tenant, question, most)
    scored = list(reader.read(reads))
    is_complete = share == 1.0 and not reader.is_cut and chosen == with_some
    total = round(sum(counted.matching for counted in days.values()))
    return Sample(scored, len(scored) if is_complete else max(len(scored), total), is_complete)


def _choose(days: Sequence[datetime], number: int) -> list[datetime]:
    """At most a number of days: by a hash, because a fixed distance may hit the same weekday."""
    size = max(1, ceil(len(days) / number))
    groups = [days[first : first + size] for first in range(0, len(days), size)]
    return [group[shard_of(group[0].isoformat(), len(group))] for group in groups]


def _of_day(
    store: DocumentStore, tenant: str, day: Question, share: float, every: float
) -> "Iterator[_Read]":
    """Reads for a share of the documents of a day, which has `every` documents."""
    hours = list(store.time_partitions(tenant, day.start, sort_time(day.end)))
    for parts in hours:
        yield from (
            _all(parts, day) if share == 1.0 else _some(parts, day, share, every / len(hours))
        )


def _within(question: Question, day: datetime) -> Question:
    """The part of a question that is about one day."""
    start, end = max(question.start, day), min(question.end, day + DAY)
    return replace(question, start=start, end=end)


def _days(counters: Counters, tenant: str, question: Question) -> dict[datetime, _Hour]:
    """The counts of the days that a period touches and that have documents."""
    days: dict[datetime, _Hour] = {}
    last = (question.end - timedelta(microseconds=1)).date()
    for count in counters.days(tenant, question.start.date(), last + DAY):
        known = days.get(count.hour, _Hour())
        every, matching = known.every + count.total, known.matching + _matching(count, question)
        days[count.hour] = _Hour(every, matching)
    return {day: counted for day, counted in days.items() if counted.every > 0}


def _hours(counters: Counters, tenant: str, question: Question) -> dict[datetime, _Hour]:
    hours: dict[datetime, _Hour] = {}
    for count in counters.hours(tenant, hour_of(question.start), question.end):
        covered = min(question.end, count.hour + HOUR) - max(question.start, count.hour)
        part = max(0.0, covered / HOUR)
        known = hours.get(count.hour, _Hour())
        hours[count.hour] = _Hour(
            known.every + part * count.total, known.matching + part * _matching(count, question)
        )
    return hours


def _matching(count: Count, question: Question) -> int:
    if question.source not in (None, count.source):
        return 0
    return getattr(count, question.sentiment.lower()) if question.sentiment else count.total


@dataclass(frozen=True, slots=True)
class _Read:
    """Documents of a partition, of which those from `start` on count.

    `share` is the part that is taken of the documents of the partition's hour; None is all.
    """

    query: PartitionQuery
    start: str
    share: float | None = None


def _all(parts: Sequence[TimePartition], question: Question) -> Iterator[_Read]:
    start, end = sort_time(question.start), sort_time(question.end)
    return (_Read(PartitionQuery(part, end, PAGE), start) for part in parts)


def _some(
    parts: Sequence[TimePartition], question: Question, share: float, every: float
) -> Iterator[_Read]:
    """Reads for a share of the documents of an hour, each at the end of a part of it.

    An hour is divided into equal parts, in which not equally many documents were written. So more
    are read than are wanted, of a part on the average.
    """
    first = parts[0].hour
    start, end = max(first, question.start), min(first + HOUR, question.end)
    number = max(1, int(share * every / MIN_PAGE)) if every else 0
    size = ceil(DENSER * share * every / max(1, number))
    for place in range(number):
        begin, stop = (start + (end - start) * n / number for n in (place, place + 1))
        query = PartitionQuery(parts[place % len(parts)], sort_time(stop), size)
        yield _Read(query, sort_time(begin), share * len(parts))


class _Reader:
    """Reads matching documents, newest hour first, until they are too many or too large."""

    def __init__(self, store: DocumentStore, tenant: str, question: Question, limit: int) -> None:
        self._store = store
        self._tenant = tenant
        self._question = question
        self._left = limit
        self._reads_left = MOST_READS
        self._characters = MAX_CHARACTERS
        self._due = 0.0
        self.is_cut = False

    def read(self, reads: Iterable[_Read]) -> Iterator[ScoredDocument]:
        reads = iter(reads)
        rest: deque[_Read] = deque()
        while batch := [*_take(rest, SIDE_BY_SIDE), *islice(reads, SIDE_BY_SIDE)]:
            pages = self._store.newest(self._tenant, [read.query for read in batch])
            self._reads_left -= len(batch)
            for read, page in zip(batch, pages, strict=True):
                inside = [one for one in page.documents if one.position >= read.start]
                is_open = not page.is_last and len(inside) == len(page.documents)
                if read.share is not None:
                    inside = self._pick(read, inside, is_open)
                elif is_open:
                    query = replace(read.query, before=inside[-1].position)
                    rest.append(replace(read, query=query))
                yield from filter(self._question.matches, inside)
                self._left -= len(page.documents)
                self._characters -= sum(len(one.document.text) for one in page.documents)
            if min(self._left, self._characters) < 0 or self._reads_left <= 0:
                self.is_cut = True
                return

    def _pick(
        self, read: _Read, inside: Sequence[ScoredDocument], is_open: bool
    ) -> list[ScoredDocument]:
        """The share of the documents in the part of the hour that a read is for.

        If it has more than were read, their number is estimated from the time that these took.
        Fractions of a document are due with the next read.
        """
        if not inside:
            return []
        number = float(len(inside))
        if is_open:
            start, stop = _time(read.start), _time(read.query.before)
            taken = stop - inside[-1].document.created_at
            number *= (stop - start) / max(taken, timedelta(seconds=1))
        self._due += number * (read.share or 0.0)
        picked = min(int(self._due), len(inside))
        self._due -= int(self._due)
        return [inside[place * len(inside) // picked] for place in range(picked)]


def _time(position: str) -> datetime:
    return datetime.fromisoformat(position.partition("#")[0])


def _take(waiting: deque[_Read], number: int) -> list[_Read]:
    return [waiting.popleft() for _ in range(min(number, len(waiting)))]
