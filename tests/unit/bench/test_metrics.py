"""The measures, against figures that were worked out by hand or by scikit-learn."""

import pytest
from sklearn.metrics import cohen_kappa_score, precision_recall_fscore_support

from bench.engines import metrics

P, N, O, M = "POSITIVE", "NEGATIVE", "NEUTRAL", "MIXED"  # noqa: E741
TRUTH = [P, P, P, N, N, O, O, P]
SAID = [P, N, P, N, O, O, M, P]


def test_pearson():
    """1 for a line, -1 for one that falls, nothing for a constant."""
    assert metrics.pearson([1, 2, 3], [2, 4, 6]) == pytest.approx(1)
    assert metrics.pearson([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert metrics.pearson([1, 2, 4], [1, 3, 2]) == pytest.approx(0.32733, abs=1e-5)
    assert metrics.pearson([1, 1], [1, 2]) != metrics.pearson([1, 1], [1, 2])  # NaN


@pytest.mark.parametrize(
    ("value", "threshold", "label"),
    [(0.05, 0.05, P), (-0.05, 0.05, N), (0.0499, 0.05, O), (0, 0, O), (0.01, 0, P), (-0.01, 0, N)],
)
def test_labels(value, threshold, label):
    """A threshold belongs to the classes beside it; with 0, only 0 is neutral."""
    assert metrics.label_of(value, threshold) == label


def test_confusion_keeps_every_text():
    """One row a true label, one column a label that was said, MIXED at the end."""
    table = metrics.confusion(TRUTH, SAID)
    assert list(table.columns) == [N, O, P, M]
    assert table.to_numpy().sum() == len(TRUTH)
    assert table.at[O, M] == 1
    assert table.at[P, P] == 3


def test_scores_are_those_of_scikit_learn():
    """By class, weighted and plain."""
    labels = list(metrics.LABELS)
    expected = precision_recall_fscore_support(TRUTH, SAID, labels=labels, zero_division=0)
    found = metrics.per_class(TRUTH, SAID)
    for name, column in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        assert found[name].tolist() == pytest.approx(column.tolist())
    mean = precision_recall_fscore_support(
        TRUTH, SAID, labels=labels, average="weighted", zero_division=0
    )
    assert list(metrics.weighted(TRUTH, SAID).values()) == pytest.approx(mean[:3])
    assert metrics.macro_f1(TRUTH, SAID) == pytest.approx(expected[2].mean())
    assert metrics.cohen_kappa(TRUTH, SAID) == pytest.approx(cohen_kappa_score(TRUTH, SAID))


def test_calibration():
    """The error is the gap between sure and right, bin by bin, weighted by texts."""
    sure, right = [0.95, 0.95, 0.55, 0.55], [True, True, True, False]
    curve = metrics.reliability(sure, right)
    assert curve["accuracy"].tolist() == [0.5, 1.0]
    assert curve["texts"].tolist() == [2, 2]
    assert metrics.calibration_error(sure, right) == pytest.approx(0.05)
    assert metrics.calibration_error([1.0, 1.0], [True, True]) == pytest.approx(0)
