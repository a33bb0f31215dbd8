"""The names of a table's columns, from its first rows: for CSV files and for workbooks."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from echostream_import.reading.cells import is_data, is_empty, is_known_name

MAX_HEADER_ROWS = 3
MAX_PREAMBLE = 20
LONG_TEXT = 100
"""Characters. A first cell that is longer, and no question, is a text and no name."""
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
_QUALTRICS = '{"ImportId":'
_ZONE = re.compile(r'{"ImportId":.*"timeZone": ?"([\w/+-]+)"')


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a table by position.

    `rows` is how many rows the names take, `preamble` how many stand before them. `unnamed` are the
    columns without a name: their empty values are left out of rows. `optional` are the positions
    that some of the first rows leave empty.
    """

    names: tuple[str, ...]
    rows: int
    preamble: int = 0
    unnamed: frozenset[str] = frozenset()
    optional: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()
    columns: tuple[str, ...] = field(default=())

    def values(self, cells: Sequence[Any]) -> dict[str, Any]:
        """A row's values by column; cells beyond the names are `column N`."""
        values = dict(zip(self.names, cells, strict=False))
        for name in self.unnamed:
            if name in values and is_empty(values[name]):
                del values[name]
        for place in range(len(self.names), len(cells)):
            if not is_empty(cells[place]):
                values[f"column {place + 1}"] = cells[place]
        return values

    def problem(self, cells: Sequence[Any]) -> str:
        """Why a row does not fit the columns; "" if it does.

        A row may end early where at least two fields are there, and either they are most of the
        columns or all that is missing is empty in other rows, too: some programs do not write
        empty fields at a row's end. A lone field is the rest of a broken row.
        """
        have, width = len(cells), len(self.names)
        if have > width:
            beyond = [cell for cell in cells[width:] if not is_empty(cell)]
            return f"{have} fields, but the header names {width}" if beyond else ""
        missing = range(have, width)
        if have > 1 and (2 * have > width or self.optional.issuperset(missing)):
            return ""
        fields = "field" if have == 1 else "fields"
        return f"{have} {fields}, but the header names {width}" if missing else ""


def make_header(rows: Sequence[Sequence[Any]], is_headerless: bool | None = None) -> Header:
    """The header of a table whose first rows are given; none of them is wholly empty."""
    preamble = 0 if is_headerless else _preamble(rows)
    rows = rows[preamble:]
    if is_headerless is None:
        is_headerless = not _import_ids(rows) and looks_headerless(rows)
    if is_headerless:
        width = Counter(len(row) for row in rows).most_common(1)[0][0]
        note = "no header: columns by position; HEADER=yes takes the first row as names"
        return _header([""] * width, rows, 0, [note], is_named=False)
    count, note = _header_rows(rows)
    names = _joined(rows[:count]) if count > 1 else [_clean(cell) for cell in rows[0]]
    notes = [note] if note else []
    if preamble:
        notes.append(f"{preamble} row(s) before the names of the columns are left out")
    body = rows[count:]
    if body and all(len(row) == len(names) + 1 and not is_empty(row[-1]) for row in body):
        names = ["", *names]
        notes.append("rows have one field more than the header: the first is column 1")
    header = _header(names, body, count, notes)
    return Header(
        header.names, count, preamble, header.unnamed, header.optional, header.notes, header.columns
    )


def _header(
    names: Sequence[str],
    body: Sequence[Sequence[Any]],
    count: int,
    notes: Iterable[str],
    is_named: bool = True,
) -> Header:
    unique = _unique(names)
    without = {unique[place] for place, name in enumerate(names) if not name and is_named}
    filled = {place for row in body for place, cell in enumerate(row) if not is_empty(cell)}
    optional = {
        place
        for place in range(len(names))
        for row in body
        if place >= len(row) or is_empty(row[place])
    }
    columns = (name for place, name in enumerate(unique) if name not in without or place in filled)
    return Header(
        tuple(unique), count, 0, frozenset(without), frozenset(optional), tuple(notes),
        tuple(columns),
    )  # fmt: skip


def looks_headerless(rows: Sequence[Sequence[Any]]) -> bool:
    """Whether the first row has values and no names.

    Its numbers, dates and addresses tell, where those below them are such, too; so do a long text
    that is no question, and a word that stands again below it.
    """
    first, body = rows[0], rows[1:]
    if any(is_known_name(cell) for cell in first) or list(first) in [list(row) for row in body]:
        return False
    typed = [_share(body, place, is_data) for place in range(len(first))]
    values = sum(is_data(cell) and typed[place] >= 0.5 for place, cell in enumerate(first))
    names = sum(
        not is_data(cell) and not is_empty(cell) and bool(body) and typed[place] >= 0.8
        for place, cell in enumerate(first)
    )
    if values or names:
        return values > names
    return any(
        _is_long_text(cell) or _is_repeated(cell, [row[place] for row in body if place < len(row)])
        for place, cell in enumerate(first)
    )


