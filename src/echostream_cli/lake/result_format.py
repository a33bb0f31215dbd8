"""A query result as text: a table for a terminal, CSV or JSON Lines for programs, statistics."""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence

from echostream.adapters.athena import QueryResult

MAX_CELL = 60
"""The number of characters of a cell in a table."""
NULL = "(null)"
_NUMBER = re.compile(r"(tinyint|smallint|integer|bigint|real|float|double|decimal)\b")
_QUOTED = re.compile(r'[",\r\n]')

Row = Sequence[str | None]


def is_number(type_name: str) -> bool:
    """Whether Athena's type of this name is a number."""
    return _NUMBER.match(type_name) is not None


def format_table(result: QueryResult) -> str:
    """Aligned columns, numbers on the right; the last line counts truncated cells."""
    names = [_format_cell(column.name) for column in result.columns]
    rows = [[_format_cell(cell) for cell in row] for row in result.rows]
    widths = [max(map(display_width, cells)) for cells in zip(names, *rows, strict=True)]
    is_right = [is_number(column.type) for column in result.columns]
    rule = ["-" * width for width in widths]
    lines = [_format_line(cells, widths, is_right) for cells in (names, rule, *rows)]
    truncated = sum(_is_truncated(cell) for row in result.rows for cell in row)
    if truncated:
        count = "1 cell" if truncated == 1 else f"{truncated:,} cells"
        lines += ["", f"{count} truncated to {MAX_CELL} characters; FORMAT=csv prints all of them"]
    return "\n".join(lines) + "\n"


def _format_line(cells: Sequence[str], widths: Sequence[int], is_right: Sequence[bool]) -> str:
    padded = []
    for cell, width, is_cell_right in zip(cells, widths, is_right, strict=True):
        space = " " * (width - display_width(cell))
        padded.append(space + cell if is_cell_right else cell + space)
    return "  ".join(padded).rstrip()


def _format_cell(cell: str | None) -> str:
    """A cell on one line; control characters are escaped, because a terminal would obey them."""
    if cell is None:
        return NULL
    text = cell[: MAX_CELL - 1] + "…" if _is_truncated(cell) else cell
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _is_truncated(cell: str | None) -> bool:
    return cell is not None and len(cell) > MAX_CELL


def display_width(text: str) -> int:
    """The number of terminal columns of a text."""
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def format_json_lines(result: QueryResult) -> Iterator[str]:
    """The rows as JSON Lines: one object a row, values as Athena's text, null as null."""
    names = [column.name for column in result.columns]
    for row in result.rows:
        yield json.dumps(dict(zip(names, row, strict=True))) + "\n"


def format_csv(result: QueryResult) -> Iterator[str]:
    """Lines of RFC 4180, the names first. Null is an empty field, an empty text is `""`."""
    yield _format_record([column.name for column in result.columns])
    for row in result.rows:
        yield _format_record(row)


def _format_record(cells: Row) -> str:
    return ",".join(map(_format_field, cells)) + "\r\n"


def _format_field(cell: str | None) -> str:
    if cell is None:
        return ""
    if cell and not _QUOTED.search(cell):
        return cell
    escaped = cell.replace('"', '""')
    return f'"{escaped}"'


def format_statistics(result: QueryResult) -> str:
    """Rows, seconds, bytes scanned and the price, in one line."""
    number = len(result.rows)
    rows = f"the first {number:,} rows" if result.is_cut else f"{number:,} rows"
    if number == 1 and not result.is_cut:
        rows = "1 row"
    scanned = format_size(result.bytes_scanned)
    return f"{rows}, {result.seconds:.2f} s, {scanned} scanned, {format_price(result)}"


def format_size(number: int) -> str:
    """Bytes with a unit; units are powers of 1000, as in Athena's bill."""
    value, units = float(number), ["bytes", "kB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{number} bytes" if number < 1000 else f"{value:.1f} {units[0]}"


def format_price(result: QueryResult) -> str:
    """The price of the query on AWS."""
    return f"${result.dollars:.5f} on AWS"
