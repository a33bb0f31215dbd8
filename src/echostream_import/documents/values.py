"""Values of rows: empty words, objects around a value, and paths into nested objects."""

import json
import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

INVISIBLE = "\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_NOTHING = re.compile(rf"[\s{INVISIBLE}]*")
_EMPTY_WORDS = {
    *("nan", "n/a", "n.a.", "n.a", "null", "(null)", "none", "nil", "undefined", "<na>", "#n/a"),
    *("#na", "#null!", "#value!", "#ref!", "#name?", "#div/0!"),
    *("\\n", "-", "--", "---", "\u2013", "\u2014", "."),
    *(
        "[deleted]",
        "[removed]",
        "[deleted by user]",
        "[ removed by reddit ]",
        "[removed by reddit]",
    ),
}
"""Compared without case. `no` is an answer; `NA` is empty in capitals only, as R writes it. NULL in
exports of MySQL and PostgreSQL is `\\N`."""
_LONGEST = max(map(len, _EMPTY_WORDS))
_AROUND = (
    *("label", "value", "rendered", "$oid", "$date", "$numberLong", "$numberInt", "$numberDouble"),
    *("$numberDecimal", "#text"),
)
"""Keys of an object that only holds a value, in feeds, WordPress and exports of MongoDB."""
_MAX_AROUND = 3
"""Keys of such an object. One with more has a value among others, such as marks of a hotel."""
_TYPES = frozenset(("S", "N", "BOOL", "SS", "NS"))
"""The only key of a value in an export of DynamoDB."""
SURROGATE = re.compile(r"[\ud800-\udfff]")


def is_nothing(text: str) -> bool:
    """Whether a text says nothing: no visible character, or a word for a missing value."""
    if len(text) > _LONGEST:
        return text.isspace() or _NOTHING.fullmatch(text) is not None
    return text == "NA" or text.casefold() in _EMPTY_WORDS or _NOTHING.fullmatch(text) is not None


def bare(value: Any) -> Any:
    """The value inside an object that only holds a value, such as `{"label": "5"}`."""
    while isinstance(value, Mapping) and len(value) <= _MAX_AROUND:
        inner = next((name for name in _AROUND if name in value), None)
        if inner is None and len(value) == 1:
            inner = next((name for name in value if name in _TYPES), None)
        if inner is None:
            return value
        value = value[inner]
    return value


def text_of(value: Any) -> str:
    """A value as text; empty for what says nothing and for objects."""
    if isinstance(value, str):
        text = value.strip()
        return "" if is_nothing(text) else text
    value = bare(value)
    if isinstance(value, str):
        return text_of(value)
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, (text_of(one) for one in value if not is_nested(one))))
    return plain_text(value)


def plain_text(value: Any) -> str:
    """A number, truth value or time as text; empty for None, NaN and objects."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        is_whole = value.is_integer() and abs(value) < 2**53
        return str(int(value)) if is_whole else str(value) if math.isfinite(value) else ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return "" if value is None or isinstance(value, Mapping) else _digits(value)


def _digits(value: Any) -> str:
    try:
        return str(value)
    except ValueError:  # an integer of more than 4,300 digits
        return ""


def is_nested(value: Any) -> bool:
    """Whether a value is an object or a list."""
    return isinstance(value, Mapping | list | tuple)


def value_at(values: Mapping[str, Any], column: str) -> Any:
    """The value of a column; `user.lang` is `lang` in the object `user`."""
    if column in values or "." not in column:
        return values.get(column)
    value: Any = values
    for part in column.split("."):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part == "0" and value:
            value = value[0]
        else:
            return None
    return value


def has_column(values: Mapping[str, Any], column: str) -> bool:
    """Whether a row has a column, or the object that a path begins with."""
    return column in values or ("." in column and value_at(values, column) is not None)


def canonical(value: Any) -> str:
    """A value as text that is the same for a cell of a file of rejected rows."""
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, date | time):
        return value.isoformat()
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    except (TypeError, ValueError, RecursionError):
        return type(value).__name__
