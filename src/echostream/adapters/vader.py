"""The free engine: VADER with NLTK's lexicon and NLTK's scores, of prepared texts."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from echostream.adapters.vader_rules import VaderRules
from echostream.adapters.vader_text import VERSION, VaderText
from echostream.domain.model import Document, Enrichment, Scores, sentiment_of

ENGINE = "vader"


class Vader:
    """Scores English text with a lexicon and rules, without a network and without cost.

    The lexicon and the constants are NLTK's, the rules are `VaderRules`, and `VaderText` prepares
    texts. The first use imports NLTK and reads the lexicon.
    """

    @cached_property
    def _rules(self) -> VaderText:
        from nltk.sentiment.vader import SentimentIntensityAnalyzer

        analyzer = SentimentIntensityAnalyzer()
        return VaderText(VaderRules(analyzer.lexicon, analyzer.constants))

    @cached_property
    def _version(self) -> str:
        import nltk

        return f"nltk-{nltk.__version__}+{VERSION}"

    def score(self, text: str) -> float:
        """The compound of a text, -1 to 1."""
        return float(self._rules.polarity_scores(text)["compound"])

    def enrich(self, documents: Sequence[Document], now: datetime) -> list[Enrichment]:
        return [self._enrich(document, now) for document in documents]

    def _enrich(self, document: Document, now: datetime) -> Enrichment:
        polarity = self._rules.polarity_scores(document.text)
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
