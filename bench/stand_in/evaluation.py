"""Evaluates the sentiment model and VADER on the held-out texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aws_companion.comprehend.model import WEIGHTS, Floats, SentimentModel
from bench.stand_in import split
from echostream.domain.model import POSITIVE_THRESHOLD
from seed.dataset import DATASETS, Sample, ratings, samples

CLASSES = ("positive", "negative", "neutral")
NEUTRAL_BAND = 4 * POSITIVE_THRESHOLD
"""Mean ratings this close to 0, on the scale from -4 to 4, are neutral: the VADER paper's threshold
on the scale from -1 to 1."""
CLEARLY_MIXED = 0.5
"""The mixed share from which a text is mixed: a quarter of the raters on each side."""
BINS = 10


@dataclass(frozen=True)
class GroundTruth:
    """Human labels: class (texts,), shares of raters by class (texts, 3), mixed (texts,)."""

    classes: NDArray[np.intp]
    shares: Floats
    mixed: Floats

    def only(self, indices: NDArray[np.intp]) -> "GroundTruth":
        return GroundTruth(self.classes[indices], self.shares[indices], self.mixed[indices])


@dataclass(frozen=True)
class Evaluation:
    """The held-out rows with human labels, the model's scores (rows, 4) and VADER's classes."""

    rows: list[Sample]
    truth: GroundTruth
    shares: Floats
    vader: NDArray[np.intp]

    @property
    def probabilities(self) -> Floats:
        """Probabilities of the three classes, scaled to sum to 1 without the mixed score."""
        probabilities: Floats = self.shares[:, :3] / self.shares[:, :3].sum(axis=1, keepdims=True)
        return probabilities

    @property
    def classes(self) -> NDArray[np.intp]:
        classes: NDArray[np.intp] = self.probabilities.argmax(axis=1)
        return classes

    def of(self, dataset: str) -> NDArray[np.bool_]:
        return np.array([row.id.startswith(f"{dataset}-") for row in self.rows])


def class_of(value: float, band: float) -> int:
    """Index into `CLASSES`. A value at the edge of the band is not neutral."""
    return 0 if value >= band else 1 if value <= -band else 2


def ground_truth(rows: Sequence[Sample]) -> GroundTruth:
    """The human labels of rated rows."""
    ratings_by_id = {
        name: votes for dataset in DATASETS for name, votes in ratings(dataset).items()
    }
    shares = np.array([_shares(ratings_by_id[row.id]) for row in rows])
    classes = np.array([class_of(row.rating, NEUTRAL_BAND) for row in rows], dtype=np.intp)
    return GroundTruth(classes, shares, mixedness(shares))


def mixedness(shares: Floats) -> Floats:
    """Twice the smaller of the positive and the negative share, for each row of shares."""
    smaller: Floats = 2 * np.minimum(shares[:, 0], shares[:, 1])
    return smaller


def _shares(votes: Sequence[int]) -> list[float]:
    signs = [(vote > 0, vote < 0, vote == 0) for vote in votes]
    return [sum(column) / len(signs) for column in zip(*signs, strict=True)]


def held_out_rows() -> list[Sample]:
    """All held-out rows, data set by data set."""
    return [row for dataset in DATASETS for row in split.held_out_rows(dataset)]


def evaluate(path: Path = WEIGHTS) -> Evaluation:
    """Score every held-out row with a weights file and with VADER."""
    from nltk.sentiment.vader import SentimentIntensityAnalyzer

    rows, model, vader = held_out_rows(), SentimentModel.load(path), SentimentIntensityAnalyzer()
    compounds = [vader.polarity_scores(row.text)["compound"] for row in rows]
    return Evaluation(
        rows,
        ground_truth(rows),
        np.array([model.score(row.text) for row in rows]),
        np.array([class_of(compound, POSITIVE_THRESHOLD) for compound in compounds], dtype=np.intp),
    )


def accuracy(truth: NDArray[np.intp], predicted: NDArray[np.intp]) -> float:
    return float((truth == predicted).mean())


def macro_f1(truth: NDArray[np.intp], predicted: NDArray[np.intp]) -> float:
    """Mean over the classes of 2 TP / (2 TP + FP + FN)."""
    return float(
        np.mean([_f1(truth == number, predicted == number) for number in range(len(CLASSES))])
    )


def _f1(truth: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> float:
    return float(2 * (truth & predicted).sum() / max(truth.sum() + predicted.sum(), 1))


def calibration_error(truth: NDArray[np.intp], probabilities: Floats) -> float:
    """Expected calibration error: mean distance of confidence and accuracy over 10 equal bins."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [
        abs(right[bins == number].mean() - confidence[bins == number].mean())
        * (bins == number).sum()
        for number in np.unique(bins)
    ]
    return float(sum(gaps) / len(truth))


def auc(positive: NDArray[np.bool_], scores: Floats) -> float:
    """The probability that a positive has a higher score than a negative; a tie counts half."""
    _, place, number = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(number) - (number - 1) / 2)[place]
    inside = int(positive.sum())
    wins = ranks[positive].sum() - inside * (inside + 1) / 2
    return float(wins / (inside * (len(scores) - inside)))


def mixed_reviews(path: Path = WEIGHTS) -> tuple[NDArray[np.bool_], Floats]:
    """For whole held-out reviews: whether they are mixed to the raters, and the mixed score."""
    shares_by_review: dict[str, list[list[float]]] = {}
    for name, votes in ratings("reviews").items():
        shares_by_review.setdefault(name.rpartition("_")[0], []).append(_shares(votes))
    model, held_out_ids = SentimentModel.load(path), split.held_out("reviews")
    reviews = [review for review in samples("reviews") if review.id in held_out_ids]
    shares = np.array([np.mean(shares_by_review[review.id], axis=0) for review in reviews])
    scores = np.array([model.score(review.text).mixed for review in reviews])
    return mixedness(shares) >= CLEARLY_MIXED, scores
