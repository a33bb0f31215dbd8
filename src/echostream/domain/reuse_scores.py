"""Before a paid engine: a document that is kept already is not paid for again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from echostream.domain.document_store import DocumentStore
from echostream.domain.engine import Engine
from echostream.domain.model import Document, Enrichment


@dataclass(frozen=True, slots=True)
class Known:
    """Gives what is kept for a document of the same id and text; asks `engine` about the rest."""

    engine: Engine
    store: DocumentStore
    tenant: str

    def enrich(self, documents: Sequence[Document], now: datetime) -> list[Enrichment]:
        kept = self.store.kept(self.tenant, [document.id for document in documents])
        found = {
            index: kept[document.id].enrichment
            for index, document in enumerate(documents)
            if document.id in kept and kept[document.id].document.text == document.text
        }
        new = [index for index in range(len(documents)) if index not in found]
        said = self.engine.enrich([documents[index] for index in new], now)
        found.update(zip(new, said, strict=True))
        return [found[index] for index in range(len(documents))]
