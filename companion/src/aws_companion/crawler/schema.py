"""Column types: DuckDB's and JSON's as Hive's, and two types as the one that holds both."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

UNKNOWN = "unknown"
"""What a null or an empty array in JSON says of its type: it gives way to any other."""
INTEGERS = ("tinyint", "smallint", "int", "bigint")
NUMBERS = (*INTEGERS, "float", "double")
"""Numbers, narrowest first."""
_SIMPLE = {
    "boolean": "boolean",
    "tinyint": "tinyint",
    "smallint": "smallint",
    "integer": "int",
    "bigint": "bigint",
    "utinyint": "smallint",
    "usmallint": "int",
    "uinteger": "bigint",
    "ubigint": "bigint",
    "hugeint": "decimal(38,0)",
    "uhugeint": "decimal(38,0)",
    "float": "float",
    "double": "double",
    "date": "date",
    "blob": "binary",
}
"""DuckDB's types by Hive's names; timestamps of any precision are `timestamp`, the rest text."""
_SAFE_FIELD = re.compile(r"[^\s:,<>()`\"']+")


@dataclass(frozen=True, slots=True)
class Array:
    element: "HiveType"


@dataclass(frozen=True, slots=True)
class Map:
    key: "HiveType"
    value: "HiveType"


@dataclass(frozen=True, slots=True)
class Struct:
    fields: tuple[tuple[str, "HiveType"], ...]


HiveType = str | Array | Map | Struct
Columns = Mapping[str, HiveType]
"""Types by column, in the file's order, names as the file has them."""


def of_json(structure: Any) -> HiveType:
    """The type of what DuckDB's `json_structure` describes; text stays text, dates too.

    Neither Glue nor the JSON serde takes a text for a date.
    """
    if isinstance(structure, dict):
        return Struct(tuple((name, of_json(inner)) for name, inner in structure.items()))
    if isinstance(structure, list):
        return Array(of_json(structure[0]) if structure else UNKNOWN)
    names = {"NULL": UNKNOWN, "BOOLEAN": "boolean", "DOUBLE": "double"}
    names |= {"BIGINT": "bigint", "UBIGINT": "bigint"}
    return names.get(str(structure), "string")


def of_duckdb(found: Any) -> HiveType:
    """The type of a `DuckDBPyType`."""
    kind = str(found.id)
    if kind.startswith("timestamp"):
        return "timestamp"
    if kind not in ("list", "array", "struct", "map", "decimal"):
        return _SIMPLE.get(kind, "string")
    parts = dict(found.children)
    if kind == "decimal":
        return f"decimal({parts['precision']},{parts['scale']})"
    if kind == "map":
        return Map(of_duckdb(parts["key"]), of_duckdb(parts["value"]))
    if kind == "struct":
        return Struct(tuple((name, of_duckdb(inner)) for name, inner in parts.items()))
    return Array(of_duckdb(parts["child"]))


def widest(one: HiveType, other: HiveType) -> HiveType:
    """The type that holds both: the wider number, a struct with the fields of both, or a string."""
    if one == other or UNKNOWN in (one, other):
        return other if one == UNKNOWN else one
    if isinstance(one, Struct) and isinstance(other, Struct):
        return Struct(tuple(merged([dict(one.fields), dict(other.fields)]).items()))
    if isinstance(one, Array) and isinstance(other, Array):
        return Array(widest(one.element, other.element))
    if isinstance(one, Map) and isinstance(other, Map):
        return Map(widest(one.key, other.key), widest(one.value, other.value))
    return _wider_number(str(one), str(other))


def _wider_number(one: str, other: str) -> str:
    """The wider of two numbers, else a string; a float has too few digits for an integer."""
    if not {one, other} <= set(NUMBERS):
        return "string"
    wider = max(one, other, key=NUMBERS.index)
    return "double" if wider == "float" else wider


def merged(found: Iterable[Columns]) -> dict[str, HiveType]:
    """The columns of all, each in its widest type; names that differ only by case are one."""
    result: dict[str, HiveType] = {}
    spelled: dict[str, str] = {}
    for columns in found:
        for name, kind in columns.items():
            kept = spelled.setdefault(name.lower(), name)
            result[kept] = widest(result.get(kept, UNKNOWN), kind)
    return result


def hive(kind: HiveType) -> str:
    """The type as Hive writes it: `struct<a:bigint,b:array<string>>`.

    What Hive cannot write becomes `string`, which the serdes fill with the JSON text: a type
    that is not known, a struct without fields or with a name that would break the type apart.
    """
    if isinstance(kind, Array):
        return f"array<{hive(kind.element)}>"
    if isinstance(kind, Map):
        return f"map<{hive(kind.key)},{hive(kind.value)}>"
    if isinstance(kind, Struct):
        if not kind.fields or not all(_SAFE_FIELD.fullmatch(name) for name, _ in kind.fields):
            return "string"
        return f"struct<{','.join(f'{name}:{hive(inner)}' for name, inner in kind.fields)}>"
    return "string" if kind == UNKNOWN else kind


def overlap(one: Iterable[str], other: Iterable[str]) -> float:
    """Which part of the shorter list of names the other one has too, 0 to 1."""
    first, second = _folded(one), _folded(other)
    return len(first & second) / (min(len(first), len(second)) or 1)


def likeness(one: Iterable[str], other: Iterable[str]) -> float:
    """Which part of all their names two lists share, 0 to 1 (Jaccard's index)."""
    first, second = _folded(one), _folded(other)
    return len(first & second) / (len(first | second) or 1)


def usual(found: Sequence[Columns]) -> set[str]:
    """The columns, in lower case, that more than half of the files have; else the first's."""
    counts: dict[str, int] = {}
    for columns in found:
        for name in _folded(columns):
            counts[name] = counts.get(name, 0) + 1
    most = {name for name, count in counts.items() if 2 * count > len(found)}
    return most or _folded(found[0])


def _folded(names: Iterable[str]) -> set[str]:
    return {name.lower() for name in names}
