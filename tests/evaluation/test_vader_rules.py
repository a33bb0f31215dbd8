"""Our rules give the scores of NLTK's analyzer, bit for bit."""

from random import Random

import pytest

from echostream.adapters.vader_rules import VaderRules
from seed.dataset import DATASETS, samples, sentences
from tests.vader_texts import analyzer, text_of

pytestmark = pytest.mark.no_cover
"""Tests that score whole data sets would take twice as long with coverage."""


def differing(texts):
    """The texts for which a score differs."""
    stock = analyzer()
    rules = VaderRules(stock.lexicon, stock.constants)
    return [
        text
        for text in texts
        if repr(rules.polarity_scores(text)) != repr(stock.polarity_scores(text))
    ]


def test_all_texts_of_the_data_set():
    """Samples, and the sentences of reviews alone."""
    texts = [sample.text for name in DATASETS for sample in samples(name)]
    texts += [sample.text for sample in sentences("reviews")]
    assert len(texts) == 24003
    assert differing(texts) == []


def test_generated_texts():
    """20,000, the same ones in each run, of which most have a score."""
    choose = Random(27).choice  # noqa: S311, not a secret
    texts = [text_of(choose) for _ in range(20_000)]
    assert len(set(texts)) > 17_000
    assert sum(analyzer().polarity_scores(text)["compound"] != 0 for text in texts) > 12_000
    assert differing(texts) == []
