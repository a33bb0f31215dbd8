"""Preparing texts for VADER costs no accuracy, and the form of a text does not change its label."""

import numpy as np
import pytest

from bench.engines.text_rules import CHANGES, compounds, effect, engine, measure, without_dots
from seed.dataset import DATASETS, sentences

pytestmark = pytest.mark.no_cover
"""Tests that score whole data sets would take twice as long with coverage."""
EXACT = ("typographic apostrophes", "escaped as HTML", "emphasis `**word**`", "full-width letters")


@pytest.mark.parametrize("dataset", DATASETS)
def test_no_data_set_loses_more_than_noise(dataset):
    """The 95% intervals of the differences of accuracy and r, by paired resamples."""
    all_rules = measure(dataset, engine().prepare)
    assert all_rules.changed > 100
    assert not all_rules.loses


def test_rule_that_was_not_kept_loses():
    """Tweets with `fun...` are rated as less positive than the word."""
    assert measure("tweets", without_dots).loses


def test_effect_counts_labels_and_sees_a_loss():
    """Better and worse are those that people would give."""
    ratings = [1.0, -1.0] * 50
    before, after = np.array([0.5, -0.5] * 50), np.array([0.5, 0.5] * 50)
    assert effect(ratings, before, after).loses
    assert (effect(ratings, before, after).better, effect(ratings, before, after).worse) == (0, 50)
    assert effect(ratings, after, before).better == 50
    assert not effect(ratings, after, before).loses


@pytest.mark.parametrize("form", EXACT)
@pytest.mark.parametrize("dataset", DATASETS)
def test_form_of_a_text_changes_no_score(dataset, form):
    """Every rated text has the score that it has in its own form."""
    texts = [row.text for row in sentences(dataset)]
    changed = [CHANGES[form](text) for text in texts]
    assert changed != texts
    own, others = (compounds(side, engine().prepare) for side in (texts, changed))
    assert [text for text, same in zip(texts, own == others, strict=True) if not same] == []