def _share(body: Sequence[Sequence[Any]], place: int, test: Any) -> float:
    """The share of a column's values that pass; 1 if there are none."""
    cells = [row[place] for row in body if place < len(row) and not is_empty(row[place])]
    return sum(map(test, cells)) / len(cells) if cells else float(not body)


def _is_long_text(cell: Any) -> bool:
    """A long text or a sentence that is no question."""
    if not isinstance(cell, str) or "?" in cell:
        return False
    is_sentence = cell.rstrip().endswith((".", "!")) and len(cell.split()) > 2
    return is_sentence or len(cell) > LONG_TEXT


def _is_repeated(cell: Any, below: Sequence[Any]) -> bool:
    return not is_empty(cell) and len(below) > 1 and below.count(cell) * 5 >= len(below)


def _preamble(rows: Sequence[Sequence[Any]]) -> int:
    """How many rows, of a title or pairs such as `From:,2026-10-01`, stand before the names."""
    filled = [sum(not is_empty(cell) for cell in row) for row in rows]
    usual = Counter(filled).most_common(1)[0][0] if len(filled) > 2 else 0
    if usual < 3:
        return 0
    if filled[0] == 1:
        return next(place for place, count in enumerate(filled) if count > 1)
    begin = next(place for place, row in enumerate(rows) if len(row) > 2)
    is_pairs = len(rows[0]) == 2 and 1 < begin < MAX_PREAMBLE and not any(map(is_data, rows[begin]))
    return begin if is_pairs and len(rows[begin]) == max(map(len, rows)) else 0


def _header_rows(rows: Sequence[Sequence[Any]]) -> tuple[int, str]:
    """How many rows name the columns: one, or more as Qualtrics and SurveyMonkey write them."""
    if place := _import_ids(rows):
        return place + 1, f"the first {place + 1} rows name the columns, as Qualtrics does"
    if len(rows) > 1 and _is_second_header(rows[0], rows[1]):
        return 2, "the first two rows name the columns"
    return 1, ""


def _import_ids(rows: Sequence[Sequence[Any]]) -> int:
    """The place of the row in which Qualtrics names its columns as JSON; 0 if there is none."""
    for place, row in enumerate(rows[:MAX_HEADER_ROWS]):
        if place and any(isinstance(cell, str) and cell.startswith(_QUALTRICS) for cell in row):
            return place
    return 0


def _is_second_header(first: Sequence[Any], second: Sequence[Any]) -> bool:
    """The second row fills in what the first leaves empty, has no data, and leaves most empty."""
    pairs = [(is_empty(a), is_empty(b)) for a, b in zip(first, second, strict=False)]
    fills = any(no_name and not empty for no_name, empty in pairs)
    left = [empty for no_name, empty in pairs if not no_name]
    leaves_most = sum(left) * 2 >= len(left)
    return fills and leaves_most and pairs[0][1] and not any(map(is_data, second))


def _joined(rows: Sequence[Sequence[Any]]) -> list[str]:
    """Names over several rows: a question goes on over the empty names to its right."""
    names = []
    question = ""
    upper = list(rows[0]) + [""] * (max(map(len, rows)) - len(rows[0]))
    for place, cell in enumerate(upper):
        question = _clean(cell) or question
        parts = [question] if _clean(cell) or _below(rows, place) else []
        parts += [below for below in _below(rows, place) if _key(below) != _key(question)]
        names.append(" - ".join(parts) + _zone(rows, place))
    return names


def _below(rows: Sequence[Sequence[Any]], place: int) -> list[str]:
    cells = [_clean(row[place]) for row in rows[1:] if place < len(row)]
    return [cell for cell in cells if cell and not cell.startswith(_QUALTRICS)]


def _zone(rows: Sequence[Sequence[Any]], place: int) -> str:
    """The zone of a column's times in brackets, where Qualtrics names it; else empty."""
    cells = [row[place] for row in rows[1:] if place < len(row)]
    found = next(filter(None, (_ZONE.match(str(cell)) for cell in cells)), None)
    return f" ({found[1]})" if found else ""


def _key(name: str) -> str:
    return re.sub(r"\W", "", name).casefold()


def _clean(cell: Any) -> str:
    """A name without invisible characters; white space of any kind is one space."""
    if isinstance(cell, date | time):
        cell = cell.isoformat()
    return " ".join(_INVISIBLE.sub("", "" if cell is None else str(cell)).split())


def _unique(names: Sequence[str]) -> list[str]:
    """Names in which none stands twice: the second `x` is `x (2)`, the third `x (3)`."""
    unique: dict[str, None] = {}
    for place, name in enumerate(names, start=1):
        wanted = name or f"column {place}"
        candidate, number = wanted, 1
        while candidate in unique:
            number += 1
            candidate = f"{wanted} ({number})"
        unique[candidate] = None
    return list(unique)
