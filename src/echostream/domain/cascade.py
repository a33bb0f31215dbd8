"""The thrifty engine: VADER first, Comprehend only for what VADER is unsure of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from echostream.domain.engine import Engine
from echostream.domain.model import Document, Enrichment

THRESHOLD = 0.25
"""Below this |compound| VADER is taken to be unsure. `bench/engines/cascade_threshold.py` chose it:
the lowest threshold whose held-out accuracy is within a standard error of the best."""


@dataclass(frozen=True, slots=True)
class Cascade:
    """Asks `paid` about the documents to which `free` gives a compound near zero."""

    free: Engine
    paid: Engine
    threshold: float = THRESHOLD

    def enrich(self, documents: Sequence[Document], now: datetime) -> list[Enrichment]:
        found = self.free.enrich(documents, now)
        unsure = [i for i, said in enumerate(found) if abs(said.compound) < self.threshold]
        again = self.paid.enrich([documents[index] for index in unsure], now)
        for index, enrichment in zip(unsure, again, strict=True):
            found[index] = enrichment
        return found
