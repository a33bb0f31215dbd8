"""Reads the documents of a period, newest first, in few rounds of large reads side by side.

A round reads partitions of the newest hour that is not complete, and of older hours if that hour is
likely to have too few documents. Each round expects `GROWTH` times what the rounds before it read,
so their number is small also if most hours are empty.
"""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter

from echostream.domain.document_store import (
    DocumentStore,
    PartitionPage,
    PartitionQuery,
    TimePartition,
)
from echostream.domain.model import ScoredDocument, sort_time

GROWTH = 4
MAX_READ = 1_000
"""Documents of one read of a partition."""

Positioned = tuple[str, ScoredDocument]
"""A document and its position."""


@dataclass(slots=True)
class _Part:
    """A partition; documents that are not below `before` have been read."""

    partition: TimePartition
    before: str
    number: int = 0
    is_complete: bool = False

    def add(self, page: PartitionPage) -> list[Positioned]:
        documents = [(scored.position, scored) for scored in page.documents]
        self.before = documents[-1][0] if documents else self.before
        self.number += len(documents)
        self.is_complete = page.is_last
        return documents


@dataclass(slots=True)
class _Hour:
    """The parts of an hour, and the documents that were read and not yet returned."""

    parts: list[_Part]
    documents: dict[str, ScoredDocument] = field(default_factory=dict)

    def open_parts(self) -> list[_Part]:
        return [part for part in self.parts if not part.is_complete]

    def bound(self) -> str:
        """The position down to which all documents of the hour have been read."""
        start = sort_time(self.parts[0].partition.hour)
        return max((part.before for part in self.open_parts()), default=start)

    def take(self) -> list[Positioned]:
        """Remove the documents down to the bound, newest first."""
        bound = self.bound()
        taken = [entry for entry in self.documents.items() if entry[0] >= bound]
        for position, _ in taken:
            del self.documents[position]
        return sorted(taken, key=itemgetter(0), reverse=True)

    def expected(self) -> int:
        """Documents to return: a part with more than were read is expected to have many more."""
        unread = sum((GROWTH - 1) * part.number for part in self.open_parts())
        return len(self.documents) + unread


class DocumentsByTime:
    """The documents of a tenant from the hour of `start` to the position `below`, newest first."""

    def __init__(self, store: DocumentStore, tenant: str, start: datetime, below: str) -> None:
        self._store = store
        self._tenant = tenant
        self._below = below
        self._listed = store.time_partitions(tenant, start, below)
        self._hours: deque[_Hour] = deque()
        self._parts = 0
        self.rounds = self.reads = self.documents = 0
        self.is_complete = False

    @property
    def position(self) -> str:
        """The position down to which all documents of the period have been returned."""
        return self._hours[0].bound() if self._hours else self._below

    def take(self) -> Iterator[Positioned]:
        """Return the documents that the reads so far allow."""
        while self._hours:
            hour = self._hours[0]
            yield from hour.take()
            if hour.open_parts():
                return
            self._below = hour.bound()
            self._hours.popleft()

    def read(self, number: int, max_documents: int, max_reads: int) -> None:
        """One round of reads, towards this number of further documents.

        It makes about `max_reads` reads at most, towards about `max_documents` at most.
        """
        number = min(number, max_documents)
        reads = self._continue(number)[:max_reads]
        expected = sum(hour.expected() for hour in self._hours)
        if expected < number:
            reads += self._begin(number, number - expected, max_reads - len(reads))
        if not reads:
            self.is_complete = True
            return
        queries = [
            PartitionQuery(part.partition, part.before, min(size, MAX_READ))
            for _, part, size in reads
        ]
        pages = self._store.newest(self._tenant, queries)
        for (hour, part, _), page in zip(reads, pages, strict=True):
            hour.documents.update(part.add(page))
            self.documents += len(page.documents)
        self.rounds += 1
        self.reads += len(reads)

    def _continue(self, number: int) -> "list[_Read]":
        """Reads of the hours that were begun."""
        reads: list[_Read] = []
        for hour in self._hours:
            if number <= 0:
                break
            parts = hour.open_parts()
            size = _size(number, len(parts))
            reads += [(hour, part, min(size, GROWTH * part.number)) for part in parts]
            number -= hour.expected()
        return reads

    def _begin(self, number: int, missing: int, max_reads: int) -> "list[_Read]":
        """Reads of further hours, until `missing` documents are expected from them.

        The first hour to return gets `number` documents if it has as many, and is read alone if
        nothing is known of the others.
        """
        width = min(self._width(missing), max_reads)
        reads: list[_Read] = []
        while len(reads) < width or not self._hours:
            partitions = next(self._listed, None)
            if partitions is None:
                break
            hour = _Hour([_Part(partition, self._below) for partition in partitions])
            share = len(partitions) if not self._hours else max(width, len(partitions))
            size = _size(number, share)
            self._hours.append(hour)
            reads += [(hour, part, size) for part in hour.parts]
        self._parts += len(reads)
        return reads

    def _width(self, missing: int) -> int:
        """The number of partitions that are expected to have the missing documents."""
        if not self._parts:
            return 1
        density = max(1, self.documents / self._parts)
        return min(GROWTH * self._parts, math.ceil(missing / density))


_Read = tuple[_Hour, _Part, int]
"""A part to read, its hour, and the number of documents."""


def _size(number: int, parts: int) -> int:
    """Documents to read from each of some parts, so that `number` can be returned.

    Shards are hashes: a part has more than its share by some standard deviations at most.
    """
    share = math.ceil(number / max(1, parts))
    return min(number, share + 2 + math.ceil(2 * math.sqrt(share)))
