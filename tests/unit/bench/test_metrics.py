"""The measures, against figures computed by hand or by scikit-learn."""

import math

import pytest

from bench.engines import metrics

P, N, O, M = "POSITIVE", "NEGATIVE", "NEUTRAL", "MIXED"  # noqa: E741
TRUTH = [P, P, P, N, N, O, O, P]
PREDICTED = [P, N, P, N, O, O, M, P]


def test_pearson_of_lines_and_constants():
    """1 for a rising line, -1 for a falling one, NaN for a constant."""
    assert metrics.pearson([1, 2, 3], [2, 4, 6]) == pytest.approx(1)
    assert metrics.pearson([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert metrics.pearson([1, 2, 4], [1, 3, 2]) == pytest.approx(0.32733, abs=1e-5)
    assert math.isnan(metrics.pearson([1, 1], [1, 2]))


@pytest.mark.parametrize(
    ("value", "threshold", "label"),
    [(0.05, 0.05, P), (-0.05, 0.05, N), (0.0499, 0.05, O), (0, 0, O), (0.01, 0, P), (-0.01, 0, N)],
)
def test_label_of_value(value, threshold, label):
    """A value at the threshold is not neutral; with the threshold 0, only 0 is neutral."""
    assert metrics.label_of(value, threshold) == label


def test_confusion_counts_every_text():
    """One row a true label, one column a predicted label, MIXED at the end."""
    table = metrics.confusion(TRUTH, PREDICTED)
    assert list(table.columns) == [N, O, P, M]
    assert table.to_numpy().sum() == len(TRUTH)
    assert table.at[O, M] == 1
    assert table.at[P, P] == 3


def test_measures_equal_those_of_scikit_learn():
    """By class, weighted, unweighted, and kappa."""
    from sklearn.metrics import cohen_kappa_score, precision_recall_fscore_support

    labels = list(metrics.LABELS)
    expected = precision_recall_fscore_support(TRUTH, PREDICTED, labels=labels, zero_division=0)
    table = metrics.per_class(TRUTH, PREDICTED)
    for name, column in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        assert table[name].tolist() == pytest.approx(column.tolist())
    mean = precision_recall_fscore_support(
        TRUTH, PREDICTED, labels=labels, average="weighted", zero_division=0
    )
    assert list(metrics.weighted(TRUTH, PREDICTED).values()) == pytest.approx(mean[:3])
    assert metrics.macro_f1(TRUTH, PREDICTED) == pytest.approx(expected[2].mean())
    kappa = cohen_kappa_score(TRUTH, PREDICTED)
    assert metrics.cohen_kappa(TRUTH, PREDICTED) == pytest.approx(kappa)


def test_calibration_error_is_the_weighted_gap_of_the_bins():
    """The gap is between mean confidence and accuracy, the weight is the number of texts."""
    confidence, is_correct = [0.95, 0.95, 0.55, 0.55], [True, True, True, False]
    curve = metrics.reliability(confidence, is_correct)
    assert curve["accuracy"].tolist() == [0.5, 1.0]
    assert curve["texts"].tolist() == [2, 2]
    assert metrics.calibration_error(confidence, is_correct) == pytest.approx(0.05)
    assert metrics.calibration_error([1.0, 1.0], [True, True]) == pytest.approx(0)
