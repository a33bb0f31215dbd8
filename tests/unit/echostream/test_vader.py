"""The free engine returns the scores of NLTK's analyzer."""

import pytest

from echostream.adapters.vader import Vader
from echostream.domain.model import Document, Sentiment
from seed.dataset import samples
from tests.builders import NOW

ENGINE = Vader()


def enrich(text):
    [enrichment] = ENGINE.enrich([Document("a", text, "x", NOW, language="en")], NOW)
    return enrichment


def test_scores_equal_those_of_nltk():
    """Compound and shares of 500 tweets; only the neutral share is rounded differently."""
    from nltk.sentiment.vader import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    tweets = samples("tweets")[:500]
    assert len(tweets) == 500
    for sample in tweets:
        expected = analyzer.polarity_scores(sample.text)
        enrichment = enrich(sample.text)
        assert enrichment.compound == expected["compound"]
        assert enrichment.scores.positive == expected["pos"]
        assert enrichment.scores.negative == expected["neg"]
        assert enrichment.scores.neutral == pytest.approx(expected["neu"], abs=0.0011)


@pytest.mark.parametrize("text", [" ", "\u0000", "\U0001f60d", "...", "a" * 65536, "but " * 16000])
def test_shares_sum_to_one(text):
    """Also for a text without words."""
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
def test_label_follows_the_published_thresholds(text, label):
    """The score names the engine and its version."""
    enrichment = enrich(text)
    assert enrichment.sentiment is label
    assert (enrichment.engine, enrichment.truncated, enrichment.language) == ("vader", False, "en")
    assert enrichment.engine_version.startswith("nltk-3.")
