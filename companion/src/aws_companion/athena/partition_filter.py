"""Finds the one partition that a condition selects, so that the catalog is not listed.

Athena passes a query's condition to Glue. Emulators ignore it and return every partition.
"""

import re
from collections.abc import Sequence
from typing import Any

_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
_EQUAL = re.compile(r'\((\w+) == "(\d+)"\)')
_NOT_ALL_HOLD = re.compile(
    r"\b(?:or|xor|and_not)\b|\b(?!is_in\b|is_valid\b|is_null\b|is_nan\b)\w+\("
)
"""Operators around an equality that need not hold: all except `and` and tests of columns."""


def required_values(condition: Any, names: Sequence[str]) -> tuple[str, ...] | None:
    """The values that an Arrow condition requires of these columns; None if it allows several.

    Text columns only. Of two equalities for one column the first counts.
    """
    literals: list[str] = []

    def replace_literal(match: re.Match[str]) -> str:
        literals.append(match[1])
        return f'"{len(literals) - 1}"'

    plain = _LITERAL.sub(replace_literal, str(condition))
    if _NOT_ALL_HOLD.search(plain):
        return None
    required: dict[str, str] = {}
    for name, number in _EQUAL.findall(plain):
        required.setdefault(name, literals[int(number)])
    values = tuple(required.get(name, "\\") for name in names)
    return None if any("\\" in value for value in values) else values
