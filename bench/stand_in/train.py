"""Trains the sentiment model, writes weights and model card: `python -m bench.stand_in.train`.

The texts are the training side of the VADER paper's rated texts (`split.py`). A class is the sign
of the mean rating, with the neutral band of the VADER paper: +-0.05 on the scale from -1 to 1,
which is +-0.2 on the ratings' scale from -4 to 4. The mixed target is twice the smaller of the
shares of positive and negative ratings. The same data and libraries give the same bytes.
"""

import argparse
import io
import math
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression, Ridge
from threadpoolctl import threadpool_limits

from aws_companion.comprehend.features import features
from aws_companion.comprehend.model import WEIGHTS, Floats, Vocabulary, unpack
from bench.stand_in import evaluation, model_card, split
from seed.dataset import DATASETS, Sample

TERMS = 30_000
MIN_TEXTS = 2
"""A feature in fewer training texts is not used."""
STRENGTH = 1.0
"""Inverse regularisation of the logistic regression. This, CONTRAST_EXPONENT and HARD_SHARE were
chosen on a fifth of the training side, not on the held-out side."""
CONTRAST_EXPONENT = 0.5
HARD_SHARE = 0.8
"""The share of a text's weight for its class; the rest is divided like the ratings."""
RIDGE = 3.0
FOLDS = 5


@dataclass(frozen=True)
class Fit:
    """Linear weights (terms, 4) and intercept (4,): positive, negative, neutral, mixed."""

    matrix: Floats
    intercept: Floats

    def raw(self, values: Any) -> tuple[Floats, Floats]:
        """Probabilities (texts, 3) and mixedness (texts,) for rows of TF-IDF values."""
        raw = np.asarray(values @ self.matrix) + self.intercept
        odds = np.exp(raw[:, :3] - raw[:, :3].max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True), raw[:, 3]


def train() -> bytes:
    """The bytes of the weights file."""
    rows = [row for dataset in DATASETS for row in split.training_rows(dataset)]
    counts = [features(row.text) for row in rows]
    truth = evaluation.ground_truth(rows)
    vocabulary = _select_terms(counts, truth)
    values = _matrix(vocabulary, counts)
    fit = _fit(values, truth)
    return _pack(vocabulary, fit, _mixing(values, truth, rows))


def _vocabulary(counts: Sequence[Counter[str]], terms: Sequence[str]) -> Vocabulary:
    """Terms with their idf, ln((1 + texts) / (1 + texts with it)) + 1, in 255 steps."""
    texts = Counter(term for one in counts for term in one)
    idf = np.array([math.log((1 + len(counts)) / (1 + texts[term])) + 1 for term in terms])
    scale = idf.max() / 255
    return Vocabulary(tuple(terms), np.rint(idf / scale) * scale)


def _select_terms(counts: Sequence[Counter[str]], truth: evaluation.GroundTruth) -> Vocabulary:
    """The terms with the largest effect in a fit with all: weight times root mean square value."""
    texts = Counter(term for one in counts for term in one)
    wide = _vocabulary(counts, sorted(t for t, number in texts.items() if number >= MIN_TEXTS))
    values = _matrix(wide, counts)
    weights = np.abs(_logistic(values, truth)[0]).max(axis=1)
    spread = np.sqrt(np.asarray(values.multiply(values).mean(axis=0)).ravel())
    best = np.argsort(-weights * np.sqrt(spread), kind="stable")[:TERMS]
    return _vocabulary(counts, [wide.terms[index] for index in np.sort(best)])


def _matrix(vocabulary: Vocabulary, counts: Sequence[Counter[str]]) -> Any:
    """Sparse TF-IDF values (texts, terms)."""
    vectors = [vocabulary.vector(one) for one in counts]
    ends = np.cumsum([0, *(len(indices) for indices, _ in vectors)])
    indices = np.concatenate([indices for indices, _ in vectors])
    values = np.concatenate([values for _, values in vectors])
    matrix = sparse.csr_matrix((values, indices, ends), (len(counts), len(vocabulary.terms)))
    matrix.sort_indices()
    return matrix


def _fit(values: Any, truth: evaluation.GroundTruth) -> Fit:
    weights, intercept = _logistic(values, truth)
    ridge = Ridge(alpha=RIDGE, solver="lsqr", tol=1e-6).fit(values, truth.mixed)
    return Fit(np.column_stack([weights, ridge.coef_]), np.append(intercept, ridge.intercept_))


