"""The contract of the documents table.

A document is found by its id (so that a repeat is known) and, newest first, by day. Each day of
a tenant is cut into shards by a hash of the id, so that no day is one hot key.
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
    Count,
    Enrichment,
    ScoredDocument,
    is_tenant_name,
)


class Outcome(Enum):
    """What became of a document that was put."""

    STORED = "stored"
    REPEATED = "repeated"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Put:
    """The outcome of one put, and the document that is now kept under its id."""

    outcome: Outcome
    kept: ScoredDocument


class DocumentStore(Protocol):
    """Where documents are kept for as long as retention says. Raises `TryAgain`."""

    shards: int

    def put(self, tenant: str, documents: Sequence[ScoredDocument], now: datetime) -> list[Put]:
        """Store documents and count the new ones, in one step that a crash cannot split.

        One result a document, in order. An id that is already kept with the same text is
        `REPEATED` and changes nothing; with another text it is a `CONFLICT`.
        """

    def kept(self, tenant: str, ids: Sequence[str]) -> dict[str, ScoredDocument]:
        """Those of some documents that are kept, by id."""

    def add_other(self, tenant: str, scored: ScoredDocument, other: Enrichment) -> bool:
        """Keep what another engine said beside what is kept; the latest of an engine stays.

        False where the document is no longer what `scored` says.
        """

    def newest(
        self, tenant: str, day: date, shard: int, before: str | None, page_size: int
    ) -> Iterator[ScoredDocument]:
        """One shard of a day, newest first, from below a position; reads a page at a time."""

    def counts(self, tenant: str, day: date) -> list[Count]:
        """How many documents a day holds, by hour and source; an hour may come in parts."""

    def tenant_of(self, user: str) -> str | None:
        """Whose member a user (a Cognito `sub`) is."""

    def add_member(self, user: str, tenant: str) -> None:
        """Make a user a member of a tenant; of one only. `BadRequest` where no tenant may be named
        like that."""

    def check(self) -> None:
        """Raise `TryAgain` where the store does not answer."""


def check_tenant_name(tenant: str) -> None:
    """Raises `BadRequest` where no tenant may be named like that."""
    if not is_tenant_name(tenant):
        raise BadRequest("invalid_value", f"tenant: {TENANT_RULE}")


def shard_of(document_id: str, shards: int) -> int:
    """The shard that holds an id."""
    return int.from_bytes(hashlib.sha256(document_id.encode()).digest()[:4]) % shards


def compare(kept: ScoredDocument, sent: ScoredDocument) -> Put:
    """The outcome for a document whose id is already kept: only the text decides."""
    same = kept.document.text == sent.document.text
    return Put(Outcome.REPEATED if same else Outcome.CONFLICT, kept)


def with_other(scored: ScoredDocument, other: Enrichment) -> ScoredDocument:
    """A document with one more engine's word, in place of the same engine's earlier one."""
    kept = tuple(said for said in scored.others if said.engine != other.engine)
    return replace(scored, others=(*kept, other))
