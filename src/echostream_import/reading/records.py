"""The records of CSV lines, where a stray quote costs its own record and no other."""

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from echostream_import.reading.dialects import MAX_CHARACTERS, Dialect

MAX_MENDED_LINES = 50
TOO_LONG = f"a field of more than {MAX_CHARACTERS:,} characters, or a quote that is not closed"
STRAY_QUOTE = "a quote that is not closed, or not doubled inside quotes"


class Record(NamedTuple):
    """The fields of a record that begins on `line`, from 1."""

    line: int
    cells: Sequence[str]
    problem: str = ""


class _Feed:
    """Lines for csv's reader, which remembers those of the record being read."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._returned: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        returned, lines, remember = self._returned, self._lines, self.taken.append
        while True:
            if returned:
                line = returned.popleft()
            else:
                try:
                    line = next(lines)
                except StopIteration:
                    return
            remember(line)
            yield line

    def take(self) -> str | None:
        """The next line; None at the end."""
        line = self._returned.popleft() if self._returned else next(self._lines, None)
        if line is not None:
            self.taken.append(line)
        return line

    def give_back(self, used: int) -> None:
        """Keep the first `used` lines of the record; the others are read again."""
        self._returned.extendleft(reversed(self.taken[used:]))
        del self.taken[used:]


def records(lines: Iterator[str], dialect: Dialect, width: int, line: int = 1) -> Iterator[Record]:
    """All records, `width` fields each as a rule; `line` is the number of the first line."""
    feed = _Feed(lines)
    mender = _Mender(feed, dialect, width)
    reader = dialect.reader(iter(feed))
    while True:
        problem = ""
        try:
            cells = next(reader)
        except StopIteration:
            if not feed.take():  # a reader that has ended does not see lines that are given back
                return
            feed.give_back(0)
            reader = dialect.reader(iter(feed))
            continue
        except csv.Error:
            cells, problem = mender.mend(None)
        else:
            if mender.is_doubtful(cells):
                cells, problem = mender.mend(cells)
        if problem or any(cells):
            yield Record(line, cells, problem)
        line += len(feed.taken)
        feed.taken.clear()


class _Mender:
    """Reads a record again that breaks the rules of its dialect."""

    def __init__(self, feed: _Feed, dialect: Dialect, width: int) -> None:
        self._feed, self._dialect, self._width = feed, dialect, width
        self._escaped = None if dialect.is_escaped else replace(dialect, is_escaped=True)
        ends = rf"(?={re.escape(dialect.delimiter)}|\r?\n?\Z)"
        quote = re.escape(dialect.quote or '"')
        self._quoted = re.compile(
            rf"{quote}((?:{quote}{quote}|[^{quote}]|{quote}(?!{ends}))*+){quote}{ends}"
        )

    def is_doubtful(self, cells: Sequence[str]) -> bool:
        """Whether a record is likely more than one, or has a quote that changed its fields."""
        lines = self._feed.taken
        if len(lines) == 1:
            return len(cells) != self._width and len(cells) > 1 and '\\"' in lines[0]
        if len(cells) == self._width:
            return self._is_swallowed(lines)
        return len(lines) > 1

    def _is_swallowed(self, lines: Sequence[str]) -> bool:
        """Whether each line of a record is a whole record if quotes mean nothing."""
        if self._width < 2 or self._width + len(lines) < 5:
            return False
        return all(line.count(self._dialect.delimiter) == self._width - 1 for line in lines)

    def mend(self, cells: Sequence[str] | None) -> tuple[Sequence[str], str]:
        """The fields of the record that begins the lines taken, and a problem or "".

        `cells` is what the dialect reads. The lines after the record are given back. Lines join
        the record until one is whole by itself.
        """
        if cells is None:
            self._split_at_returns()
        text, used, read = "", 0, len(self._feed.taken)
        limit = 1 if cells is not None and read == 1 else MAX_MENDED_LINES
        while used < limit and (line := self._line(used)) is not None:
            if used and self._is_whole(line):
                break
            text += line
            used += 1
            if len(text) > MAX_CHARACTERS:
                self._feed.give_back(used)
                return [], TOO_LONG
            mended = self._read_otherwise(text)
            if mended:
                self._feed.give_back(used)
                return mended, ""
        if cells is not None and used >= min(read, limit):
            self._feed.give_back(read)
            return cells, ""
        first = self._feed.taken[0].rstrip("\r\n")
        self._feed.give_back(used)
        return first.split(self._dialect.delimiter), STRAY_QUOTE

    def _split_at_returns(self) -> None:
        """A line of several whole records, whose ends are CR among other lines' LF, is several."""
        taken = self._feed.taken
        lines = list(io.StringIO(taken[0], newline=""))
        if len(lines) > 1 and all(map(self._is_whole, lines)):
            taken[:1] = lines

    def _line(self, place: int) -> str | None:
        taken = self._feed.taken
        return taken[place] if place < len(taken) else self._feed.take()

    def _is_whole(self, line: str) -> bool:
        return len(self._strictly(line, self._dialect) or ()) == self._width

    def _read_otherwise(self, text: str) -> Sequence[str] | None:
        """The text as one record of the right width: quotes escaped, or not doubled."""
        cells = self._strictly(text, self._dialect)
        if cells and len(cells) == self._width:
            return cells
        if self._escaped and '\\"' in text:
            cells = self._strictly(text, self._escaped)
            if cells and len(cells) == self._width:
                return cells
        cells = self._tolerantly(text) if self._dialect.quote else None
        return cells if cells and len(cells) == self._width else None

    def _strictly(self, text: str, dialect: Dialect) -> Sequence[str] | None:
        found = list(_read_all(text, dialect))
        return found[0] if len(found) == 1 else None

    def _tolerantly(self, text: str) -> list[str] | None:
        """Fields, where a quote ends one only before a delimiter or the record's end."""
        cells, place = [], 0
        quote, delimiter = self._dialect.quote, self._dialect.delimiter
        end = len(text.rstrip("\r\n"))
        while True:
            if text.startswith(quote, place):
                found = self._quoted.match(text, place)
                if not found:
                    return None
                cells.append(found[1].replace(quote * 2, quote))
                place = found.end()
            else:
                stop = text.find(delimiter, place, end)
                stop = end if stop < 0 else stop
                if text.find("\n", place, stop) >= 0:
                    return None
                cells.append(text[place:stop])
                place = stop
            if place >= end:
                return cells
            place += len(delimiter)


def _read_all(text: str, dialect: Dialect) -> Iterator[list[str]]:
    """The records of a text; none if it is not in the dialect."""
    try:
        yield from list(dialect.reader(iter(io.StringIO(text, newline=""))))
    except csv.Error:
        return
