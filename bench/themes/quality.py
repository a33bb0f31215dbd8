"""How good methods are: agreement with topics that people gave, coherence, stability.

- Purity: the share of the documents with a theme whose topic is the most common one of the theme.
- NMI: normalised mutual information of themes and topics, over all documents.
- Coherence: the mean normalised pointwise mutual information of a theme's terms, in other texts.
- Stability: the adjusted Rand index of the themes of the same documents, found once together with
  one half of other documents and once with the other half.
"""

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter

from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from bench.themes.data import Labelled, labelled
from bench.themes.methods import METHODS, Method
from echostream.domain.model import Document, Enrichment, ScoredDocument, Scores, Sentiment
from echostream.domain.themes.corpus import Mention, in_singulars, mention

DOCUMENTS = 4_000
THEMES = 12
"""The number that the API returns by default."""
_AT = datetime(2026, 1, 1, tzinfo=UTC)
_SCORE = Enrichment(
    Sentiment.NEUTRAL, Scores(0.0, 0.0, 1.0, 0.0), 0.0, "vader", "none", None, False, _AT
)


@dataclass(frozen=True, slots=True)
class Quality:
    """The figures of a method; `covered` is the share of documents with a theme."""

    purity: float
    covered: float
    nmi: float
    coherence: float
    stability: float
    seconds: float


def scored(name: str, text: str, at: datetime = _AT) -> ScoredDocument:
    """A text as a document of an author of its own."""
    return ScoredDocument(Document(name, text, "bench", at, author=name), _SCORE)


def mentions_of(texts: Sequence[str]) -> list[Mention]:
    """Texts as the themes see them."""
    return in_singulars([[mention(scored(str(n), text)) for n, text in enumerate(texts)]])[0]


def measure(method: Method, name: str) -> Quality:
    """The figures of a method on a data set with topics."""
    rows = labelled(name, "train", DOCUMENTS)
    mentions = mentions_of([row.text for row in rows])
    others = mentions_of([row.text for row in labelled(name, "test", DOCUMENTS)])
    started = perf_counter()
    assigned, terms = method(mentions, THEMES)
    seconds = perf_counter() - started
    purity, covered = _purity(assigned, rows)
    return Quality(
        purity,
        covered,
        float(normalized_mutual_info_score([row.topic for row in rows], assigned)),
        _coherence(terms, others),
        _stability(method, mentions),
        seconds,
    )


def _purity(assigned: Sequence[int], rows: Sequence[Labelled]) -> tuple[float, float]:
    topics: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for theme, row in zip(assigned, rows, strict=True):
        if theme >= 0:
            topics[theme][row.topic] += 1
    number = sum(own.total() for own in topics.values())
    return sum(max(own.values()) for own in topics.values()) / number, number / len(rows)


def _coherence(terms: Sequence[Sequence[str]], mentions: Sequence[Mention]) -> float:
    having: defaultdict[str, set[int]] = defaultdict(set)
    for place, one in enumerate(mentions):
        for term in one.terms:
            having[term].add(place)
    pairs = [
        _npmi(having[first], having[second], len(mentions))
        for own in terms
        for first, second in itertools.combinations(own, 2)
        if having[first] and having[second]
    ]
    return sum(pairs) / max(1, len(pairs))


def _npmi(first: set[int], second: set[int], number: int) -> float:
    both = len(first & second) / number
    if not both:
        return -1.0
    return math.log(both * number**2 / (len(first) * len(second))) / -math.log(both)


def _stability(method: Method, mentions: Sequence[Mention]) -> float:
    third = len(mentions) // 3
    common = mentions[2 * third :]
    halves = mentions[:third], mentions[third : 2 * third]
    found = [method([*half, *common], THEMES)[0][third:] for half in halves]
    both = [pair for pair in zip(*found, strict=True) if min(pair) >= 0]
    return float(adjusted_rand_score(*zip(*both, strict=True)))


def table() -> list[str]:
    """The lines of a table of all methods on all data sets."""
    head = (
        "| data set | method | purity | documents with a theme | NMI | coherence | stability | s |"
    )
    lines = [head, "|---|---|---|---|---|---|---|---|"]
    for name, (label, method) in itertools.product(
        ("20newsgroups", "reuters-r52"), METHODS.items()
    ):
        q = measure(method, name)
        numbers = (q.purity, q.covered, q.nmi, q.coherence, q.stability)
        cells = " | ".join(f"{number:.2f}" for number in numbers)
        lines.append(f"| {name} | {label} | {cells} | {q.seconds:.1f} |")
    return lines
