"""The cascade: VADER first, then Comprehend for scores near zero, and where VADER has none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from echostream.domain.engine import Engine
from echostream.domain.languages import UNDETERMINED
from echostream.domain.model import Document, Enrichment

THRESHOLD = 0.25
"""A document with a smaller |compound| goes to Comprehend. `bench/engines/cascade_threshold.py`
measured it: the lowest threshold whose held-out accuracy is within a standard error of the best."""


@dataclass(frozen=True, slots=True)
class Cascade:
    """Scores with `free`, and with `paid` if `free` has no score, or a compound near zero."""

    free: Engine
    paid: Engine
    threshold: float = THRESHOLD

    def enrich(self, documents: Sequence[Document], now: datetime) -> list[Enrichment]:
        scores = self.free.enrich(documents, now)
        unsure = [i for i, score in enumerate(scores) if abs(score.compound) < self.threshold]
        unsure_documents = [_with_language(documents[index], scores[index]) for index in unsure]
        paid_scores = self.paid.enrich(unsure_documents, now)
        for index, score in zip(unsure, paid_scores, strict=True):
            scores[index] = score
        return scores


def _with_language(document: Document, score: Enrichment) -> Document:
    """The document with the language for which it has no score, so that no detection is paid for.

    A language that could not be determined is left to the other engine.
    """
    if not score.unscored or document.language or score.language == UNDETERMINED:
        return document
    return replace(document, language=score.language)
