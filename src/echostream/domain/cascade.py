"""The cascade engine: VADER scores every document, Comprehend those near zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from echostream.domain.engine import Engine
from echostream.domain.model import Document, Enrichment

THRESHOLD = 0.25
"""A document with a smaller |compound| goes to Comprehend. `bench/engines/cascade_threshold.py`
measured it: the lowest threshold whose held-out accuracy is within a standard error of the best."""


@dataclass(frozen=True, slots=True)
class Cascade:
    """Scores with `free`, and with `paid` if the compound of `free` is near zero."""

    free: Engine
    paid: Engine
    threshold: float = THRESHOLD

    def enrich(self, documents: Sequence[Document], now: datetime) -> list[Enrichment]:
        scores = self.free.enrich(documents, now)
        unsure = [i for i, score in enumerate(scores) if abs(score.compound) < self.threshold]
        paid_scores = self.paid.enrich([documents[index] for index in unsure], now)
        for index, score in zip(unsure, paid_scores, strict=True):
            scores[index] = score
        return scores
