"""The VADER paper's table comes out of our engine, as far as the archive allows."""

from functools import cache

import pytest

from bench.engines.vader_paper import DATASETS, PAPER, compare, evaluate
from echostream.adapters.vader import Vader
from seed.dataset import sentences

NLTK = {
    "tweets": (0.8798, 0.958),
    "film": (0.4196, 0.587),
    "reviews": (0.5709, 0.615),
    "editorials": (0.4897, 0.543),
}
"""r and F1 that NLTK 3.10.4 gives. No chance is in them: 0.002 lets a few texts change, and not a
rule (those of vaderSentiment move r by .006 to .019)."""


@cache
def ours(dataset):
    return evaluate(Vader(), sentences(dataset))


@cache
def compared(dataset):
    return compare(Vader(), dataset)


@pytest.mark.parametrize("dataset", DATASETS)
def test_near_the_paper(dataset):
    """r within .035 and precision, recall and F1 within .04 of the paper's table.

    What the paper's own program misses over its own archive (film: r .035, precision .034, F1
    .026; product sentences: precision .037) cannot be asked of ours; NLTK's rules move r by .003 at
    most. Tweets and editorials, where the archive is whole, are held to .005 and .015.
    """
    found, paper = ours(dataset), PAPER[dataset]
    whole = dataset in ("tweets", "editorials")
    assert found.r == pytest.approx(paper.r, abs=0.005 if whole else 0.035)
    for name in ("precision", "recall", "f1"):
        expected = pytest.approx(getattr(paper, name), abs=0.015 if whole else 0.04)
        assert getattr(found, name) == expected


@pytest.mark.parametrize("dataset", DATASETS)
def test_what_nltk_gives(dataset):
    """r and F1 are those of the pinned NLTK."""
    found = ours(dataset)
    assert (found.r, found.f1) == pytest.approx(NLTK[dataset], abs=0.002)


@pytest.mark.parametrize("dataset", ["tweets", "editorials"])
def test_the_papers_program_gives_the_papers_figures(dataset):
    """So the classes, the averages and the ratings are defined as in the paper.

    r as printed (three digits); the classes within .011, for they are printed with two digits and
    the recall of editorials is .480 where the paper has .49.
    """
    found = compared(dataset).lines["its program, its printed means"]
    assert found.r == pytest.approx(PAPER[dataset].r, abs=0.0006)
    for name in ("precision", "recall", "f1"):
        assert getattr(found, name) == pytest.approx(getattr(PAPER[dataset], name), abs=0.011)


def test_the_steps_lead_from_the_paper_to_ours():
    """Archive, ratings and rules add up to the whole difference."""
    comparison = compared("tweets")
    difference = ours("tweets").r - PAPER["tweets"].r
    assert sum(comparison.steps.values()) == pytest.approx(difference)
    assert comparison.differences["paper"] == 73
