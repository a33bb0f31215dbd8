"""The stand-in's model: its weights, its split, and that its report tells the truth."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localstack.companion import report, split
from localstack.companion.model import WEIGHTS, StandIn
from seed.dataset import DATASETS, ratings, samples, sentences

MODEL = StandIn.load()
REPORT = (Path(report.__file__).parent / "report.md").read_text()


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["", "I love it. ", "not good, terrible! "]))
def test_scores_are_shares(text, known):
    """Whatever the text: four numbers from 0 to 1 that sum to 1."""
    scores = MODEL.score(known + text)
    assert sum(scores) == pytest.approx(1)
    assert all(0 <= score <= 1 for score in scores)


def test_nothing_known_is_neutral():
    """A text in which no feature is known gets no leaning."""
    assert MODEL.score("\u597d") == (0, 0, 1, 0)


def test_negation_turns_a_word_round():
    """`not good` is worse than `good`."""
    assert MODEL.score("it is not good").positive < MODEL.score("it is good").positive


def test_praise_and_blame_in_one_text_are_mixed():
    """Sentences that differ make a text more mixed than each alone."""
    good, bad = "Great screen.", "Terrible keyboard, it broke at once."
    both = MODEL.score(f"{good} {bad}")
    assert both.mixed > max(MODEL.score(good).mixed, MODEL.score(bad).mixed)


def test_the_report_is_reproduced():
    """Scoring the held-out rows gives the accuracy that the report states, .72 or better."""
    rows = report.held()
    truth = report.truths(rows).classes
    shares = np.array([MODEL.score(row.text) for row in rows])
    accuracy = report.accuracy(truth, shares[:, :3].argmax(axis=1))
    stated = re.search(r"accuracy, three classes \| ([0-9.]+)", REPORT)
    assert stated is not None
    assert accuracy == pytest.approx(float(stated[1]), abs=0.005)
    assert accuracy >= 0.72
    assert f"`{MODEL.version}`" in REPORT


def test_the_weights_are_small():
    """They ship with the code: less than 400 KB."""
    assert WEIGHTS.stat().st_size < 400_000


def test_scoring_needs_numpy_alone():
    """What trains and what evaluates is not imported to score."""
    code = "import sys; from localstack.companion.model import StandIn; StandIn.load().score('a')"
    code += "; print([m for m in ('sklearn', 'scipy', 'nltk', 'seed') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_sides_share_no_document_and_no_text():
    """No sentence of a held-out text, and no text word for word, was learnt from."""
    for dataset in DATASETS:
        learnt, held = split.training_rows(dataset), split.held_out_rows(dataset)
        assert len(learnt) + len(held) == len(sentences(dataset))
        assert 0.17 < len(held) / len(sentences(dataset)) < 0.23
        assert not {row.text for row in learnt} & {row.text for row in held}
        if dataset in ("reviews", "editorials"):
            documents = [{row.id.split("_")[0] for row in side} for side in (learnt, held)]
            assert not documents[0] & documents[1]


def test_whole_reviews_have_a_side():
    """A review as a document is held out when its sentences are."""
    held = split.held_out("reviews")
    wholes = [sample.id for sample in samples("reviews") if sample.id in held]
    assert len(wholes) > 40
    assert all(split.split(name) == "held-out" for name in wholes)
    parts = [row.id for row in sentences("reviews") if row.id.rpartition("_")[0] in set(wholes)]
    assert set(parts) | set(wholes) == held


def test_an_unknown_id_has_no_side():
    """It is an error, not a guess."""
    with pytest.raises(KeyError):
        split.split("tweets-0")


def test_rows_and_ratings_match():
    """Each row of each data set has its individual ratings, whose mean is its rating."""
    for dataset in DATASETS:
        said = ratings(dataset)
        rows = sentences(dataset)
        assert len(rows) == len(said)
        assert all(np.mean(said[row.id]) == pytest.approx(row.rating) for row in rows[:300])


def test_auc_counts_pairs():
    """Against pairs counted one by one, ties half."""
    positive, scores = np.array([True, False, True, False]), np.array([0.9, 0.5, 0.5, 0.1])
    assert report.auc(positive, scores) == pytest.approx(3.5 / 4)
