"""The sentiment model: what it scores, how large it is, what it imports."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_companion.comprehend.model import WEIGHTS, SentimentModel

MODEL = SentimentModel.load()


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_scores_are_shares(text):
    """For any text: four numbers from 0 to 1 that sum to 1."""
    scores = MODEL.score(text)
    assert sum(scores) == pytest.approx(1)
    assert all(0 <= score <= 1 for score in scores)


def test_text_without_known_features_is_neutral():
    """For example text in another script."""
    assert MODEL.score("\u597d") == (0, 0, 1, 0)


def test_negation_reverses_a_word():
    """`not good` is less positive than `good`."""
    assert MODEL.score("it is not good").positive < MODEL.score("it is good").positive


def test_praise_and_complaint_together_are_mixed():
    """A positive and a negative sentence together are more mixed than each alone."""
    good, bad = "Great screen.", "Terrible keyboard, it broke at once."
    both = MODEL.score(f"{good} {bad}")
    assert both.mixed > max(MODEL.score(good).mixed, MODEL.score(bad).mixed)


def test_weights_are_small():
    """The file of weights has less than 400 KB."""
    assert WEIGHTS.stat().st_size < 400_000


def test_scoring_needs_numpy_only():
    """Scoring imports neither a training library nor boto3."""
    code = (
        "import sys; from aws_companion.comprehend.model import SentimentModel;"
        "SentimentModel.load().score('a');"
        "print([m for m in ('sklearn', 'scipy', 'nltk', 'boto3') if m in sys.modules])"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert process.stdout.strip() == "[]"
