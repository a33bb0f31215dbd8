"""Our engine says what NLTK's analyzer says."""

import pytest
from nltk.sentiment.vader import SentimentIntensityAnalyzer

from echostream.adapters.vader import Vader
from echostream.domain.model import Document, Sentiment
from seed.dataset import samples
from tests.builders import NOW

ENGINE = Vader()


def enrich(text):
    [enrichment] = ENGINE.enrich([Document("a", text, "x", NOW, language="en")], NOW)
    return enrichment


def test_scores_are_those_of_nltk():
    """Compound and shares of real tweets, to the last digit."""
    analyzer = SentimentIntensityAnalyzer()
    for sample in samples("tweets")[:500]:
        expected = analyzer.polarity_scores(sample.text)
        found = enrich(sample.text)
        assert found.compound == expected["compound"]
        assert found.scores.positive == expected["pos"]
        assert found.scores.negative == expected["neg"]
        assert found.scores.neutral == pytest.approx(expected["neu"], abs=0.0011)


@pytest.mark.parametrize("text", [" ", "\u0000", "\U0001f60d", "...", "a" * 65536, "but " * 16000])
def test_scores_add_up_to_one(text):
    """Whatever the text, the four shares are a whole."""
    scores = enrich(text).scores
    assert scores.positive + scores.negative + scores.neutral + scores.mixed == pytest.approx(1)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I love this, it is wonderful", Sentiment.POSITIVE),
        ("I hate this, it is horrible", Sentiment.NEGATIVE),
        ("The table is in the room", Sentiment.NEUTRAL),
    ],
)
def test_labels(text, label):
    """The published thresholds decide."""
    found = enrich(text)
    assert found.sentiment is label
    assert (found.engine, found.truncated, found.language) == ("vader", False, "en")
    assert found.engine_version.startswith("nltk-3.")
