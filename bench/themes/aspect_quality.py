"""How well aspects are found and judged, on sentences of reviews with labels of this project.

docs/aspects-guidelines.md says how the sentences were chosen and labelled. The rules were written
with the development set; the table is that of the test set. A method sees each row of the data set
by itself, except the one that keeps frequent phrases.

- Exact: a phrase and a label have the same words, except that plurals are singulars.
- Head: the last words are the same; the polarity is measured on these.
- Praise and criticism: head and polarity together, of aspects that are praised or criticised. A
  phrase without sentiment is no answer here.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean

from sklearn.metrics import accuracy_score, f1_score

from echostream.adapters.vader import Vader
from echostream.domain.model import Document
from echostream.domain.themes.aspects import in_common
from echostream.domain.themes.opinions import THRESHOLD, Opinion, opinions
from echostream.domain.themes.phrases import clauses, sentences
from seed import dataset

LABELS = Path(__file__).with_name("aspect_labels.json")
POLARITIES = ("praised", "criticised", "neutral")
_AT = datetime(2026, 1, 1, tzinfo=UTC)
_VADER = Vader()
_ENDING = re.compile(r"(?:ie|y|e)?s?$")

Found = dict[str, str]
"""The polarity of each phrase of a sentence."""
Method = Callable[[Sequence[str]], list[list[Opinion]]]
"""Finds the opinions of each of some sentences."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Precision, recall and their harmonic mean."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Quality:
    """The figures of a method.

    `side` is the share of the right side among aspects that the label and the method judge.
    """

    exact: Rates
    head: Rates
    accuracy: float
    macro_f1: float
    side: float
    judged: Rates


def score(text: str) -> float:
    """VADER's compound."""
    [enrichment] = _VADER.enrich([Document("", text, "bench", _AT)], _AT)
    return enrichment.compound


def by_clause(texts: Sequence[str]) -> list[list[Opinion]]:
    """The rules, and the sentiment of clauses."""
    return [opinions(text, score) for text in texts]


def by_sentence(texts: Sequence[str]) -> list[list[Opinion]]:
    """The rules, and the sentiment of the whole row."""
    return [
        [replace(one, compound=score(text)) for one in opinions(text, lambda _: 0.0)]
        for text in texts
    ]


def of_all(texts: Sequence[str]) -> list[list[Opinion]]:
    """The rules, as in a report on all reviews: phrases in three sentences or more."""
    everything = [sample.text for sample in dataset.sentences("reviews")]
    found = dict(zip(everything, in_common(by_clause(everything)), strict=True))
    return [found[text] for text in texts]


def by_chunks(texts: Sequence[str]) -> list[list[Opinion]]:
    """textblob's noun chunks without determiners and adjectives; the sentiment of clauses."""
    return [
        [
            Opinion(phrase, score(clause) or score(sentence), text)
            for sentence in sentences(text)
            for clause in clauses(sentence)
            for phrase in _chunks(clause)
        ]
        for text in texts
    ]


def _chunks(clause: str) -> list[tuple[str, ...]]:
    from textblob import en

    groups: list[list[str]] = []
    for token in str.split(en.parse(clause, chunks=True)):
        word, tag, chunk = [*token.rsplit("/", 3), "", ""][:3]
        if chunk == "B-NP":
            groups.append([])
        if chunk.endswith("-NP") and tag.startswith("NN") and groups:
            groups[-1].append(word.lower())
    return [tuple(group) for group in groups if group]


METHODS: dict[str, Method] = {
    "rules, clause": by_clause,
    "rules, whole row": by_sentence,
    "rules, clause, phrases in three sentences": of_all,
    "noun chunks of textblob, clause": by_chunks,
}


def measure(method: Method, part: str = "test") -> Quality:
    """The figures of a method on the part `development` or `test`."""
    labels: dict[str, list[tuple[str, str]]] = json.loads(LABELS.read_text("utf-8"))[part]
    texts = {sample.id: sample.text for sample in dataset.sentences("reviews")}
    found = [_polarities(own) for own in method([texts[name] for name in labels])]
    wanted = [{_key(term.split()): polarity for term, polarity in own} for own in labels.values()]
    heads, wanted_heads = _by_head(found), _by_head(wanted)
    pairs = [
        (want[head], got[head])
        for got, want in zip(heads, wanted_heads, strict=True)
        for head in got.keys() & want.keys()
    ]
    true, predicted = zip(*pairs, strict=True)
    sides = [pair for pair in pairs if "neutral" not in pair]
    return Quality(
        _rates(found, wanted),
        _rates(heads, wanted_heads),
        float(accuracy_score(true, predicted)),
        float(f1_score(true, predicted, labels=POLARITIES, average="macro")),
        fmean(want == got for want, got in sides),
        _rates(*([_opinions(own) for own in side] for side in (heads, wanted_heads))),
    )


def _key(words: Iterable[str]) -> str:
    """Words with plurals as singulars."""
    return " ".join(_ENDING.sub("", word.removesuffix("'s")) for word in words)


def _polarities(own: Iterable[Opinion]) -> Found:
    compounds: defaultdict[str, list[float]] = defaultdict(list)
    for one in own:
        compounds[_key(one.phrase)].append(one.compound)
    return {phrase: _polarity(fmean(values)) for phrase, values in compounds.items()}


def _polarity(compound: float) -> str:
    if abs(compound) < THRESHOLD:
        return "neutral"
    return "praised" if compound > 0 else "criticised"


def _by_head(found: Iterable[Found]) -> list[Found]:
    return [{phrase.split(" ")[-1]: polarity for phrase, polarity in own.items()} for own in found]


def _opinions(own: Found) -> set[tuple[str, str]]:
    return {(head, polarity) for head, polarity in own.items() if polarity != "neutral"}


def _rates(found: Iterable[Iterable[object]], wanted: Iterable[Iterable[object]]) -> Rates:
    both = [(set(got), set(want)) for got, want in zip(found, wanted, strict=True)]
    right = sum(len(got & want) for got, want in both)
    numbers = (sum(len(side) for side in sides) for sides in zip(*both, strict=True))
    precision, recall = (right / number for number in numbers)
    return Rates(precision, recall)


def table(part: str = "test") -> list[str]:
    """The lines of a table of all methods."""
    lines = [
        "| method | exact: precision | recall | F1 | head: precision | recall | F1"
        " | polarity: accuracy | macro-F1 | right side"
        " | praise and criticism: precision | recall | F1 |",
        "|---" * 13 + "|",
    ]
    for label, method in METHODS.items():
        q = measure(method, part)
        numbers = [
            *(q.exact.precision, q.exact.recall, q.exact.f1),
            *(q.head.precision, q.head.recall, q.head.f1, q.accuracy, q.macro_f1, q.side),
            *(q.judged.precision, q.judged.recall, q.judged.f1),
        ]
        lines.append(f"| {label} | {' | '.join(f'{number:.2f}' for number in numbers)} |")
    return lines
