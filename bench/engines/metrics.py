"""Measures of how well scores and labels match human ratings, for any engine."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

Labels: TypeAlias = "Sequence[str] | pd.Series[str]"

LABELS = ("NEGATIVE", "NEUTRAL", "POSITIVE")
"""The three classes of human ratings, from negative to positive."""


def pearson(one: ArrayLike, other: ArrayLike) -> float:
    """Pearson's r of two series of the same length; NaN if one of them is constant."""
    first, second = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    first, second = first - first.mean(), second - second.mean()
    norm = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / norm if norm else float("nan")


def label_of(value: float, threshold: float) -> str:
    """The class of a score or a mean rating: NEUTRAL strictly between -threshold and threshold.

    With 0, NEUTRAL is exactly 0.
    """
    if value == 0 or abs(value) < threshold:
        return "NEUTRAL"
    return "POSITIVE" if value > 0 else "NEGATIVE"


def confusion(truth: Labels, predicted: Labels, labels: Sequence[str] = LABELS) -> pd.DataFrame:
    """Counts, one row for each true label and one column for each predicted label.

    Predicted labels that are not in `labels` (MIXED) have a column at the end.
    """
    columns = [*labels, *sorted(set(predicted) - set(labels))]
    table = pd.crosstab(np.asarray(truth), np.asarray(predicted))
    full_table = table.reindex(index=list(labels), columns=columns, fill_value=0)
    return full_table.rename_axis(index="people", columns="engine")


def per_class(truth: Labels, predicted: Labels) -> pd.DataFrame:
    """Precision, recall, F1 (0 to 1) and support (texts) of each of LABELS.

    A ratio with the denominator 0 is 0, as in scikit-learn with `zero_division=0`.
    """
    table = confusion(truth, predicted)
    hits = pd.Series({label: table.at[label, label] for label in LABELS}, dtype=float)
    support = table.sum(axis=1).astype(float)
    precision = (hits / table[list(LABELS)].sum(axis=0).replace(0, np.nan)).fillna(0.0)
    recall = (hits / support.replace(0, np.nan)).fillna(0.0)
    both = (precision + recall).replace(0, np.nan)
    f1 = (2 * precision * recall / both).fillna(0.0)
    return pd.DataFrame({"precision": precision, "recall": recall, "f1": f1, "support": support})


def weighted(truth: Labels, predicted: Labels) -> dict[str, float]:
    """Precision, recall and F1 as means over the classes, weighted by their support."""
    table = per_class(truth, predicted)
    share = table["support"] / table["support"].sum()
    return {name: float((table[name] * share).sum()) for name in ("precision", "recall", "f1")}


def macro_f1(truth: Labels, predicted: Labels) -> float:
    """The unweighted mean of the F1 of the classes."""
    return float(per_class(truth, predicted)["f1"].mean())


def accuracy(truth: Labels, predicted: Labels) -> float:
    """The share of texts with the true label."""
    return float(np.mean(np.asarray(truth) == np.asarray(predicted)))


def margin(share: float, number: int) -> float:
    """Half the width of the 95% interval of a share over `number` texts (normal approximation)."""
    return 1.96 * float(np.sqrt(share * (1 - share) / number))


def cohen_kappa(one: Labels, other: Labels) -> float:
    """Agreement of two engines beyond that of chance, given their label shares (Cohen, 1960)."""
    labels = sorted(set(one) | set(other))
    table = confusion(one, other, labels).to_numpy(dtype=float) / len(one)
    chance = float(table.sum(axis=0) @ table.sum(axis=1))
    return (float(np.trace(table)) - chance) / (1 - chance)


def reliability(confidence: ArrayLike, is_correct: ArrayLike, bins: int = 10) -> pd.DataFrame:
    """A reliability curve: texts in bins of equal width by confidence (0 to 1).

    Columns: `confidence` and `accuracy` are means within the bin, `texts` its size. Empty bins
    are omitted.
    """
    values = np.asarray(confidence, dtype=float)
    indices = np.minimum((values * bins).astype(int), bins - 1)
    correct = np.asarray(is_correct, dtype=float)
    table = pd.DataFrame({"confidence": values, "accuracy": correct, "bin": indices})
    means = table.groupby("bin").mean()
    return means.assign(texts=table["bin"].value_counts())


def calibration_error(confidence: ArrayLike, is_correct: ArrayLike, bins: int = 10) -> float:
    """Expected calibration error: |confidence - accuracy| of the bins, weighted by their size.

    Source: Naeini, Cooper & Hauskrecht (AAAI 2015).
    """
    table = reliability(confidence, is_correct, bins)
    gap = (table["confidence"] - table["accuracy"]).abs()
    return float((gap * table["texts"]).sum() / table["texts"].sum())
