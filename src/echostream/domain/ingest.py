"""The pipeline after the door: check, score, archive, store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from echostream.domain.codec import (
    AcceptedTimes,
    document_from_wire,
    scored_to_wire,
)
from echostream.domain.document_store import DocumentStore, Outcome, Put
from echostream.domain.engine import Engine
from echostream.domain.errors import BadDocument
from echostream.domain.lake import Batch, Lake, batch_of
from echostream.domain.model import Document, Enrichment, ScoredDocument


@dataclass(frozen=True, slots=True)
class Rejection:
    """A document that was not taken: its place in the batch, and why."""

    index: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch. Whatever is in `ids` is stored durably.

    `stored` is what engines said of those documents that were not there before; no sender is told,
    so a repeat has the same receipt.
    """

    ids: list[str]
    rejected: list[Rejection]
    stored: Sequence[Enrichment] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Ingest:
    """Takes one request's documents of one tenant; `engine_for` gives a tenant's engine.

    The order matters: raw text first, so that nothing that was scored can be lost; then the
    table, which knows repeats and conflicts; last the scored text, as the table keeps it. A
    crash in between answers nothing, and the sender's repeat finishes the work.
    """

    engine_for: Callable[[str], Engine]
    lake: Lake
    store: DocumentStore
    retention: timedelta

    def __call__(self, tenant: str, raw: Sequence[Any], now: datetime) -> Receipt:
        """Take documents as parsed from JSON. Raises `TryAgain` if the sender has to repeat."""
        documents, rejected = self._check(raw, now)
        if not documents:
            return Receipt([], rejected)
        batch = batch_of(tenant, now, [raw[index] for index in documents])
        self.lake.write("raw", batch, [raw[index] for index in documents])
        puts = self._store(tenant, list(documents.values()), now)
        self._archive_scored(batch, puts)
        rejected += _conflicts(list(documents), puts)
        return Receipt(
            ids=[put.kept.document.id for put in puts if put.outcome is not Outcome.CONFLICT],
            rejected=sorted(rejected, key=lambda rejection: rejection.index),
            stored=[put.kept.enrichment for put in puts if put.outcome is Outcome.STORED],
        )

    def _check(
        self, raw: Sequence[Any], now: datetime
    ) -> tuple[dict[int, Document], list[Rejection]]:
        times = AcceptedTimes(now, self.retention)
        documents: dict[int, Document] = {}
        rejected = []
        for index, item in enumerate(raw):
            try:
                documents[index] = document_from_wire(item, times)
            except BadDocument as error:
                rejected.append(Rejection(index, error.code, error.message))
        return documents, rejected

    def _store(self, tenant: str, documents: Sequence[Document], now: datetime) -> list[Put]:
        enrichments = self.engine_for(tenant).enrich(documents, now)
        scored = [ScoredDocument(*pair) for pair in zip(documents, enrichments, strict=True)]
        return self.store.put(tenant, scored, now)

    def _archive_scored(self, batch: Batch, puts: Sequence[Put]) -> None:
        """Writes scored documents to the hour in which each was first stored.

        A repeat, however late, thereby overwrites what its first delivery wrote.
        """
        kept = {p.kept.document.id: p.kept for p in puts if p.outcome is not Outcome.CONFLICT}
        by_hour: dict[datetime, list[ScoredDocument]] = {}
        for scored in kept.values():
            stored_at = scored.enrichment.enriched_at
            hour = stored_at.replace(minute=0, second=0, microsecond=0)
            by_hour.setdefault(hour, []).append(scored)
        for hour, documents in by_hour.items():
            home = replace(batch, arrived_at=hour)
            self.lake.write("enriched", home, [scored_to_wire(one) for one in documents])


def _conflicts(indices: Sequence[int], puts: Sequence[Put]) -> list[Rejection]:
    return [
        Rejection(index, "conflict", "id: already names a document with another text")
        for index, put in zip(indices, puts, strict=True)
        if put.outcome is Outcome.CONFLICT
    ]
