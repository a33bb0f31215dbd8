"""Terms that one sample of documents has more than another, beyond chance.

`drivers` tells two samples apart: log-odds with an informative Dirichlet prior (Monroe, Colaresi &
Quinn, "Fightin' Words", Political Analysis 2008). `emerging` finds what is new: a one-sided test of
each term. Both keep the false-discovery rate, the expected share of terms that chance explains,
below `FALSE_DISCOVERY_RATE` (Benjamini & Hochberg 1995). They take documents as independent; equal
texts of an author are not, and count less (`corpus.weights`).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from echostream.domain.themes.corpus import Mention, term_weights, weights

FALSE_DISCOVERY_RATE = 0.05
"""docs/themes.md has what was measured on samples that differ by chance only."""
MIN_WEIGHT = 5.0
"""Documents of both samples that a term has at least to be tested."""
PRIOR = 10.0
"""Documents that the prior weighs. It has the shares of both samples together."""
MIN_RISE = 2.0
"""A term that emerges is at least this many times as frequent as before."""


@dataclass(frozen=True, slots=True)
class Driver:
    """A term and the shares of documents that have it; `z` is positive if it is more frequent."""

    term: str
    z: float
    share: float
    share_before: float


@dataclass(frozen=True, slots=True)
class Emerging:
    """A term that is more frequent than before.

    `documents` have it, where the frequency of before gives `expected`. `probability` is that of as
    many by chance.
    """

    term: str
    documents: int
    expected: float
    probability: float


Found = TypeVar("Found", Driver, Emerging)


def drivers(now: Sequence[Mention], before: Sequence[Mention]) -> list[Driver]:
    """The terms in which two samples differ, the clearest first."""
    if not now or not before:
        return []
    sizes = sum(weights(now)), sum(weights(before))
    found = [
        Driver(term, _z(counts, sizes), counts[0] / sizes[0], counts[1] / sizes[1])
        for term, counts in _counts(now, before)
    ]
    is_found = _discoveries([_two_sided(driver.z) for driver in found])
    kept = [driver for driver, is_one in zip(found, is_found, strict=True) if is_one]
    return _without_parts(sorted(kept, key=lambda one: (-abs(one.z), one.term)))


def emerging(now: Sequence[Mention], before: Sequence[Mention]) -> list[Emerging]:
    """The terms that are more frequent than before, the least probable first."""
    if not now or not before:
        return []
    sizes = sum(weights(now)), sum(weights(before))
    ratio = sizes[0] / sizes[1]
    tested = [
        (term, counts, _at_least(round(counts[0]), round(sum(counts)), ratio / (1 + ratio)))
        for term, counts in _counts(now, before)
    ]
    is_found = _discoveries([probability for _, _, probability in tested])
    found = [
        Emerging(term, round(counts[0]), counts[1] * ratio, probability)
        for (term, counts, probability), is_one in zip(tested, is_found, strict=True)
        if is_one and counts[0] >= MIN_RISE * ratio * counts[1]
    ]
    return _without_parts(sorted(found, key=lambda one: (one.probability, one.term)))


def _counts(
    now: Sequence[Mention], before: Sequence[Mention]
) -> list[tuple[str, tuple[float, float]]]:
    """The weight of each term that is frequent enough, in both samples."""
    first, second = term_weights(now), term_weights(before)
    both = ((term, (first.get(term, 0.0), second.get(term, 0.0))) for term in {**first, **second})
    return [(term, counts) for term, counts in both if sum(counts) >= MIN_WEIGHT]


def _z(counts: tuple[float, float], sizes: tuple[float, float]) -> float:
    """The z score of the difference of the log-odds; the prior is that of both samples together.

    Every document may have the term. So the prior has one more document, half of which has it, and
    the variance is also that of the documents without it, which are many in Monroe et al.
    """
    prior = PRIOR * (sum(counts) + 0.5) / (sum(sizes) + 1)
    with_term = [count + prior for count in counts]
    without = [size - count + PRIOR - prior for count, size in zip(counts, sizes, strict=True)]
    odds = with_term[0] / without[0] / (with_term[1] / without[1])
    variance = sum(1 / part for part in (*with_term, *without))
    return math.log(odds) / math.sqrt(variance)


def _two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))


def _at_least(number: int, total: int, share: float) -> float:
    """The probability that at least `number` of `total` documents are in a sample of this share."""
    if number <= total * share:
        return 1.0
    log_share, log_rest = math.log(share), math.log1p(-share)
    return min(
        1.0,
        sum(
            math.exp(
                math.lgamma(total + 1)
                - math.lgamma(k + 1)
                - math.lgamma(total - k + 1)
                + k * log_share
                + (total - k) * log_rest
            )
            for k in range(number, total + 1)
        ),
    )


def _discoveries(probabilities: Sequence[float]) -> list[bool]:
    """Which of the tests are discoveries, by the procedure of Benjamini and Hochberg."""
    ranked = sorted(probabilities)
    step = FALSE_DISCOVERY_RATE / max(1, len(ranked))
    bound = max((p for rank, p in enumerate(ranked, 1) if p <= rank * step), default=-1.0)
    return [probability <= bound for probability in probabilities]


def _without_parts(found: Iterable[Found]) -> list[Found]:
    """Terms, the best first, without those that share a word with a better one."""
    words: set[str] = set()
    kept = []
    for one in found:
        own = one.term.split(" ")
        if words.isdisjoint(own):
            kept.append(one)
        words.update(own)
    return kept
