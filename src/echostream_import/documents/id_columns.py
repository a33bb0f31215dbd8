"""Finds the column of the id, and columns that only number the rows."""

import re
from collections.abc import Iterable
from itertools import pairwise

from echostream_import.documents.column_names import key, matches
from echostream_import.documents.sample import Sample

_NUMBERING = {
    *(
        "",
        "#",
        "unnamed0",
        "index",
        "idx",
        "no",
        "nr",
        "num",
        "number",
        "row",
        "rowid",
        "rownumber",
    ),
    *("rownum", "sno", "srno", "column1", "id"),
}
_MANGLED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)


def find_id(sample: Sample, names: Iterable[str], notes: list[str]) -> str | None:
    """The column of the id. Adds to `notes` why a column with such a name is none."""
    for name in matches("id", names):
        profile = sample.profile(name)
        problem = _problem(sample, name) if profile.texts else ""
        if problem:
            notes.append(f"{name!r} is not taken as id: {problem}.")
        elif profile.texts or not sample.rows:
            return name
    return None


def _problem(sample: Sample, name: str) -> str:
    texts = sample.profile(name).texts
    if is_row_number(sample, name):
        return "it only numbers the rows"
    if len(texts) > 2 and sample.profile(name).distinct <= len(texts) / 2:
        return "most of its values repeat"
    if sum(_MANGLED.fullmatch(text) is not None for text in texts) > len(texts) / 2:
        return "a spreadsheet has rounded its numbers"
    return ""


def row_numbers(sample: Sample) -> frozenset[str]:
    """The columns that number the rows."""
    candidates = [name for name in sample.top if key(name) in _NUMBERING]
    candidates += matches("id", sample.top)
    return frozenset(name for name in candidates if is_row_number(sample, name))


def is_row_number(sample: Sample, name: str) -> bool:
    """Whether a column counts the rows from 0 or 1; rows that could not be read may be missing."""
    texts = sample.profile(name).texts
    if not texts or not all(text.isascii() and text.isdecimal() for text in texts):
        return False
    if max(map(len, texts)) > 10 or len(texts) < len(sample.rows):
        return False
    numbers = [int(text) for text in texts]
    if sample.lines:  # of the file that had the rejected rows
        return all(number <= line for number, line in zip(numbers, sample.lines, strict=True))
    unread = sample.read - len(sample.rows)
    is_rising = all(one < two for one, two in pairwise(numbers))
    return numbers[0] <= 1 + unread and is_rising and numbers[-1] <= len(numbers) + unread
