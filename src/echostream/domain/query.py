"""Reads of the documents table: the newest documents, and counts over time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from echostream.domain.codec import response_bytes
from echostream.domain.document_store import DocumentStore
from echostream.domain.documents_by_time import GROWTH, DocumentsByTime
from echostream.domain.model import Count, ScoredDocument, Sentiment, hour_of, sort_time

Bucket = Literal["hour", "day"]
"""The length of a period that documents are counted by."""
DEFAULT_LIMIT = 50
MAX_LIMIT = 500
"""Documents of a page."""
MAX_PAGE_BYTES = 5_000_000
"""Of a page in a Lambda's response, which is JSON inside JSON of at most 6 MiB."""
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
    """A period [start, end), and optionally one source and one sentiment."""

    start: datetime
    end: datetime
    source: str | None = None
    sentiment: Sentiment | None = None

    def matches(self, scored: ScoredDocument) -> bool:
        """Whether a document of the period has the source and the sentiment."""
        return (self.source is None or scored.document.source == self.source) and (
            self.sentiment is None or scored.enrichment.sentiment is self.sentiment
        )


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
    size = 0
    while not reader.is_complete:
        for position, scored in reader.take():
            if position < start:
                return Page(documents, None)
            if question.matches(scored):
                size += response_bytes(scored)
                if documents and size > MAX_PAGE_BYTES:
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


def _is_spent(reader: DocumentsByTime) -> bool:
    return (
        reader.documents >= MAX_SCANNED or reader.reads >= MAX_READS or reader.rounds >= MAX_ROUNDS
    )


def _to_read(question: Question, missing: int, rounds: int) -> int:
    """The number of documents to read for a page that misses some.

    A filter may match few of them, so that each round reads more than the one before it.
    """
    if question.source is None and question.sentiment is None:
        return missing
    return int(max(missing, FILTERED_READ) * GROWTH**rounds)


def _days(question: Question, below: str) -> Iterator[date]:
    day = date.fromisoformat(below[:10])
    while day >= question.start.date():
        yield day
        day -= timedelta(days=1)


def stats(
    store: DocumentStore, tenant: str, question: Question, bucket: Bucket
) -> tuple[list[Count], list[Count]]:
    """Counts by hour or day, oldest first, and by source, largest first.

    Hours that the period touches are counted completely; hours and days without documents are left
    out. Counts by source include all sources, also if the question names one.
    """
    first, last = hour_of(question.start), question.end
    by_time: dict[datetime, Count] = {}
    by_source: dict[str, Count] = {}
    for day in _days(question, sort_time(question.end)):
        for part in store.counts(tenant, day):
            if not first <= part.hour < last:
                continue
            by_source[part.source] = _add(by_source.get(part.source), part, first)
            if question.source not in (None, part.source):
                continue
            start = part.hour if bucket == "hour" else part.hour.replace(hour=0)
            by_time[start] = _add(by_time.get(start), part, start)
    sources = sorted(by_source.values(), key=lambda count: (-count.total, count.source))
    return [by_time[start] for start in sorted(by_time)], sources


def _add(total: Count | None, part: Count, start: datetime) -> Count:
    if total is None:
        return replace(part, hour=start)
    return replace(
        total,
        positive=total.positive + part.positive,
        negative=total.negative + part.negative,
        neutral=total.neutral + part.neutral,
        mixed=total.mixed + part.mixed,
        # Sums have four decimals. Without rounding, the mean depends on the order of the parts.
        compound_sum=round(total.compound_sum + part.compound_sum, 4),
    )
