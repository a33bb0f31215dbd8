"""The free engine returns the scores of NLTK's analyzer."""

import nltk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echostream.adapters.vader import Vader
from echostream.adapters.vader_rules import (
    CACHED_LENGTH,
    CACHED_TOKENS,
    TokenReader,
    VaderRules,
)
from echostream.adapters.vader_text import VERSION, VaderText
from echostream.domain.model import Document, Sentiment
from seed.dataset import samples
from tests.builders import NOW
from tests.vader_texts import analyzer, text_of

ENGINE = Vader()
RULES = VaderRules(analyzer().lexicon, analyzer().constants)
LIMIT = 65536
"""Characters of the longest text that the API accepts."""


def enrich(text):
    [enrichment] = ENGINE.enrich([Document("a", text, "x", NOW, language="en")], NOW)
    return enrichment


def test_scores_equal_those_of_nltk_for_the_prepared_text():
    """Compound and shares of 500 tweets; only the neutral share is rounded differently."""
    tweets = samples("tweets")[:500]
    assert len(tweets) == 500
    for sample in tweets:
        expected = analyzer().polarity_scores(VaderText(RULES).prepare(sample.text))
        enrichment = enrich(sample.text)
        assert enrichment.compound == expected["compound"]
        assert enrichment.scores.positive == expected["pos"]
        assert enrichment.scores.negative == expected["neg"]
        assert enrichment.scores.neutral == pytest.approx(expected["neu"], abs=0.0011)


@st.composite
def texts(draw):
    return text_of(lambda pool: draw(st.sampled_from(pool)))


@given(st.one_of(texts(), st.text()))
def test_rules_give_the_scores_of_nltk(text):
    """All four scores, bit for bit; tests/evaluation has more texts."""
    assert repr(RULES.polarity_scores(text)) == repr(analyzer().polarity_scores(text))


@pytest.mark.parametrize(
    "text",
    [
        "it was so good",
        "really quite very good",
        "never so good",
        "Never so good",
        "never so xx good",
        "never this xx good",
        "the least good",
        "at least good",
        "very least good",
        "good, VERY GOOD",
        "kind of good",
        "it was kind of good",
        "sort of xx good",
        "it is just the shit",
        "it is yeah right good",
        "the bomb xx good",
        "it will not cut the mustard",
        "it was THE shit",
        "good but bad but good",
        "not good, very xx good",
        "good??? love!!!!!",
        "bad? it???",
        "(good) good.) !!good ok!",
    ],
)
def test_each_rule_gives_the_scores_of_nltk(text):
    """One text for what a random text seldom has."""
    assert repr(RULES.polarity_scores(text)) == repr(analyzer().polarity_scores(text))


@pytest.mark.parametrize(
    "text",
    [
        "a" * LIMIT,
        "!" * LIMIT,
        "!a" * (LIMIT // 2),
        "a " * (LIMIT // 2),
        "but " * (LIMIT // 4),
        "! ? " * (LIMIT // 4),
        "never so good " * (LIMIT // 14),
        " ".join(f"{number:05}" for number in range(LIMIT // 6)),
        " ".join(f"n't{number:05}" for number in range(LIMIT // 9)),
    ],
    ids=lambda text: f"{text[:6]}...",
)
def test_longest_texts_have_the_scores_of_nltk(text):
    """Each repeats what a rule looks for, up to the limit of a text."""
    assert repr(RULES.polarity_scores(text)) == repr(analyzer().polarity_scores(text))


def test_cache_of_tokens_is_bounded():
    """In number and in length; what it does not keep it reads again."""
    reader = TokenReader(analyzer().lexicon, analyzer().constants)
    for number in range(2 * CACHED_TOKENS + 5):
        _ = reader[f"good{number}"]
    assert 0 < len(reader) <= CACHED_TOKENS
    long = "n't" + "x" * CACHED_LENGTH
    word = reader[long]
    assert word
    assert word.negates
    assert long not in reader


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
    assert enrichment.engine_version == f"nltk-{nltk.__version__}+{VERSION}"
