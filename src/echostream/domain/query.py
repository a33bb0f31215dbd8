"""Reads: the newest documents, and counts over time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Literal

from echostream.domain.attributes import Attribute
from echostream.domain.codec import max_response_bytes, response_bytes
from echostream.domain.counters import OTHER_SOURCES, Counters
from echostream.domain.document_store import DocumentStore
from echostream.domain.documents_by_time import GROWTH, DocumentsByTime
from echostream.domain.errors import BadRequest
from echostream.domain.model import Count, ScoredDocument, add_up, hour_of, sort_time
from echostream.domain.ratings import RatingFilter, matches_rating

Bucket = Literal["hour", "day"]
"""The length of a period that documents are counted by."""
DEFAULT_LIMIT = 50
MAX_LIMIT = 500
"""Documents of a page."""
MAX_PAGE_BYTES = 5_000_000
"""Of a page in a Lambda's response, which is JSON inside JSON of at most 6 MiB."""
MAX_SOURCES = 500
"""Sources that a response lists by name. A name takes up to 768 bytes in JSON."""
MAX_HOURS = timedelta(days=31)
"""The longest period that can be counted by hour."""
MAX_COUNTS = 100_000
"""Counts of a day or hour and a source that are read for a response, about."""
MAX_SCANNED = 2_000
"""Documents read for one page. A filter that few documents match gives a short page."""
MAX_READS = 200
"""Partitions read for one page. If each has one document, a large page is short."""
MAX_ROUNDS = 10
"""Reads of partitions one after another for one page."""
FILTERED_READ = 250
"""Documents that the first round for a filter reads at least."""


@dataclass(frozen=True, slots=True)
class Question:
    """A period [start, end), and optionally one value of some fields of its documents.

    `sentiment` is one of `model.LABELS`: a document without a score is in no sentiment.
    """

    start: datetime
    end: datetime
    source: str | None = None
    sentiment: str | None = None
    channel: str | None = None
    attribute: Attribute | None = None
    rating: RatingFilter | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether only some documents of the period match."""
        filters = (self.source, self.sentiment, self.channel, self.attribute, self.rating)
        return any(one is not None for one in filters)

    def matches(self, scored: ScoredDocument) -> bool:
        """Whether a document of the period has the values."""
        return (
            self.source in (None, scored.document.source)
            and self.sentiment in (None, scored.enrichment.label)
            and self.channel in (None, scored.document.channel)
            and self._matches_attribute(scored)
            and self._matches_rating(scored)
        )

    def _matches_attribute(self, scored: ScoredDocument) -> bool:
        if self.attribute is None:
            return True
        name, value = self.attribute
        return scored.document.attributes.get(name) == value

    def _matches_rating(self, scored: ScoredDocument) -> bool:
        rating, sentiment = scored.document.rating, scored.enrichment.sentiment
        return self.rating is None or matches_rating(self.rating, rating, sentiment)


@dataclass(frozen=True, slots=True)
class Page:
    """Documents, newest first, and the position of the next page; None after the last page."""

    documents: list[ScoredDocument]
    position: str | None


def newest(
    store: DocumentStore, tenant: str, question: Question, limit: int, before: str | None = None
) -> Page:
    """The newest matching documents below a position.

    A page ends after `limit` documents or `MAX_PAGE_BYTES`, or when its reads reach a limit.
    """
    start, end = sort_time(question.start), sort_time(question.end)
    below = min(before, end) if before else end
    reader = DocumentsByTime(store, tenant, question.start, below)
    documents: list[ScoredDocument] = []
    size = _PageSize()
    while not reader.is_complete:
        for position, scored in reader.take():
            if position < start:
                return Page(documents, None)
            if question.matches(scored):
                is_too_large = size.add(scored)
                if documents and is_too_large:
                    return Page(documents, below)
                documents.append(scored)
                if len(documents) == limit:
                    return Page(documents, position)
            below = position
        if _is_spent(reader):
            return Page(documents, reader.position)
        number = _to_read(question, limit - len(documents), reader.rounds)
        reader.read(number, MAX_SCANNED - reader.documents, MAX_READS - reader.reads)
    return Page(documents, None)


class _PageSize:
    """The bytes of a page: at most, and exactly only if that may be too much."""

    def __init__(self) -> None:
        self._bytes = 0
        self._estimated: list[ScoredDocument] = []

    def add(self, scored: ScoredDocument) -> bool:
        """Add a document; whether the page is too large with it."""
        self._bytes += max_response_bytes(scored)
        self._estimated.append(scored)
        if self._bytes > MAX_PAGE_BYTES:
            for one in self._estimated:
                self._bytes += response_bytes(one) - max_response_bytes(one)
            self._estimated.clear()
        return self._bytes > MAX_PAGE_BYTES


def _is_spent(reader: DocumentsByTime) -> bool:
    return (
        reader.documents >= MAX_SCANNED or reader.reads >= MAX_READS or reader.rounds >= MAX_ROUNDS
    )


def _to_read(question: Question, missing: int, rounds: int) -> int:
    """The number of documents to read for a page that misses some.

    A filter may match few of them, so that each round reads more than the one before it.
    """
    if not question.is_filtered:
        return missing
    return int(max(missing, FILTERED_READ) * GROWTH**rounds)


def _days(question: Question, below: str) -> Iterator[date]:
    day = date.fromisoformat(below[:10])
    while day >= question.start.date():
        yield day
        day -= timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts by hour or day, oldest first, and by source, largest first.

    `other_sources` are the documents of the sources that are not listed by name. `counted_to` is
    the time up to which received documents are counted.
    """

    by_time: list[Count]
    by_source: list[Count]
    other_sources: Count | None
    counted_to: datetime | None


