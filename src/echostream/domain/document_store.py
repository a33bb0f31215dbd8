"""The fast table's contract, and the store that keeps it in memory.

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
    count,
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


class MemoryStore:
    """A store for tests and experiments. Nothing expires."""

    def __init__(self, shards: int = 4) -> None:
        self.shards = shards
        self._documents: dict[tuple[str, str], ScoredDocument] = {}
        self._counts: dict[str, list[Count]] = {}
        self._members: dict[str, str] = {}

    def put(self, tenant: str, documents: Sequence[ScoredDocument], now: datetime) -> list[Put]:
        del now  # nothing expires
        puts = [self._put(tenant, scored) for scored in documents]
        new = [put.kept for put in puts if put.outcome is Outcome.STORED]
        self._counts.setdefault(tenant, []).extend(count(new))
        return puts

    def _put(self, tenant: str, scored: ScoredDocument) -> Put:
        key = tenant, scored.document.id
        if key in self._documents:
            return compare(self._documents[key], scored)
        self._documents[key] = scored
        return Put(Outcome.STORED, scored)

    def kept(self, tenant: str, ids: Sequence[str]) -> dict[str, ScoredDocument]:
        found = {name: self._documents.get((tenant, name)) for name in ids}
        return {name: scored for name, scored in found.items() if scored is not None}

    def add_other(self, tenant: str, scored: ScoredDocument, other: Enrichment) -> bool:
        key = tenant, scored.document.id
        if self._documents.get(key) != scored:
            return False
        self._documents[key] = with_other(scored, other)
        return True

    def newest(
        self, tenant: str, day: date, shard: int, before: str | None, page_size: int
    ) -> Iterator[ScoredDocument]:
        del page_size  # there are no pages
        found = [
            scored
            for (owner, document_id), scored in self._documents.items()
            if owner == tenant
            and scored.document.created_at.date() == day
            and shard_of(document_id, self.shards) == shard
            and (before is None or scored.position < before)
        ]
        yield from sorted(found, key=lambda scored: scored.position, reverse=True)

    def counts(self, tenant: str, day: date) -> list[Count]:
        return [part for part in self._counts.get(tenant, []) if part.hour.date() == day]

    def tenant_of(self, user: str) -> str | None:
        return self._members.get(user)

    def add_member(self, user: str, tenant: str) -> None:
        check_tenant_name(tenant)
        self._members[user] = tenant

    def check(self) -> None:
        """Memory always answers."""
