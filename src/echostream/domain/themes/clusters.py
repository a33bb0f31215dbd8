"""Clusters of documents that share terms: spherical k-means, begun at the most common terms.

Each cluster begins with the documents that have one term: of those that stand for most documents
that the clusters before it do not explain. So the clusters of equal documents are equal, and
those of similar documents similar, which random begins do not give (docs/themes.md has figures).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from echostream.domain.themes.corpus import Mention, term_weights, weights
from echostream.domain.themes.terms import is_topic

Vector = dict[str, float]
"""Weights of terms; the sum of their squares is 1."""
Weighted = tuple[Vector, float]
"""The vector of a document, and the document's weight."""

MIN_WEIGHT = 3.0
"""Documents that a term, and a cluster, has at least."""
SMOOTHING = 0.5
"""Added to the inverse share of a term's documents: one that all have counts a little, too."""
MAX_BEGINS = 400
"""Terms that a cluster may begin with: the most prominent ones."""
MAX_TERMS = 150
"""Terms of a cluster's center."""
MIN_SIMILARITY = 0.15
"""Below it a document is in no cluster. It shares one term of many with the center."""
SAME = 0.4
"""The similarity from which on two centers are of one theme."""
ROUNDS = 8
"""Of k-means; further ones change few documents."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """The centers, and the inverse document frequency of each term that they can have."""

    idf: dict[str, float]
    centers: Sequence[Vector]

    def assign(self, mentions: Iterable[Mention]) -> list[tuple[int, float]]:
        """The cluster of each document and its similarity, from 0 to 1; -1 is no cluster."""
        return _assign([_vector(one, self.idf) for one in mentions], self.centers)


def clusters(mentions: Sequence[Mention], limit: int) -> Clusters:
    """At most `limit` clusters of some documents."""
    idf = _idf(mentions)
    vectors = [_vector(one, idf) for one in mentions]
    weighted = list(zip(vectors, weights(mentions), strict=True))
    centers = _begin(weighted, limit)
    for _ in range(ROUNDS):
        centers = _distinct(_move(weighted, centers))
    return Clusters(idf, centers)


def _idf(mentions: Sequence[Mention]) -> dict[str, float]:
    total = sum(weights(mentions))
    return {
        term: math.log(SMOOTHING + total / weight)
        for term, weight in term_weights(mentions).items()
        if weight >= MIN_WEIGHT and is_topic(term)
    }


def _vector(mention: Mention, idf: dict[str, float]) -> Vector:
    return _unit({term: idf[term] for term in mention.terms if term in idf})


def _unit(vector: Vector) -> Vector:
    """A vector of length 1 with the same direction; an empty one stays empty."""
    length = math.sqrt(sum(value * value for value in vector.values()))
    return {term: value / length for term, value in vector.items()} if length else vector


def _begin(weighted: Sequence[Weighted], limit: int) -> list[Vector]:
    """The first centers, each the center of the documents with one term."""
    documents: defaultdict[str, list[int]] = defaultdict(list)
    prominence: defaultdict[str, float] = defaultdict(float)
    for number, (vector, weight) in enumerate(weighted):
        for term, value in vector.items():
            documents[term].append(number)
            prominence[term] += weight * value
    begins = sorted(prominence, key=lambda term: (-prominence[term], term))[:MAX_BEGINS]
    missing = [weight for _, weight in weighted]
    centers: list[Vector] = []
    while begins and len(centers) < limit:
        gains = {t: sum(missing[n] * weighted[n][0][t] for n in documents[t]) for t in begins}
        term = max(begins, key=lambda one: gains[one])
        begins.remove(term)
        centers.append(_center(weighted[number] for number in documents[term]))
        for number, (vector, weight) in enumerate(weighted):
            explained = min(1.0, 2 * _similarity(vector, centers[-1]))
            missing[number] = min(missing[number], weight * (1 - explained))
    return centers


def _center(weighted: Iterable[Weighted]) -> Vector:
    sums: defaultdict[str, float] = defaultdict(float)
    for vector, weight in weighted:
        for term, value in vector.items():
            sums[term] += weight * value
    return _unit(dict(sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:MAX_TERMS]))


def _similarity(vector: Vector, center: Vector) -> float:
    return sum(value * center[term] for term, value in vector.items() if term in center)


def _move(weighted: Sequence[Weighted], centers: Sequence[Vector]) -> list[Vector]:
    """The centers of the documents that each center has, largest first, without too small ones."""
    members: list[list[Weighted]] = [[] for _ in centers]
    assigned = _assign([vector for vector, _ in weighted], centers)
    for one, (cluster, _) in zip(weighted, assigned, strict=True):
        if cluster >= 0:
            members[cluster].append(one)
    sizes = [sum(weight for _, weight in own) for own in members]
    largest = sorted(range(len(centers)), key=lambda number: -sizes[number])
    return [_center(members[number]) for number in largest if sizes[number] >= MIN_WEIGHT]


def _distinct(centers: Sequence[Vector]) -> list[Vector]:
    """The centers without those that are like a larger one."""
    kept: list[Vector] = []
    for center in centers:
        if all(_similarity(center, other) < SAME for other in kept):
            kept.append(center)
    return kept


def _assign(vectors: Iterable[Vector], centers: Sequence[Vector]) -> list[tuple[int, float]]:
    having: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, center in enumerate(centers):
        for term, value in center.items():
            having[term].append((number, value))
    return [_closest(vector, having) for vector in vectors]


def _closest(vector: Vector, having: dict[str, list[tuple[int, float]]]) -> tuple[int, float]:
    similarities: defaultdict[int, float] = defaultdict(float)
    for term, value in vector.items():
        for number, other in having.get(term, ()):
            similarities[number] += value * other
    if not similarities:
        return -1, 0.0
    best = max(similarities, key=lambda number: (similarities[number], -number))
    is_close = similarities[best] >= MIN_SIMILARITY
    return (best if is_close else -1), similarities[best]
