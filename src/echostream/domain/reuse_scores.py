"""An engine that reuses stored scores, so that a repeated document is not paid for again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from echostream.domain.document_store import DocumentStore
from echostream.domain.engine import Engine
from echostream.domain.model import Document, Enrichment


@dataclass(frozen=True, slots=True)
class ReuseStoredScores:
    """Returns the score stored for the same id and text; `engine` scores all other documents."""

    engine: Engine
    store: DocumentStore
    tenant: str

    def enrich(self, documents: Sequence[Document], now: datetime) -> list[Enrichment]:
        stored = self.store.get_many(self.tenant, [document.id for document in documents])
        scores = {
            index: stored[document.id].enrichment
            for index, document in enumerate(documents)
            if document.id in stored and stored[document.id].document.text == document.text
        }
        new = [index for index in range(len(documents)) if index not in scores]
        new_scores = self.engine.enrich([documents[index] for index in new], now)
        scores.update(zip(new, new_scores, strict=True))
        return [scores[index] for index in range(len(documents))]
