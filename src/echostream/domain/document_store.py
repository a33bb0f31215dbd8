"""The port of the documents table.

Documents are indexed by id, to detect repeats, and by hour, newest first. Each hour of a tenant is
divided into shards by a hash of the id, so that no partition gets all writes. A directory has the
partitions that contain documents.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from echostream.domain.model import Enrichment, ScoredDocument, hour_of


class Outcome(Enum):
    """The result of storing a document."""

    STORED = "stored"
    REPEATED = "repeated"
    CONFLICT = "conflict"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Put:
    """The result of storing one document, and the document that is now stored under its id.

    A document that the table refuses is `REFUSED`; `stored` is then the document as sent.
    """

    outcome: Outcome
    stored: ScoredDocument


@dataclass(frozen=True, slots=True)
class TimePartition:
    """The documents of one hour and one shard. `hour` is its first moment, in UTC."""

    hour: datetime
    shard: int


@dataclass(frozen=True, slots=True)
class PartitionQuery:
    """Asks for the newest documents of a partition below a position, at most `limit`."""

    partition: TimePartition
    before: str
    limit: int


@dataclass(frozen=True, slots=True)
class PartitionPage:
    """Documents of a partition, newest first; fewer than asked for if they are large.

    There is at least one, unless `is_last`: then the partition has no older ones.
    """

    documents: Sequence[ScoredDocument]
    is_last: bool


class DocumentStore(Protocol):
    """Stores documents until their retention ends. Every method may raise `TryAgain`.

    One that is older when it is scored (`is_lake_only`) is stored by its id only, for the retention
    after that: it is not found by time and not counted. So a repeat is still detected.
    """

    def put(
        self,
        tenant: str,
        documents: Sequence[ScoredDocument],
        now: datetime,
        retention: timedelta | None = None,
    ) -> list[Put]:
        """Store documents, each by itself, for the store's retention or a shorter one.

        Returns one result per document, in order. A document whose id is stored with the same text
        is `REPEATED` and changes nothing; with another text it is a `CONFLICT`. A document that
        has expired at `now` is not stored any more; but one for the lake only is `REPEATED` as long
        as the store has its text, because the lake has it too.
        """

    def mark_received(self, tenant: str, at: datetime) -> None:
        """Note that all documents of the tenant that were received up to a time are stored.

        The counters follow the store, and report this time when they have counted them.
        """

    def get_many(self, tenant: str, ids: Sequence[str]) -> dict[str, ScoredDocument]:
        """The stored documents among these ids, by id."""

    def add_score(self, tenant: str, scored: ScoredDocument, score: Enrichment) -> bool:
        """Store another engine's score with a document, in place of that engine's former score.

        Returns False if the stored document is no longer equal to `scored`.
        """

    def time_partitions(
        self, tenant: str, start: datetime, below: str
    ) -> Iterator[list[TimePartition]]:
        """The partitions of each hour from that of `start` to a position, newest hour first.

        They are all that have documents; some may be empty. They are read as far as the caller
        iterates.
        """

    def newest(self, tenant: str, queries: Sequence[PartitionQuery]) -> list[PartitionPage]:
        """The page of each query, in order; the partitions are read side by side."""

    def check(self) -> None:
        """Raise `TryAgain` if the store does not respond."""


def shard_of(text: str, shards: int) -> int:
    """The shard of a text, such as an id."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) % shards


def time_partition_of(scored: ScoredDocument, shards: int) -> TimePartition:
    """The partition of a document, if each hour has this number of shards."""
    document = scored.document
    return TimePartition(hour_of(document.created_at), shard_of(document.id, shards))


def is_lake_only(scored: ScoredDocument, retention: timedelta) -> bool:
    """Whether a document was older than the table's retention when it was scored.

    It depends on the document alone, so that a restore and a replay decide as the ingest did.
    """
    return scored.document.created_at <= scored.enrichment.enriched_at - retention


def retention_start(scored: ScoredDocument, is_listed: bool) -> datetime:
    """When the retention of a document starts: its own time, or for the lake only its arrival."""
    return scored.document.created_at if is_listed else scored.enrichment.enriched_at


def expires_at(scored: ScoredDocument, retention: timedelta) -> datetime:
    """The time from which the table need not have a document any more."""
    return retention_start(scored, not is_lake_only(scored, retention)) + retention


def compare(stored: ScoredDocument, sent: ScoredDocument) -> Put:
    """The result for a document whose id is stored already; it depends on the text only."""
    is_same = stored.document.text == sent.document.text
    return Put(Outcome.REPEATED if is_same else Outcome.CONFLICT, stored)


def with_score(scored: ScoredDocument, score: Enrichment) -> ScoredDocument:
    """A document with another engine's score, in place of that engine's former score."""
    others = tuple(other for other in scored.other_scores if other.engine != score.engine)
    return replace(scored, other_scores=(*others, score))
