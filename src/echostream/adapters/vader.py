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
    """Scores text with a word list and rules; English only, no network, no cost.

    The analyzer is NLTK's, unmodified. It is imported and its lexicon is read on first use.
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
        """One enrichment for each document, in order; `now` is when they were scored."""
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
    """VADER's shares, with what rounding to three places leaves counted as neutral.

    VADER has no notion of mixed, and gives three zeros for a text without a word.
    """
    neutral = round(1 - positive - negative, 3)
    return Scores(positive=positive, negative=negative, neutral=neutral, mixed=0.0)
