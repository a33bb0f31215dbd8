"""The free engine: NLTK's VADER with NLTK's own lexicon."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from echostream.domain.model import Document, Enrichment, Scores, sentiment_of

if TYPE_CHECKING:
    from nltk.sentiment.vader import SentimentIntensityAnalyzer

ENGINE = "vader"


class Vader:
    """Scores English text with a lexicon and rules, without a network and without cost.

    The analyzer is NLTK's, unmodified. The first use imports it and reads its lexicon.
    """

    @cached_property
    def _analyzer(self) -> "SentimentIntensityAnalyzer":
        from nltk.sentiment.vader import SentimentIntensityAnalyzer

        return SentimentIntensityAnalyzer()

    @cached_property
    def _version(self) -> str:
        import nltk

        return f"nltk-{nltk.__version__}"

    def enrich(self, documents: Sequence[Document], now: datetime) -> list[Enrichment]:
        return [self._enrich(document, now) for document in documents]

    def _enrich(self, document: Document, now: datetime) -> Enrichment:
        polarity = self._analyzer.polarity_scores(document.text)
        return Enrichment(
            sentiment=sentiment_of(polarity["compound"]),
            scores=_scores(polarity["pos"], polarity["neg"]),
            compound=polarity["compound"],
            engine=ENGINE,
            engine_version=self._version,
            language=document.language,
            truncated=False,
            enriched_at=now,
        )


def _scores(positive: float, negative: float) -> Scores:
    """VADER's shares; the rest up to 1 is neutral.

    VADER has no share for mixed, and returns three zeros for a text without words.
    """
    neutral = round(1 - positive - negative, 3)
    return Scores(positive=positive, negative=negative, neutral=neutral, mixed=0.0)
