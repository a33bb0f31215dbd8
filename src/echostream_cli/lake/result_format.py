"""An answer of Athena as text: a table for people, CSV for programs, and what it took."""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence

from echostream.adapters.athena import QueryResult

WIDEST = 60
"""Characters of a cell that a table shows."""
NULL = "(null)"
_NUMBER = re.compile(r"(tinyint|smallint|integer|bigint|real|float|double|decimal)\b")
_QUOTED = re.compile(r'[",\r\n]')

Row = Sequence[str | None]


def is_number(type_name: str) -> bool:
    """Whether Athena's type of this name is a number."""
    return _NUMBER.match(type_name) is not None


def as_table(answer: QueryResult) -> str:
    """Aligned columns, numbers to the right. Says at the end where cells were cut."""
    names = [_shown(column.name) for column in answer.columns]
    lines = [[_shown(cell) for cell in row] for row in answer.rows]
    widths = [max(map(width, cells)) for cells in zip(names, *lines, strict=True)]
    right = [is_number(column.type) for column in answer.columns]
    rule = ["-" * wide for wide in widths]
    text = [_line(cells, widths, right) for cells in (names, rule, *lines)]
    cut = sum(_is_cut(cell) for row in answer.rows for cell in row)
    if cut:
        text += ["", f"{cut:,} cells cut at {WIDEST} characters; FORMAT=csv has them whole"]
    return "\n".join(text) + "\n"


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = []
    for cell, wide, is_right in zip(cells, widths, right, strict=True):
        space = " " * (wide - width(cell))
        padded.append(space + cell if is_right else cell + space)
    return "  ".join(padded).rstrip()


def _shown(cell: str | None) -> str:
    """A cell on one line, without anything that a terminal would obey."""
    if cell is None:
        return NULL
    kept = cell[: WIDEST - 1] + "…" if _is_cut(cell) else cell
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in kept)


def _is_cut(cell: str | None) -> bool:
    return cell is not None and len(cell) > WIDEST


def width(text: str) -> int:
    """How many places of a terminal a text takes."""
    return sum(_places(character) for character in text)


def _places(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def as_json_lines(answer: QueryResult) -> Iterator[str]:
    """The rows as JSON Lines: one object a row, values as Athena's text, null as null."""
    names = [column.name for column in answer.columns]
    for row in answer.rows:
        yield json.dumps(dict(zip(names, row, strict=True))) + "\n"


def as_csv(answer: QueryResult) -> Iterator[str]:
    """Lines of RFC 4180, the names first. Null is nothing, an empty text is `""`."""
    yield _record([column.name for column in answer.columns])
    for row in answer.rows:
        yield _record(row)


def _record(cells: Row) -> str:
    return ",".join(map(_field, cells)) + "\r\n"


def _field(cell: str | None) -> str:
    if cell is None:
        return ""
    if cell and not _QUOTED.search(cell):
        return cell
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'


def took(answer: QueryResult) -> str:
    """Rows, seconds, bytes and dollars, in one line."""
    number = len(answer.rows)
    rows = f"the first {number:,} rows" if answer.is_cut else f"{number:,} rows"
    if number == 1 and not answer.is_cut:
        rows = "1 row"
    return f"{rows}, {answer.seconds:.2f} s, {size(answer.bytes_scanned)} scanned, {cost(answer)}"


def size(number: int) -> str:
    """Bytes as a person reads them; powers of 1000, as Athena bills them."""
    value, units = float(number), ["bytes", "kB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{number} bytes" if number < 1000 else f"{value:.1f} {units[0]}"


def cost(answer: QueryResult) -> str:
    """What the query costs on AWS."""
    return f"${answer.dollars:.5f} on AWS"
