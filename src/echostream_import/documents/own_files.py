"""Files that EchoStream itself wrote: exports of documents, and files of rejected rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from echostream_import.rows import Row

FILE, LINE, REASON = "file", "line", "reason"
"""The first columns of a file of rejected rows, FILE only if they are of several files; the others
are those of the file itself."""
_FIRST = ((FILE, LINE, REASON), (LINE, REASON))
EXPORTED = frozenset({"id", "text", "source", "created_at", "sentiment", "engine", "compound"})
"""Columns that an export of documents has."""
ATTRIBUTE = "attributes."
"""Before the name of an attribute with a column of its own in an export."""
_OTHER_ATTRIBUTES = "attributes"
"""The column with the other attributes, as a JSON object."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A text that a spreadsheet would run gets an apostrophe in an export (OWASP, CSV injection)."""


class Shape:
    """What EchoStream wrote around the columns of a file: nothing, if it did not write the file."""

    def __init__(self, columns: Sequence[str]) -> None:
        first = next((one for one in _FIRST if tuple(columns[: len(one)]) == one), ())
        self._first = first if len(columns) > len(first) else ()
        self.is_rejected = bool(self._first)
        own = columns[len(self._first) :]
        self.columns = [self._original(name) for name in own]
        self.is_export = EXPORTED.issubset(self.columns)

    def original(self, row: Row) -> Row:
        """A row as it was before EchoStream wrote it."""
        if not self.is_rejected and not self.is_export:
            return row
        values: Mapping[str, Any] = row.values
        if self.is_rejected:
            part = values.get(FILE) if FILE in self._first else ""
            kept = (name for name in values if name not in self._first)
            values = {self._original(name): values[name] for name in kept}
            row = replace(row, part=str(part or row.part))
        if self.is_export and isinstance(values.get("compound"), str):  # CSV, not Parquet
            values = _without_guard(values)
        return replace(row, values=values)

    def _original(self, name: str) -> str:
        """The name of a column that was renamed because the file of rejected rows has its name."""
        shorter = name.removesuffix(" (2)")
        return shorter if shorter in self._first else name

    def lines_of(self, row: Row) -> list[int]:
        """The line of a rejected row in its file."""
        if not self.is_rejected:
            return []
        line = str(row.values.get(LINE, ""))
        return [int(line) if line.isascii() and line.isdecimal() and len(line) < 15 else row.line]


def _without_guard(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """An exported row without the apostrophes in front of formulas."""
    return {
        name: _unguarded(value) if isinstance(value, str) else value
        for name, value in values.items()
    }


def _unguarded(text: str) -> str:
    is_guarded = text.startswith("'") and text.lstrip("'").startswith(_FORMULA)
    return text[1:] if is_guarded else text


def exported_attributes(values: Mapping[str, Any]) -> dict[str, str]:
    """The attributes of an exported row."""
    own = {
        name.removeprefix(ATTRIBUTE): str(value)
        for name, value in values.items()
        if name.startswith(ATTRIBUTE) and value not in (None, "")
    }
    try:
        others = json.loads(values.get(_OTHER_ATTRIBUTES) or "{}")
    except (TypeError, ValueError, RecursionError):
        return own
    return own | ({n: str(v) for n, v in others.items()} if isinstance(others, dict) else {})
