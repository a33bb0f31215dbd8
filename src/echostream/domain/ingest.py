"""Ingestion: documents that the door accepted are archived, scored and stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from echostream.domain.document_store import DocumentStore, Outcome, Put
from echostream.domain.door import Receipt, Rejection, by_index, check
from echostream.domain.engine import Engine
from echostream.domain.lake import Batch, Lake, Rows, batch_of
from echostream.domain.model import Document, ScoredDocument
from echostream.domain.privacy import PLAIN, Privacy
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
    the table, which detects repeats and conflicts. After a crash the batch fails, and its repeat
    finishes the work. The lake's scored documents and the counts follow the table's stream.
    """

    engine_for: Callable[[str], Engine]
    lake: Lake
    store: DocumentStore
    retention: timedelta
    clock: Callable[[], datetime]

    def __call__(
        self, tenant: str, raw: Sequence[Any], now: datetime, privacy: Privacy = PLAIN
    ) -> Receipt:
        """Take documents as parsed from JSON. Raises `TryAgain` if the caller has to repeat."""
        retention = privacy.retention(self.retention)
        times = AcceptedTimes(now, retention)
        accepted, rejected = check(raw, times, privacy)
        if not accepted:
            return Receipt([], rejected)
        rows = [one.row for one in accepted.values()]
        documents = [one.document for one in accepted.values()]
        puts = self.write(batch_of(tenant, now, rows), rows, documents, now, retention)
        received_at = self.clock()
        self.store.mark_received(tenant, received_at)
        rejected += _rejections(list(accepted), puts)
        outcomes = [put.outcome for put in puts]
        taken = [one for one, put in zip(documents, puts, strict=True) if is_taken(put)]
        new = [d for d, one in zip(documents, outcomes, strict=True) if one is Outcome.STORED]
        return Receipt(
            ids=[document.id for document in taken],
            rejected=by_index(rejected),
            received_at=received_at,
            stored=[put.stored.enrichment for put in puts if put.outcome is Outcome.STORED],
            repeated=outcomes.count(Outcome.REPEATED),
            lake_only=sum(map(times.is_lake_only, new)),
        )

    def write(
        self,
        batch: Batch,
        rows: Rows,
        documents: Sequence[Document],
        now: datetime,
        retention: timedelta,
    ) -> list[Put]:
        """Archive, score and store what the door accepted: as rows, and as documents.

        Returns one result per document, in order. Raises `TryAgain`; a repeat finishes the work.
        """
        self.lake.write("raw", batch, rows)
        enrichments = self.engine_for(batch.tenant).enrich(documents, now)
        scored = [ScoredDocument(*pair) for pair in zip(documents, enrichments, strict=True)]
        return self.store.put(batch.tenant, scored, now, retention)


def is_taken(put: Put) -> bool:
    """Whether a document is stored, now or before."""
    return put.outcome not in REJECTIONS


def _rejections(indices: Sequence[int], puts: Sequence[Put]) -> list[Rejection]:
    return [
        Rejection(index, put.outcome.value, REJECTIONS[put.outcome])
        for index, put in zip(indices, puts, strict=True)
        if not is_taken(put)
    ]