def _logistic(values: Any, truth: evaluation.GroundTruth) -> tuple[Floats, Floats]:
    """Weights (terms, 3) and intercepts (3,), each centred over the classes.

    Terms are first scaled by their log-count ratios between the classes (Wang and Manning, ACL
    2012).
    """
    scale = _contrast(values, truth.classes) ** CONTRAST_EXPONENT
    hard = np.eye(3)[truth.classes]
    shares = (HARD_SHARE * hard + (1 - HARD_SHARE) * truth.shares).T.ravel()
    is_used = shares > 0
    stacked = sparse.vstack([values @ sparse.diags(scale)] * 3).tocsr()[is_used]
    classes = np.repeat(np.arange(3), values.shape[0])[is_used]
    model = LogisticRegression(C=STRENGTH, max_iter=500, tol=1e-4)
    model.fit(stacked, classes, sample_weight=shares[is_used])
    weights = (model.coef_ - model.coef_.mean(axis=0)) * scale
    return weights.T, model.intercept_ - model.intercept_.mean()


def _contrast(values: Any, classes: NDArray[np.intp]) -> Floats:
    """The largest log-count ratio of each term between a class and the rest; mean 1."""
    present = (values > 0).astype(np.float64)
    ratios = []
    for number in range(3):
        inside = np.asarray(present[classes == number].sum(axis=0)).ravel() + 1
        outside = np.asarray(present[classes != number].sum(axis=0)).ravel() + 1
        ratios.append(np.abs(np.log(inside / inside.sum() * outside.sum() / outside)))
    largest: Floats = np.max(ratios, axis=0)
    scaled: Floats = largest / largest.mean()
    return scaled


def _mixing(values: Any, truth: evaluation.GroundTruth, rows: Sequence[Sample]) -> Floats:
    """Factors for one sentence and for several (`model.Weights`), from out-of-fold predictions."""
    probabilities, regression = _out_of_fold(values, truth, rows)
    single = _least_squares(probabilities, regression, truth.mixed)
    reviews: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        if row.id.startswith("reviews-"):
            reviews.setdefault(row.id.rpartition("_")[0], []).append(index)
    places = list(reviews.values())
    means = np.array([probabilities[indices].mean(axis=0) for indices in places])
    mixed = evaluation.mixedness(
        np.array([truth.shares[indices].mean(axis=0) for indices in places])
    )
    own_means = np.array([regression[indices].mean() for indices in places])
    return np.stack([single, _least_squares(means, own_means, mixed)])


def _out_of_fold(
    values: Any, truth: evaluation.GroundTruth, rows: Sequence[Sample]
) -> tuple[Floats, Floats]:
    """Cross-validated predictions: each row from a fit without its group."""
    names = sorted({split.group(row.id) for row in rows})
    fold_of = {name: index % FOLDS for index, name in enumerate(names)}
    folds = np.array([fold_of[split.group(row.id)] for row in rows])
    probabilities, regression = np.zeros((len(rows), 3)), np.zeros(len(rows))
    for fold in range(FOLDS):
        training, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        fit = _fit(values[training], truth.only(training))
        probabilities[test], regression[test] = fit.raw(values[test])
    return probabilities, regression


def _least_squares(probabilities: Floats, regression: Floats, target: Floats) -> Floats:
    disagreement = 2 * np.minimum(probabilities[:, 0], probabilities[:, 1])
    columns = np.column_stack([np.ones(len(regression)), regression, disagreement])
    factors: Floats = np.linalg.lstsq(columns, target, rcond=None)[0]
    return factors


def _pack(vocabulary: Vocabulary, fit: Fit, mixing: Floats) -> bytes:
    """A zip file with weights and idf in 8 bits. Its entries have a fixed time."""
    scales = np.abs(fit.matrix).max(axis=0) / 127
    idf_scale = vocabulary.idf.max() / 255
    return _zip(
        {
            "terms": np.frombuffer("\n".join(vocabulary.terms).encode(), dtype=np.uint8),
            "idf": np.rint(vocabulary.idf / idf_scale).astype(np.uint8),
            "idf_scale": np.array(idf_scale),
            "matrix": np.rint(fit.matrix / scales).astype(np.int8),
            "scales": scales,
            "intercept": fit.intercept,
            "mixing": mixing,
        }
    )


def _zip(arrays: dict[str, NDArray[Any]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            file = io.BytesIO()
            np.lib.format.write_array(file, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, file.getvalue(), zipfile.ZIP_DEFLATED, 9)
    return packed.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the sentiment model.")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--card", type=Path, default=model_card.MODEL_CARD)
    arguments = parser.parse_args()
    with threadpool_limits(1):
        packed = train()
    unpack(packed)
    arguments.weights.write_bytes(packed)
    text = model_card.render(arguments.weights)
    arguments.card.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
