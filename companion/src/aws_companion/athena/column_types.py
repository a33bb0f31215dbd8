"""Parses Trino's column types, and describes them as Athena does to clients.

A type is given by its name in Trino: `varchar(10)`, `timestamp(6) with time zone`,
`map(varchar, array(row(a bigint, "b c" double)))`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from aws_companion.athena.execution import Column

UNBOUNDED = 2_147_483_647
"""The length of a varchar without a length."""
_FIELD = re.compile(r'(?:"((?:[^"]|"")*)"|([\w$]+))\s+(.+)', re.DOTALL)
_SEVERAL_WORDS = {
    "double precision",
    "interval day to second",
    "interval year to month",
    "time with time zone",
    "timestamp with time zone",
}
_PRECISION: Mapping[str, int] = {
    "tinyint": 3,
    "smallint": 5,
    "integer": 10,
    "bigint": 19,
    "float": 17,
    "double": 17,
    "timestamp": 3,
    "timestamp with time zone": 3,
    "time": 3,
    "time with time zone": 3,
    "varbinary": 1_073_741_824,
    "varchar": UNBOUNDED,
}
"""The precision that Athena reports for a type; 0 for all others."""
_ATHENA_NAMES = {"real": "float", "int": "integer", "double precision": "double"}


@dataclass(frozen=True, slots=True)
class TrinoType:
    """A type: base name, numeric arguments, inner types, names of row fields (None without one)."""

    base: str
    numbers: tuple[int, ...] = ()
    children: tuple["TrinoType", ...] = ()
    names: tuple[str | None, ...] = ()


def parse_type(text: str) -> TrinoType:
    """Parse Trino's name of a type. An unknown name is a type without arguments."""
    head, opening, rest = text.partition("(")
    inside, _, tail = rest.rpartition(")")
    base = " ".join(f"{head} {tail}".split()).lower()
    parts = _split(inside) if opening else []
    if base == "row":
        fields = [_field(part) for part in parts]
        children = tuple(parse_type(kind) for _, kind in fields)
        return TrinoType(base, (), children, tuple(name for name, _ in fields))
    if all(part.isdigit() for part in parts):
        return TrinoType(base, tuple(int(part) for part in parts))
    return TrinoType(base, (), tuple(parse_type(part) for part in parts))


def from_arrow(kind: pa.DataType) -> TrinoType:
    """The Trino type of an arrow type, for columns whose Trino type has no details."""
    if pa.types.is_struct(kind):
        fields = [kind.field(index) for index in range(kind.num_fields)]
        children = tuple(from_arrow(field.type) for field in fields)
        return TrinoType("row", (), children, tuple(field.name or None for field in fields))
    if pa.types.is_map(kind):
        return TrinoType("map", (), (from_arrow(kind.key_type), from_arrow(kind.item_type)))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return TrinoType("array", (), (from_arrow(kind.value_type),))
    if pa.types.is_decimal(kind):
        return TrinoType("decimal", (kind.precision, kind.scale))
    if pa.types.is_timestamp(kind):
        return TrinoType("timestamp with time zone" if kind.tz else "timestamp", (3,))
    return TrinoType(_scalar(kind))


def column_info(column: Column) -> dict[str, Any]:
    """A column as `ColumnInfo` of GetQueryResults."""
    kind = parse_type(column.type)
    name = _ATHENA_NAMES.get(kind.base, kind.base)
    precision, scale = _PRECISION.get(name, 0), 0
    if name in ("varchar", "char", "decimal") and kind.numbers:
        precision, scale = (*kind.numbers, 0)[:2]
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": column.name,
        "Label": column.name,
        "Type": name,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": name in ("varchar", "char"),
    }


def _scalar(kind: pa.DataType) -> str:
    tests = (
        ("boolean", pa.types.is_boolean),
        ("bigint", pa.types.is_integer),
        ("real", pa.types.is_float32),
        ("double", pa.types.is_floating),
        ("date", pa.types.is_date),
        ("time", pa.types.is_time),
        ("interval day to second", pa.types.is_interval),
        ("varbinary", pa.types.is_binary),
        ("varbinary", pa.types.is_large_binary),
    )
    return next((name for name, is_type in tests if is_type(kind)), "varchar")


def _split(text: str) -> list[str]:
    """Split arguments at the commas outside parentheses and quotes."""
    parts: list[str] = []
    depth, is_quoted, start = 0, False, 0
    for index, character in enumerate(text):
        if character == '"':
            is_quoted = not is_quoted
        elif not is_quoted:
            depth += (character == "(") - (character == ")")
            if character == "," and not depth:
                parts.append(text[start:index].strip())
                start = index + 1
    return [*parts, text[start:].strip()]


def _field(text: str) -> tuple[str | None, str]:
    """Name and type of a row field; `timestamp with time zone` has no field name."""
    outside = re.sub(r"\(.*\)", "", text, flags=re.DOTALL).lower()
    match = _FIELD.fullmatch(text)
    if not match or " ".join(outside.split()) in _SEVERAL_WORDS:
        return None, text
    quoted, plain, kind = match.groups()
    return plain if quoted is None else quoted.replace('""', '"'), kind
