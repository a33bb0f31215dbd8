"""Files that EchoStream itself wrote: exports of documents, and files of rejected rows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from echostream_import.rows import Row

LINE, REASON = "line", "reason"
"""The first two columns of a file of rejected rows; the others are those of the file itself."""
EXPORTED = frozenset({"id", "text", "source", "created_at", "sentiment", "engine", "compound"})
"""Columns that an export of documents has."""
_FORMULA = ("'=", "'+", "'-", "'@", "'\t", "'\r")
"""A text that a spreadsheet would run gets an apostrophe in an export (OWASP, CSV injection)."""


class Shape:
    """What EchoStream wrote around the columns of a file: nothing, if it did not write the file."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.is_rejected = tuple(columns[:2]) == (LINE, REASON) and len(columns) > 2
        names = [_original(name) for name in columns[2:]] if self.is_rejected else columns
        self.columns = list(names)
        self.is_export = EXPORTED.issubset(self.columns)

    def original(self, row: Row) -> Row:
        """A row as it was before EchoStream wrote it."""
        if not self.is_rejected and not self.is_export:
            return row
        values: Mapping[str, Any] = row.values
        if self.is_rejected:
            kept = (name for name in values if name not in (LINE, REASON))
            values = {_original(name): values[name] for name in kept}
        if self.is_export:
            values = _without_guard(values)
        return replace(row, values=values)

    def lines_of(self, row: Row) -> list[int]:
        """The line of a rejected row in its file."""
        if not self.is_rejected:
            return []
        line = str(row.values.get(LINE, ""))
        return [int(line) if line.isascii() and line.isdecimal() and len(line) < 15 else row.line]


def _original(name: str) -> str:
    """The name of a column that was renamed because the file of rejected rows has its name."""
    return name.removesuffix(" (2)") if name in (f"{LINE} (2)", f"{REASON} (2)") else name


def _without_guard(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """An exported row without the apostrophes in front of formulas."""
    return {
        name: value[1:] if isinstance(value, str) and value.startswith(_FORMULA) else value
        for name, value in values.items()
    }
