"""The port of the documents table.

Documents are indexed by id, to detect repeats, and by day, newest first. Each day
of a tenant is divided into shards by a hash of the id, so that no partition gets all writes.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Protocol

from echostream.domain.errors import BadRequest
from echostream.domain.model import (
    TENANT_RULE,
    Enrichment,
    ScoredDocument,
    is_tenant_name,
)


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


class DocumentStore(Protocol):
    """Stores documents until their retention ends. Every method may raise `TryAgain`."""

    shards: int

    def put(self, tenant: str, documents: Sequence[ScoredDocument], now: datetime) -> list[Put]:
        """Store documents, each by itself.

        Returns one result per document, in order. A document whose id is stored with the same text
        is `REPEATED` and changes nothing; with another text it is a `CONFLICT`. A document that
        has expired at `now` is not stored any more.
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

    def newest(
        self, tenant: str, day: date, shard: int, before: str | None, page_size: int
    ) -> Iterator[ScoredDocument]:
        """One shard of a day below a position, newest first; read in pages of this size."""

    def tenant_of(self, user: str) -> str | None:
        """The tenant of a user (a Cognito `sub`); None for an unknown user."""

    def add_member(self, user: str, tenant: str) -> None:
        """Make a user a member of a tenant, and of no other. Raises `BadRequest` for a bad name."""

    def check(self) -> None:
        """Raise `TryAgain` if the store does not respond."""


def check_tenant_name(tenant: str) -> None:
    """Raises `BadRequest` if a tenant cannot have this name."""
    if not is_tenant_name(tenant):
        raise BadRequest("invalid_value", f"tenant: {TENANT_RULE}")


def shard_of(document_id: str, shards: int) -> int:
    """The shard of an id."""
    return int.from_bytes(hashlib.sha256(document_id.encode()).digest()[:4]) % shards


def compare(stored: ScoredDocument, sent: ScoredDocument) -> Put:
    """The result for a document whose id is stored already; it depends on the text only."""
    is_same = stored.document.text == sent.document.text
    return Put(Outcome.REPEATED if is_same else Outcome.CONFLICT, stored)


def with_score(scored: ScoredDocument, score: Enrichment) -> ScoredDocument:
    """A document with another engine's score, in place of that engine's former score."""
    others = tuple(other for other in scored.other_scores if other.engine != score.engine)
    return replace(scored, other_scores=(*others, score))
