"""The split of the rated texts into a training and a held-out side.

Sentences of one review or editorial stay on one side, and so do near-duplicates: texts whose sets
of three-word sequences overlap by half or more (Jaccard). The hash of a group's smallest id selects
its side, so the split is the same on every machine.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from itertools import combinations
from typing import Literal

from seed.dataset import DATASETS, Sample, sentences

Side = Literal["train", "held-out"]

HELD_OUT_PERCENT = 20
SIMILAR = 0.5
"""The Jaccard index from which two texts are near-duplicates."""
COMMON = 60
"""A sequence of words in more texts is an idiom and does not link texts."""

_WORD = re.compile(r"\w+")


def split(sample_id: str) -> Side:
    """The side of a row (`reviews-12_3`, `tweets-17`) or of a whole review (`reviews-12`).

    Raises KeyError for an unknown id.
    """
    name = _groups().get(sample_id)
    return _side(_groups()[f"{sample_id}_1"] if name is None else name)


def held_out(dataset: str) -> frozenset[str]:
    """The ids of the held-out rows of a data set, and of the whole reviews among them."""
    rows = {row.id for row in sentences(dataset) if split(row.id) == "held-out"}
    return frozenset(rows | {_document(row) for row in rows if dataset == "reviews"})


def held_out_rows(dataset: str) -> list[Sample]:
    """The held-out rows of a data set, in the order of the file."""
    return [row for row in sentences(dataset) if split(row.id) == "held-out"]


def training_rows(dataset: str) -> list[Sample]:
    """The training rows of a data set, in the order of the file."""
    return [row for row in sentences(dataset) if split(row.id) == "train"]


def group(sample_id: str) -> str:
    """The smallest id of the rows that are on the same side as this row."""
    return _groups()[sample_id]


def _side(name: str) -> Side:
    number = int.from_bytes(hashlib.sha256(f"split {name}".encode()).digest()[:8])
    return "held-out" if number % 100 < HELD_OUT_PERCENT else "train"


@cache
def _groups() -> Mapping[str, str]:
    """Row id to the smallest id of its group."""
    rows = [row for dataset in DATASETS for row in sentences(dataset)]
    parents = {row.id: row.id for row in rows}
    for first, second in (*_same_document(rows), *_near_duplicates(rows)):
        one, other = sorted((_root(parents, first), _root(parents, second)))
        parents[other] = one
    return {row.id: _root(parents, row.id) for row in rows}


def _root(parents: dict[str, str], name: str) -> str:
    while parents[name] != name:
        parents[name] = parents[parents[name]]
        name = parents[name]
    return name


def _document(row_id: str) -> str:
    return row_id.rpartition("_")[0] or row_id


def _same_document(rows: list[Sample]) -> list[tuple[str, str]]:
    """Pairs of a text's first row and each of its rows."""
    first: dict[str, str] = {}
    return [(first.setdefault(_document(row.id), row.id), row.id) for row in rows]


def _near_duplicates(rows: list[Sample]) -> list[tuple[str, str]]:
    """Pairs of rows with half or more of their three-word sequences in common."""
    sequences = [_sequences(row.text) for row in rows]
    places: dict[str, list[int]] = defaultdict(list)
    for index, own in enumerate(sequences):
        for sequence in own:
            places[sequence].append(index)
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for indices in places.values():
        if 1 < len(indices) <= COMMON:
            for pair in combinations(indices, 2):
                shared[pair] += 1
    return [
        (rows[one].id, rows[other].id)
        for (one, other), both in sorted(shared.items())
        if both >= SIMILAR * (len(sequences[one]) + len(sequences[other]) - both)
    ]


def _sequences(text: str) -> set[str]:
    """Sequences of three words in lower case; a shorter text is one sequence."""
    words = _WORD.findall(text.lower())
    return {" ".join(words[at : at + 3]) for at in range(max(1, len(words) - 2))}
