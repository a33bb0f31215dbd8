"""The sentiment model: a small linear model of English text that needs numpy only.

It was trained on human ratings; MODEL_CARD.md has the training and the accuracy. It is not the
model of Amazon Comprehend.

A text is a vector of TF-IDF values, (1 + ln count) * idf; its words and its pieces of words are
each normalised to length 1 (Euclidean). The softmax of three logits gives positive, negative and
neutral; a regression gives the mixed score, which reduces the three in proportion.
"""

import hashlib
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aws_companion.comprehend.features import WORD, features

WEIGHTS = Path(__file__).parent / "model.npz"
Floats = NDArray[np.float64]
Vector = tuple[NDArray[np.intp], Floats]
"""Indices of the terms that occur in a text, and their values."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


class Scores(NamedTuple):
    """Shares from 0 to 1 that sum to 1."""

    positive: float
    negative: float
    neutral: float
    mixed: float


@dataclass(frozen=True)
class Vocabulary:
    """The features that the model uses, and the inverse document frequency of each."""

    terms: tuple[str, ...]
    idf: Floats

    @cached_property
    def _index(self) -> Mapping[str, int]:
        return {term: index for index, term in enumerate(self.terms)}

    @cached_property
    def _is_word(self) -> NDArray[np.bool_]:
        return np.array([term.startswith(WORD) for term in self.terms])

    def vector(self, counts: Mapping[str, int]) -> Vector:
        """Indices of the terms that occur, and their normalised values."""
        terms = [(self._index[term], n) for term, n in counts.items() if term in self._index]
        indices = np.array([index for index, _ in terms], dtype=np.intp)
        values = np.array([1 + math.log(n) if n > 1 else 1.0 for _, n in terms], dtype=np.float64)
        values *= self.idf[indices]
        words = self._is_word[indices]
        values[words] /= max(float(np.linalg.norm(values[words])), 1e-9)
        values[~words] /= max(float(np.linalg.norm(values[~words])), 1e-9)
        return indices, values


@dataclass(frozen=True)
class Weights:
    """The trained parameters.

    `matrix` is (terms, 4): positive, negative, neutral, mixed; `intercept` is (4,). `mixing` is
    (2, 3): constant, factor of the regression, factor of twice the smaller of the positive and
    the negative probability; the first row is for one sentence, the second for several.
    """

    vocabulary: Vocabulary
    matrix: Floats
    intercept: Floats
    mixing: Floats


class SentimentModel:
    """Scores texts. Threads may share it."""

    def __init__(self, weights: Weights, version: str) -> None:
        self._weights = weights
        self.version = version

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> "SentimentModel":
        """Read a weights file; the version contains the file's hash."""
        packed = path.read_bytes()
        return cls(unpack(packed), f"1-{hashlib.sha256(packed).hexdigest()[:8]}")

    def score(self, text: str) -> Scores:
        """The scores of a text. The mixed score of several sentences follows from their means.

        A text without any known feature is neutral.
        """
        vector = self._vector(text)
        if not len(vector[0]):
            return Scores(0.0, 0.0, 1.0, 0.0)
        probabilities, regression = self._evaluate(vector)
        mixed = self._mixed(text, probabilities, regression)
        positive, negative, neutral = (float(share) * (1 - mixed) for share in probabilities)
        return Scores(positive, negative, neutral, mixed)

    def _mixed(self, text: str, probabilities: Floats, regression: float) -> float:
        sentences = [part for part in _SENTENCE_END.split(text) if part.strip()]
        if len(sentences) < 2:
            return mixed_score(self._weights.mixing[0], probabilities, regression)
        evaluated = [self._evaluate(self._vector(sentence)) for sentence in sentences]
        mean_probabilities = np.mean([each for each, _ in evaluated], axis=0)
        mean_regression = float(np.mean([each for _, each in evaluated]))
        return mixed_score(self._weights.mixing[1], mean_probabilities, mean_regression)

    def _vector(self, text: str) -> Vector:
        return self._weights.vocabulary.vector(features(text))

    def _evaluate(self, vector: Vector) -> tuple[Floats, float]:
        """The probabilities of the three classes, and the value of the mixed regression."""
        indices, values = vector
        raw = values @ self._weights.matrix[indices] + self._weights.intercept
        odds = np.exp(raw[:3] - raw[:3].max())
        return odds / odds.sum(), float(raw[3])


def mixed_score(factors: Floats, probabilities: Floats, regression: float) -> float:
    """The mixed score, 0 to 1, from the class probabilities and the regression's value."""
    disagreement = 2 * min(probabilities[0], probabilities[1])
    return float(np.clip(factors[0] + factors[1] * regression + factors[2] * disagreement, 0, 1))


def unpack(packed: bytes) -> Weights:
    """The weights in the bytes of a weights file."""
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        terms = tuple(arrays["terms"].tobytes().decode().split("\n"))
        idf = arrays["idf"].astype(np.float64) * float(arrays["idf_scale"])
        matrix = arrays["matrix"].astype(np.float64) * arrays["scales"]
        return Weights(Vocabulary(terms, idf), matrix, arrays["intercept"], arrays["mixing"])
