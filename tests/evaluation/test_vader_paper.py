"""Our engine reproduces the VADER paper's table, as far as the archive allows."""

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
OURS = {
    "tweets": (0.8800, 0.957),
    "film": (0.4211, 0.589),
    "reviews": (0.5704, 0.619),
    "editorials": (0.4925, 0.550),
}
"""r and F1 of NLTK 3.10.4, and of the same rules for prepared texts, which are deterministic. A
tolerance of .002 allows for a few texts that change, but not for a rule: those of vaderSentiment
change r by .006 to .019."""


pytestmark = pytest.mark.no_cover
"""Tests that score whole data sets would take twice as long with coverage."""


@cache
def ours(dataset):
    return evaluate(Vader(), sentences(dataset))


@cache
def compared(dataset):
    return compare(Vader(), dataset)


@pytest.mark.parametrize("dataset", DATASETS)
def test_figures_are_near_those_of_the_paper(dataset):
    """r within .035, precision, recall and F1 within .04 of the paper's table.

    The paper's own program on its own archive differs by as much (film: r .035, precision .034, F1
    .026; product sentences: precision .037), and NLTK's rules change r by .003 at most. The
    tolerance for tweets and editorials, where the archive is complete, is .005 and .015.
    """
    figures, paper = ours(dataset), PAPER[dataset]
    is_complete = dataset in ("tweets", "editorials")
    assert figures.r == pytest.approx(paper.r, abs=0.005 if is_complete else 0.035)
    for name in ("precision", "recall", "f1"):
        expected = pytest.approx(getattr(paper, name), abs=0.015 if is_complete else 0.04)
        assert getattr(figures, name) == expected


@pytest.mark.parametrize("dataset", DATASETS)
def test_figures_are_those_of_the_pinned_nltk(dataset):
    """r and F1, and ours for prepared texts."""
    lines = compared(dataset).lines
    for line, expected in ((lines["NLTK"], NLTK), (lines["ours"], OURS)):
        assert (line.r, line.f1) == pytest.approx(expected[dataset], abs=0.002)


@pytest.mark.parametrize("dataset", ["tweets", "editorials"])
def test_program_of_the_paper_reproduces_its_figures(dataset):
    """This shows that classes, averages and ratings are defined as in the paper.

    r to the three printed digits; the others within .011, because they are printed with two digits
    and the recall of editorials is .480 instead of .49.
    """
    figures = compared(dataset).lines["its program, its printed means"]
    assert figures.r == pytest.approx(PAPER[dataset].r, abs=0.0006)
    for name in ("precision", "recall", "f1"):
        assert getattr(figures, name) == pytest.approx(getattr(PAPER[dataset], name), abs=0.011)


def test_steps_add_up_to_the_difference_from_the_paper():
    """Archive, ratings and rules."""
    comparison = compared("tweets")
    difference = ours("tweets").r - PAPER["tweets"].r
    assert sum(comparison.steps.values()) == pytest.approx(difference)
    assert comparison.differences["paper"] == 73
