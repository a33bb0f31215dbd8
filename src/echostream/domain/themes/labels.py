"""The terms that name a cluster: class-based TF-IDF (Grootendorst, BERTopic, 2022).

A term's weight in a cluster is the share of the cluster's documents that have it, times
log(1 + A / f): f is its frequency in all clusters, A the mean number of terms of a cluster.
"""

import math
from collections import Counter
from collections.abc import Sequence

from echostream.domain.themes.clusters import MIN_WEIGHT
from echostream.domain.themes.corpus import Mention, term_weights
from echostream.domain.themes.terms import is_topic

MAX_LABELS = 8
"""Terms that name a cluster."""
SAME = 0.5
"""The share of a word's documents that have a pair which then takes its place."""


def labels(clusters: Sequence[Sequence[Mention]]) -> list[list[str]]:
    """The terms that name each cluster of documents, the best first."""
    counts = [
        {term: weight for term, weight in term_weights(own).items() if is_topic(term)}
        for own in clusters
    ]
    everywhere: Counter[str] = Counter()
    for own in counts:
        everywhere.update(own)
    mean = sum(everywhere.values()) / max(1, len(counts))
    return [_best(own, everywhere, mean) for own in counts]


def _best(own: dict[str, float], everywhere: Counter[str], mean: float) -> list[str]:
    scores = {
        term: weight * math.log(1 + mean / everywhere[term])
        for term, weight in own.items()
        if weight >= MIN_WEIGHT
    }
    best: list[str] = []
    for term in sorted(scores, key=lambda one: (-scores[one], one)):
        _add(best, term, own)
        if len(best) == MAX_LABELS:
            break
    return best


def _add(best: list[str], term: str, own: dict[str, float]) -> None:
    """Add a term that shares no word with a better one.

    A pair takes the place of a better word that it has, unless the word mostly occurs without it.
    """
    words = set(term.split(" "))
    for place, other in enumerate(best):
        if not words.isdisjoint(other.split(" ")):
            if other in words and own[term] >= SAME * own[other]:
                best[place] = term
            return
    best.append(term)