def stats(counters: Counters, tenant: str, question: Question, bucket: Bucket) -> Stats:
    """The counts of a period. Raises `BadRequest` if they are more than `MAX_COUNTS`.

    Hours that the period touches are counted completely; hours and days without documents are left
    out. Counts by source include all sources, also if the question names one.
    """
    counted_to = counters.counted_to(tenant)  # first: the counts may be later, but not earlier
    first = hour_of(question.start)
    parts = _bounded(_counts(counters, tenant, first, question.end, bucket))
    by_time = _positive_sums(
        replace(part, hour=_bucket_start(part.hour, bucket), source=question.source or "")
        for part in parts
        if question.source in (None, part.source)
    )
    by_source = _positive_sums(replace(part, hour=first) for part in parts)
    by_source.sort(key=lambda count: (-count.total, count.source))
    named = [count for count in by_source if count.source != OTHER_SOURCES]
    unnamed = [count for count in by_source if count.source == OTHER_SOURCES]
    rest = [replace(count, source=OTHER_SOURCES) for count in named[MAX_SOURCES:]] + unnamed
    return Stats(
        by_time=sorted(by_time, key=lambda count: count.hour),
        by_source=named[:MAX_SOURCES],
        other_sources=add_up(rest)[0] if rest else None,
        counted_to=counted_to,
    )


def _bounded(parts: Iterable[Count]) -> list[Count]:
    """Counts that are not too many for a request's time."""
    read = list(islice(parts, MAX_COUNTS + 1))
    if len(read) > MAX_COUNTS:
        raise BadRequest(
            "too_large",
            f"from: the period has more than {MAX_COUNTS:,} counts of times and sources;"
            " choose a shorter period",
        )
    return read


def _positive_sums(parts: Iterable[Count]) -> list[Count]:
    """Sums of counts; a document that was removed leaves counts of 0."""
    return [part for part in add_up(parts) if part.total > 0]


def _counts(
    counters: Counters, tenant: str, first: datetime, end: datetime, bucket: Bucket
) -> Iterator[Count]:
    """The counts of the hours from `first` until `end`; those of whole days by day."""
    if first >= end:
        return
    whole, after = _midnight(first + timedelta(hours=23, minutes=59)), _midnight(end)
    if bucket == "hour" or whole >= after:
        yield from counters.hours(tenant, first, end)
        return
    if first < whole:
        yield from counters.hours(tenant, first, whole)
    yield from counters.days(tenant, whole.date(), after.date())
    if after < end:
        yield from counters.hours(tenant, after, end)


def _midnight(moment: datetime) -> datetime:
    """The start of the day that contains a time."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _bucket_start(hour: datetime, bucket: Bucket) -> datetime:
    return hour if bucket == "hour" else _midnight(hour)
