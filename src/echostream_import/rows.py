"""Rows of a user's files, and the port of what reads them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class FileError(Exception):
    """A file or an option that cannot be used. The message names the option and the fix."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file, as read.

    `part` is the name of the file that has it, without folders. `line` is the line on which the row
    begins, from 1; for workbooks and Parquet it is the number of the row. `values` are by column,
    as text, or as parsed from JSON or typed cells (numbers, `datetime`, None). `problem` is the
    reason why the row cannot be read; `values` then have what could be read.
    """

    part: str
    line: int
    values: Mapping[str, Any]
    problem: str = ""


class RowFile(Protocol):
    """A file, folder, archive or stream of rows that can be read more than once."""

    @property
    def name(self) -> str:
        """The name without folders and endings, such as `reviews` for `x/reviews.csv.gz`."""

    @property
    def notes(self) -> Sequence[str]:
        """How the file is read and why, a sentence each: format, encoding, delimiter, header."""

    @property
    def size(self) -> int:
        """The bytes of the file or files on disk."""

    @property
    def position(self) -> int:
        """The bytes, of `size`, that the iterator begun last has read: for progress."""

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns; for JSON those of the first rows, in order of appearance."""

    def rows(self) -> Iterator[Row]:
        """All rows in order, in bounded memory. Raises `FileError` if the file cannot be read on.

        A row that cannot be read has a `problem` and costs no other row.
        """
