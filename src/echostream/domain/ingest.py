"""Ingestion: check documents, archive, score and store them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from echostream.domain.codec import scored_to_wire
from echostream.domain.document_store import DocumentStore, Outcome, Put
from echostream.domain.engine import Engine
from echostream.domain.errors import BadDocument
from echostream.domain.lake import Batch, Lake, batch_of
from echostream.domain.model import Document, Enrichment, ScoredDocument
from echostream.domain.validation import AcceptedTimes, document_from_wire

_REJECTIONS = {
    Outcome.CONFLICT: "id: a document with this id and another text exists",
    Outcome.REFUSED: "document: too large for the documents table; send a shorter text",
}


@dataclass(frozen=True, slots=True)
class Rejection:
    """A refused document: its index in the batch, and the reason."""

    index: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of a batch. The documents in `ids` are stored durably.

    The counters include the documents when they have counted to `received_at`. `stored` are the
    scores of new documents. It is not part of the response: a repeat gets the same response.
    """

    ids: list[str]
    rejected: list[Rejection]
    stored: Sequence[Enrichment] = field(default=(), compare=False)
    received_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Ingest:
    """Takes the documents of one request.

    `engine_for` returns the engine of a tenant; `clock` returns the time.

    The order of the writes: first the raw documents, so that no accepted document can be lost; then
    the table, which detects repeats and conflicts; last the scored documents as the table has them.
    After a crash the request fails, and its repeat finishes the work.
    """

    engine_for: Callable[[str], Engine]
    lake: Lake
    store: DocumentStore
    retention: timedelta
    clock: Callable[[], datetime]

    def __call__(self, tenant: str, raw: Sequence[Any], now: datetime) -> Receipt:
        """Take documents as parsed from JSON. Raises `TryAgain` if the caller has to repeat."""
        documents, rejected = self._check(raw, now)
        if not documents:
            return Receipt([], rejected)
        batch = batch_of(tenant, now, [raw[index] for index in documents])
        self.lake.write("raw", batch, [raw[index] for index in documents])
        puts = self._store(tenant, list(documents.values()), now)
        self._archive_scored(batch, puts)
        received_at = self.clock()
        self.store.mark_received(tenant, received_at)
        rejected += _rejections(list(documents), puts)
        return Receipt(
            ids=[put.stored.document.id for put in puts if put.outcome not in _REJECTIONS],
            rejected=sorted(rejected, key=lambda rejection: rejection.index),
            received_at=received_at,
            stored=[put.stored.enrichment for put in puts if put.outcome is Outcome.STORED],
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
        """Write scored documents to the hour in which each was first stored.

        A repeat therefore overwrites the object of the first delivery, at any time.
        """
        by_id = {p.stored.document.id: p.stored for p in puts if p.outcome not in _REJECTIONS}
        by_hour: dict[datetime, list[ScoredDocument]] = {}
        for scored in by_id.values():
            stored_at = scored.enrichment.enriched_at
            hour = stored_at.replace(minute=0, second=0, microsecond=0)
            by_hour.setdefault(hour, []).append(scored)
        for hour, documents in by_hour.items():
            first_batch = replace(batch, arrived_at=hour)
            rows = [scored_to_wire(scored) for scored in documents]
            self.lake.write("enriched", first_batch, rows)


def _rejections(indices: Sequence[int], puts: Sequence[Put]) -> list[Rejection]:
    return [
        Rejection(index, put.outcome.value, _REJECTIONS[put.outcome])
        for index, put in zip(indices, puts, strict=True)
        if put.outcome in _REJECTIONS
    ]
