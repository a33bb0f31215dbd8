"""The stand-in for a paid sentiment service: a small linear model, scored with numpy alone.

It gives probabilities that it learnt from how people rated texts (see `train.py`, and
`report.md` for what it is worth). It knows English, and is not the service it stands in for.

A text is a vector of TF-IDF values, (1 + ln count) * idf, its words and its pieces of words each
normalised to length 1 (Euclidean). Three logits, softmax, give positive, negative and neutral; a
regression gives how mixed the text is, and takes its share off the three.
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
    """The features that the model keeps, and how rare each is; `idf` has one value a term."""

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
        found = [(self._index[term], n) for term, n in counts.items() if term in self._index]
        indices = np.array([index for index, _ in found], dtype=np.intp)
        values = np.array([1 + math.log(n) if n > 1 else 1.0 for _, n in found], dtype=np.float64)
        values *= self.idf[indices]
        words = self._is_word[indices]
        values[words] /= max(float(np.linalg.norm(values[words])), 1e-9)
        values[~words] /= max(float(np.linalg.norm(values[~words])), 1e-9)
        return indices, values


@dataclass(frozen=True)
class Weights:
    """What training found.

    `matrix` is (terms, 4): positive, negative, neutral, mixed; `intercept` is (4,). `mixing` is
    (2, 3): constant, factor of the regression, factor of twice the smaller of the positive and
    the negative probability; the first row for one sentence, the second for several.
    """

    vocabulary: Vocabulary
    matrix: Floats
    intercept: Floats
    mixing: Floats


class SentimentModel:
    """Scores texts. Safe to use from several threads."""

    def __init__(self, weights: Weights, version: str) -> None:
        self._weights = weights
        self.version = version

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> "SentimentModel":
        """From a weights file; the version is made from the file's hash."""
        packed = path.read_bytes()
        return cls(unpack(packed), f"1-{hashlib.sha256(packed).hexdigest()[:8]}")

    def score(self, text: str) -> Scores:
        """The shares of a text. Of a longer one, how mixed it is comes from its sentences.

        A text in which the model knows nothing is neutral.
        """
        vector = self._vector(text)
        if not len(vector[0]):
            return Scores(0.0, 0.0, 1.0, 0.0)
        three, own = self._raw(vector)
        mixed = self._mixed(text, three, own)
        positive, negative, neutral = (float(share) * (1 - mixed) for share in three)
        return Scores(positive, negative, neutral, mixed)

    def _mixed(self, text: str, three: Floats, own: float) -> float:
        sentences = [part for part in _SENTENCE_END.split(text) if part.strip()]
        if len(sentences) < 2:
            return mix(self._weights.mixing[0], three, own)
        raw = [self._raw(self._vector(sentence)) for sentence in sentences]
        means = np.mean([inner for inner, _ in raw], axis=0)
        return mix(self._weights.mixing[1], means, float(np.mean([one for _, one in raw])))

    def _vector(self, text: str) -> Vector:
        return self._weights.vocabulary.vector(features(text))

    def _raw(self, vector: Vector) -> tuple[Floats, float]:
        """Probabilities of the three classes, and what the regression of mixedness gives."""
        indices, values = vector
        raw = values @ self._weights.matrix[indices] + self._weights.intercept
        odds = np.exp(raw[:3] - raw[:3].max())
        return odds / odds.sum(), float(raw[3])


def mix(factors: Floats, three: Floats, own: float) -> float:
    """How mixed a text is, from 0 to 1, from its probabilities and the regression's value."""
    both = 2 * min(three[0], three[1])
    return float(np.clip(factors[0] + factors[1] * own + factors[2] * both, 0, 1))


def unpack(packed: bytes) -> Weights:
    """Weights from the bytes of a weights file."""
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        terms = tuple(arrays["terms"].tobytes().decode().split("\n"))
        idf = arrays["idf"].astype(np.float64) * float(arrays["idf_scale"])
        matrix = arrays["matrix"].astype(np.float64) * arrays["scales"]
        return Weights(Vocabulary(terms, idf), matrix, arrays["intercept"], arrays["mixing"])
