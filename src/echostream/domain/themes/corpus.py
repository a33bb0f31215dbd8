"""Documents as the themes see them: by their terms, with a weight for repeated texts."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from echostream.domain.model import ScoredDocument, Sentiment, label_of
from echostream.domain.themes.terms import in_singular, singulars, terms

MAX_EXCERPT = 280
"""Characters of a text that is shown."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A document, its distinct terms, and its text."""

    id: str
    source: str
    author: str | None
    created_at: datetime
    sentiment: Sentiment
    compound: float
    terms: tuple[str, ...]
    text: str
    unscored: str | None = None

    @property
    def label(self) -> str:
        """One of `model.LABELS`."""
        return label_of(self.sentiment, self.unscored)

    @property
    def excerpt(self) -> str:
        """The start of its text, as it is cited."""
        return excerpt(self.text)

    @property
    def voice(self) -> tuple[object, ...]:
        """Whose text it is and what it says; two equal ones are a repetition."""
        return self.source, self.author, self.terms


def mention(scored: ScoredDocument) -> Mention:
    """A scored document as the themes see it."""
    document, enrichment = scored.document, scored.enrichment
    return Mention(
        document.id,
        document.source,
        document.author,
        document.created_at,
        enrichment.sentiment,
        enrichment.compound,
        tuple(dict.fromkeys(terms(document.text))),
        document.text,
        enrichment.unscored,
    )


def excerpt(text: str) -> str:
    """The start of a text, as it is cited."""
    return text if len(text) <= MAX_EXCERPT else f"{text[: MAX_EXCERPT - 1]}\u2026"


def speaker(one: Mention) -> tuple[object, ...]:
    """Whose text it is; one without an author is its own, together with equal ones."""
    return (one.source, one.author) if one.author else one.voice


def in_singulars(samples: Iterable[Sequence[Mention]]) -> list[list[Mention]]:
    """Samples of documents whose terms have the singular in place of a plural of theirs."""
    samples = list(samples)
    numbers = Counter(term for mentions in samples for one in mentions for term in one.terms)
    singular = singulars(numbers)
    changed = {term: in_singular(term, singular) for term in numbers}
    return [
        [
            replace(one, terms=tuple(dict.fromkeys(changed[term] for term in one.terms)))
            for one in mentions
        ]
        for mentions in samples
    ]


def weights(mentions: Sequence[Mention]) -> list[float]:
    """The weight of each document: 1, but n equal texts of an author weigh log2(1 + n) together.

    A program that sends a text 10,000 times has the weight of 13 documents.
    """
    numbers = Counter(one.voice for one in mentions)
    return [math.log2(1 + numbers[one.voice]) / numbers[one.voice] for one in mentions]


def term_weights(mentions: Sequence[Mention]) -> dict[str, float]:
    """The weight of the documents that have each term."""
    sums: defaultdict[str, float] = defaultdict(float)
    for one, weight in zip(mentions, weights(mentions), strict=True):
        for term in one.terms:
            sums[term] += weight
    return dict(sums)
