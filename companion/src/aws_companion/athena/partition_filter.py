"""Which one partition a condition names, so that the catalog need not list them all.

Athena hands a query's condition on to Glue; the emulator gives every partition whatever is asked.
"""

import re
from collections.abc import Sequence
from typing import Any

_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
_EQUAL = re.compile(r'\((\w+) == "(\d+)"\)')
_NOT_ALL_HOLD = re.compile(
    r"\b(?:or|xor|and_not)\b|\b(?!is_in\b|is_valid\b|is_null\b|is_nan\b)\w+\("
)
"""What may stand around an equality that need not hold: all but `and` and tests of columns."""


def required_values(condition: Any, names: Sequence[str]) -> tuple[str, ...] | None:
    """The values that an Arrow condition demands of these columns, None where it leaves a choice.

    Columns of text only. What two equalities demand at once is the first one's.
    """
    literals: list[str] = []

    def replace_literal(found: re.Match[str]) -> str:
        literals.append(found[1])
        return f'"{len(literals) - 1}"'

    plain = _LITERAL.sub(replace_literal, str(condition))
    if _NOT_ALL_HOLD.search(plain):
        return None
    required: dict[str, str] = {}
    for name, number in _EQUAL.findall(plain):
        required.setdefault(name, literals[int(number)])
    values = tuple(required.get(name, "\\") for name in names)
    return None if any("\\" in value for value in values) else values
