"""Ingestion: documents that the door accepted are archived, scored and stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from echostream.domain.codec import scored_to_wire
from echostream.domain.document_store import DocumentStore, Outcome, Put
from echostream.domain.door import Receipt, Rejection, by_index, check
from echostream.domain.engine import Engine
from echostream.domain.lake import Batch, Lake, Rows, batch_of
from echostream.domain.model import Document, ScoredDocument, hour_of
from echostream.domain.validation import AcceptedTimes

REJECTIONS = {
    Outcome.CONFLICT: "id: a document with this id and another text exists",
    Outcome.REFUSED: "document: too large for the documents table; send a shorter text",
}
"""The outcomes of documents that are not stored, with the messages for their senders."""


@dataclass(frozen=True, slots=True)
class Ingest:
    """Takes the documents of one batch.

    `engine_for` returns the engine of a tenant; `clock` returns the time.

    The order of the writes: first the raw documents, so that no accepted document can be lost; then
    the table, which detects repeats and conflicts; last the scored documents as the table has them.
    After a crash the batch fails, and its repeat finishes the work.
    """

    engine_for: Callable[[str], Engine]
    lake: Lake
    store: DocumentStore
    retention: timedelta
    clock: Callable[[], datetime]

    def __call__(self, tenant: str, raw: Sequence[Any], now: datetime) -> Receipt:
        """Take documents as parsed from JSON. Raises `TryAgain` if the caller has to repeat."""
        documents, rejected = check(raw, AcceptedTimes(now, self.retention))
        if not documents:
            return Receipt([], rejected)
        batch = batch_of(tenant, now, [raw[index] for index in documents])
        puts = self.write(batch, [raw[index] for index in documents], list(documents.values()), now)
        received_at = self.clock()
        self.store.mark_received(tenant, received_at)
        rejected += _rejections(list(documents), puts)
        return Receipt(
            ids=[put.stored.document.id for put in puts if put.outcome not in REJECTIONS],
            rejected=by_index(rejected),
            received_at=received_at,
            stored=[put.stored.enrichment for put in puts if put.outcome is Outcome.STORED],
        )

    def write(
        self, batch: Batch, rows: Rows, documents: Sequence[Document], now: datetime
    ) -> list[Put]:
        """Archive, score and store what the door accepted: the rows as sent, and as documents.

        Returns one result per document, in order. Raises `TryAgain`; a repeat finishes the work.
        """
        self.lake.write("raw", batch, rows)
        puts = self._store(batch.tenant, documents, now)
        self._archive_scored(batch, puts)
        return puts

    def _store(self, tenant: str, documents: Sequence[Document], now: datetime) -> list[Put]:
        enrichments = self.engine_for(tenant).enrich(documents, now)
        scored = [ScoredDocument(*pair) for pair in zip(documents, enrichments, strict=True)]
        return self.store.put(tenant, scored, now)

    def _archive_scored(self, batch: Batch, puts: Sequence[Put]) -> None:
        """Write scored documents to the hour in which each was first stored.

        A repeat therefore overwrites the object of the first delivery, at any time.
        """
        by_id = {p.stored.document.id: p.stored for p in puts if p.outcome not in REJECTIONS}
        by_hour: dict[datetime, list[ScoredDocument]] = {}
        for scored in by_id.values():
            by_hour.setdefault(hour_of(scored.enrichment.enriched_at), []).append(scored)
        for hour, documents in by_hour.items():
            first_batch = replace(batch, arrived_at=hour)
            rows = [scored_to_wire(scored) for scored in documents]
            self.lake.write("enriched", first_batch, rows)


def _rejections(indices: Sequence[int], puts: Sequence[Put]) -> list[Rejection]:
    return [
        Rejection(index, put.outcome.value, REJECTIONS[put.outcome])
        for index, put in zip(indices, puts, strict=True)
        if put.outcome in REJECTIONS
    ]
