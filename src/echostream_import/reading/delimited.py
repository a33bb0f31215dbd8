"""CSV and its relatives: text whose lines have fields between delimiters."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import dropwhile

from echostream_import.reading import dialects, encoding
from echostream_import.reading.dialects import NO_DELIMITER, Dialect
from echostream_import.reading.encoding import Encoding
from echostream_import.reading.header import make_header
from echostream_import.reading.parts import Part
from echostream_import.reading.records import Record, records
from echostream_import.rows import FileError, Row

SAMPLE = 1 << 16
"""Characters that the dialect is decided from."""
HEADER_SAMPLE = 200
"""Rows that the header is decided from."""
HEADER_CHARACTERS = 1 << 22
_SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


class DelimitedRows:
    """The rows of a CSV file.

    Raises `FileError` if it has none.
    """

    def __init__(self, part: Part, text: Encoding, is_headerless: bool | None) -> None:
        self._part, self._encoding = part, text
        self._dialect, self._width, self._skip = self._detected()
        first = self._first_records()
        if not first:
            raise FileError(f"{part.place}: no rows; the first line must name the columns")
        self._header = make_header([record.cells for record in first], is_headerless)
        self._width = len(self._header.names)
        taken = self._header.preamble + self._header.rows
        self._names = list(first[self._header.preamble].cells) if self._header.rows else []
        self._header_line = first[taken - 1].line if taken else 0
        if taken >= len(first):
            raise FileError(f"{part.place}: names of columns and no rows")

    @property
    def columns(self) -> Sequence[str]:
        """The columns that have a name or, in the first rows, values."""
        return self._header.columns

    @property
    def notes(self) -> Sequence[str]:
        """The dialect, the encoding, and what the header has of its own."""
        kind = "CSV" if self._dialect.delimiter != "\t" else "tab-separated text"
        notes = [f"{kind}, {self._dialect.note}, {self._encoding.note}", *self._header.notes]
        if self._dialect.delimiter == NO_DELIMITER and self._header.rows:
            notes.append("the first line names the column; HEADER=no reads it as a row")
        return notes

    def rows(self) -> Iterator[Row]:
        """All rows; one that repeats the header is left out, as in files that were joined."""
        header, part, names, width = self._header, self._part.name, self._names, self._width
        is_plain = not header.unnamed
        with self._lines() as lines:
            found = records(lines, self._dialect, width, self._skip + 1)
            for record in dropwhile(lambda record: record.line <= self._header_line, found):
                cells = record.cells
                if len(cells) == width and is_plain and not record.problem:
                    if cells != names:
                        values = dict(zip(header.names, cells, strict=True))
                        yield Row(part, record.line, values)
                else:
                    problem = record.problem or header.problem(cells)
                    if cells != names:
                        yield Row(part, record.line, header.values(cells), problem)

    @contextmanager
    def _lines(self) -> Iterator[Iterator[str]]:
        with self._part.open() as stream, encoding.open_text(stream, self._encoding) as text:
            lines = encoding.lines(text, self._encoding)
            for _ in range(self._skip):
                next(lines, None)
            yield lines

    def _detected(self) -> tuple[Dialect, int, int]:
        """The dialect, the usual number of fields, and how many lines stand before the rows."""
        sample = self._sample()
        first = sample[: sample.find(self._encoding.newline or "\r") + 1] or sample
        separator = _SEPARATOR.fullmatch(first)
        skip = 1 if separator else 0
        sample = sample[len(first) * skip :]
        dialect = dialects.detect(sample, separator[1] if separator else "")
        return dialect, dialects.width_of(dialects.counts(sample, dialect)), skip

    def _sample(self) -> str:
        """The first whole lines."""
        with self._part.open() as stream, encoding.open_text(stream, self._encoding) as text:
            head = text.read(SAMPLE)
            is_whole = len(head) < SAMPLE
        cut = len(head) if is_whole else head.rfind(self._encoding.newline or "\r") + 1
        lines = io.StringIO(head[:cut] or head, newline=self._encoding.newline)
        return "".join(encoding.lines(lines, self._encoding))

    def _first_records(self) -> list[Record]:
        first, characters = [], 0
        with self._lines() as lines:
            for record in records(lines, self._dialect, self._width, self._skip + 1):
                first.append(record)
                characters += sum(map(len, record.cells))
                if len(first) == HEADER_SAMPLE or characters > HEADER_CHARACTERS:
                    break
        good = [record for record in first if not record.problem]
        return good or first
