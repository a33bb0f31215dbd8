"""The first rows of a file, and what their columns have."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from echostream_import.documents.dates import spelling
from echostream_import.documents.own_files import Shape
from echostream_import.documents.values import bare, is_nested, text_of, value_at
from echostream_import.rows import Row, RowFile

MAX_ROWS = 5_000
MAX_CHARACTERS = 20_000_000
_DEEPEST, _MOST_NAMES = 5, 2_000


@dataclass
class Profile:
    """The values of a column in a sample, without empty ones."""

    values: list[Any]
    rows: int

    @cached_property
    def texts(self) -> list[str]:
        return [text for value in self.values if (text := text_of(value))]

    @property
    def fill(self) -> float:
        """The share of rows with a value."""
        return len(self.values) / self.rows if self.rows else 0

    @property
    def mean_length(self) -> float:
        return sum(map(len, self.texts)) / len(self.texts) if self.texts else 0

    @cached_property
    def distinct(self) -> int:
        return len(set(self.texts))

    @cached_property
    def dates(self) -> float:
        """The share of values that can be read as dates."""
        found = sum(spelling(one) is not None and not _is_long(one) for one in self.values)
        return found / len(self.values) if self.values else 0

    @cached_property
    def has_words(self) -> bool:
        """Whether most values are texts of people: letters, no number, date or address."""
        texts = [text for text in self.texts if any(map(str.isalpha, text))]
        words = [one for one in texts if not one.startswith(("http://", "https://", "www.", "{"))]
        return bool(words) and len(words) >= len(self.texts) / 2 and self.dates < 0.5

    @cached_property
    def spaces(self) -> float:
        """The mean number of spaces in a value."""
        return sum(text.count(" ") for text in self.texts) / len(self.texts) if self.texts else 0


class Sample:
    """The first readable rows of a file, and the names of their columns, nested ones by path.

    `lines` are those in the file that had the rows, if this one has rows that were rejected.
    """

    def __init__(self, file: RowFile, shape: Shape) -> None:
        self.read = 0
        self.lines: list[int] = []
        self._shape = shape
        self.rows = list(self._first(file.rows()))
        self.top = list(dict.fromkeys([*shape.columns, *self._keys()]))
        self.names = list(dict.fromkeys([*self.top, *self._nested()]))
        self._profiles: dict[str, Profile] = {}

    def _first(self, rows: Iterator[Row]) -> Iterator[Row]:
        size = 0
        for row in islice(rows, MAX_ROWS):
            self.read += 1
            size += sum(len(value) for value in row.values.values() if isinstance(value, str))
            if not row.problem:
                self.lines.extend(self._shape.lines_of(row))
                yield self._shape.original(row)
            if size > MAX_CHARACTERS:
                return

    def _keys(self) -> Iterator[str]:
        return (name for row in self.rows for name in row.values)

    def _nested(self) -> Iterator[str]:
        names: dict[str, None] = {}
        for row in self.rows[:1000]:
            for name, value in row.values.items():
                if is_nested(value):
                    names.update(dict.fromkeys(_paths(name, value, 1)))
            if len(names) > _MOST_NAMES:
                break
        yield from islice(names, _MOST_NAMES)

    def profile(self, name: str) -> Profile:
        """What a column has."""
        if name not in self._profiles:
            cells = (value_at(row.values, name) for row in self.rows)
            values = [value for value in cells if not _is_empty(value)]
            self._profiles[name] = Profile(values, len(self.rows))
        return self._profiles[name]


def _is_long(value: Any) -> bool:
    """Whether a number rather is an id, such as one of Twitter, than nanoseconds since 1970."""
    text = text_of(value)
    return len(text) > 16 and text.isdecimal()


def _is_empty(value: Any) -> bool:
    return not text_of(value) and not (is_nested(bare(value)) and value)


def _paths(name: str, value: Any, depth: int) -> Iterator[str]:
    if depth >= _DEEPEST:
        return
    is_list = isinstance(value, list | tuple)
    inner = {"0": value[0]} if is_list and value else value if isinstance(value, Mapping) else {}
    for key, one in inner.items():
        path = f"{name}.{key}"
        if not is_list:
            yield path
        if is_nested(one):
            yield from _paths(path, one, depth + 1)
