"""A query result as text: cells of a table, CSV or JSON Lines for programs, statistics."""

import json
import re
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


def format_cell(cell: str | None) -> str:
    """A cell of a table, at most `MAX_CELL` characters."""
    if cell is None:
        return NULL
    return cell[: MAX_CELL - 1] + "…" if _is_truncated(cell) else cell


def count_truncated(result: QueryResult) -> int:
    """The number of cells that a table shows without their end."""
    return sum(_is_truncated(cell) for row in result.rows for cell in row)


def _is_truncated(cell: str | None) -> bool:
    return cell is not None and len(cell) > MAX_CELL


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
