"""Finds the column of the text, by its name or by what it has."""

from collections.abc import Iterable

from echostream_import.documents.column_names import is_personal, matches, rank
from echostream_import.documents.sample import Sample
from echostream_import.documents.values import value_at
from echostream_import.rows import FileError

_OTHER_FIELDS = (
    "title", "created_at", "id", "author", "url", "language", "channel", "source", "rating",
)  # fmt: skip
_CLEARLY = 3
"""A column is clearly the text if it is this many times as long as the next."""


def find_text(sample: Sample) -> str:
    """The column of the text. Raises `FileError` that names the option TEXT and the columns."""
    name = _find_text(sample)
    if (parent := _list_of_many(sample, name)) is not None:
        raise FileError(
            f"TEXT: rows have lists of texts in {parent!r}, and only the first of each can be read;"
            f" make a row of each text, or set TEXT={name!r}"
        )
    return name


def _list_of_many(sample: Sample, name: str) -> str | None:
    """The list inside rows that has the text, if it has several objects; else None."""
    parent, is_inside, _ = name.partition(".0.")
    if not is_inside or name in sample.top:
        return None
    lists = (value_at(row.values, parent) for row in sample.rows)
    return parent if any(isinstance(one, list) and len(one) > 1 for one in lists) else None


def _find_text(sample: Sample) -> str:
    named = matches("text", sample.names)
    with_words = [name for name in named if sample.profile(name).has_words]
    if with_words or (named and not sample.rows):
        return _best_filled(sample, with_words or named)
    free = _longest_first(sample, free_texts(sample))
    if len(free) == 1 or (free and _length(sample, free[0]) >= _CLEARLY * _length(sample, free[1])):
        return free[0]
    if free:
        raise FileError(_ambiguous(free))
    if named:
        return named[0]
    raise FileError(
        "TEXT: no column has a name such as text, review or comment; set TEXT= to one of:"
        f" {listed(sample.names)}"
    )


def _best_filled(sample: Sample, names: list[str]) -> str:
    """The first name whose column is not much emptier than the others."""
    most = max(sample.profile(name).fill for name in names)
    return next(name for name in names if sample.profile(name).fill >= most * 0.3)


def free_texts(sample: Sample) -> list[str]:
    """Columns of texts that people wrote freely, without those that other fields have."""
    names = [
        name
        for name in sample.names
        if sample.profile(name).has_words and not is_personal(name) and not is_other_field(name)
    ]
    free = [name for name in names if is_free(sample, name)]
    top = [name for name in free if name in sample.top]
    return top or free or [name for name in names if not _is_code(sample, name)]


def _is_code(sample: Sample, name: str) -> bool:
    """Whether a column beside objects, or all its values, are one word, such as a kind of row."""
    profile = sample.profile(name)
    has_objects = len(sample.names) > len(sample.top)
    return not profile.spaces and (has_objects or (profile.distinct == 1 and profile.rows > 2))


def is_other_field(name: str) -> bool:
    """Whether a name is one of another field than the text."""
    return any(rank(field, name) for field in _OTHER_FIELDS)


def is_free(sample: Sample, name: str) -> bool:
    """Whether a column has sentences, or answers to a question."""
    profile = sample.profile(name)
    return profile.has_words and ("?" in name or profile.spaces >= 2 or profile.mean_length >= 30)


def _longest_first(sample: Sample, names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: -_length(sample, name))


def _length(sample: Sample, name: str) -> float:
    profile = sample.profile(name)
    return profile.mean_length * profile.fill


def _ambiguous(names: list[str]) -> str:
    return (
        f"TEXT: several columns have texts, and no name says which is meant: {listed(names)}."
        f" TEXT={names[0]!r} takes one; TEXT={'+'.join(names[:2])!r} joins two of them."
    )


def listed(names: Iterable[str]) -> str:
    """Names for a message, at most 30."""
    names = list(names)
    more = f" and {len(names) - 30} more" if len(names) > 30 else ""
    return (", ".join(map(repr, names[:30])) or "none") + more
