"""Column types: converts DuckDB's and JSON's to Hive's, and merges types."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

UNKNOWN = "unknown"
"""The type of a null or an empty array in JSON; any other type replaces it."""
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
"""Hive's names of DuckDB's types. Timestamps are `timestamp`, other types `string`."""
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
"""Types by column name, in the order and spelling of the file."""


def of_json(structure: Any) -> HiveType:
    """The type of a structure from DuckDB's `json_structure`; dates are text.

    Neither Glue nor the JSON serde takes a text for a date.
    """
    if isinstance(structure, dict):
        return Struct(tuple((name, of_json(inner)) for name, inner in structure.items()))
    if isinstance(structure, list):
        return Array(of_json(structure[0]) if structure else UNKNOWN)
    names = {"NULL": UNKNOWN, "BOOLEAN": "boolean", "DOUBLE": "double"}
    names |= {"BIGINT": "bigint", "UBIGINT": "bigint"}
    return names.get(str(structure), "string")


def of_duckdb(duckdb_type: Any) -> HiveType:
    """The type of a `DuckDBPyType`."""
    kind = str(duckdb_type.id)
    if kind.startswith("timestamp"):
        return "timestamp"
    if kind not in ("list", "array", "struct", "map", "decimal"):
        return _SIMPLE.get(kind, "string")
    parts = dict(duckdb_type.children)
    if kind == "decimal":
        return f"decimal({parts['precision']},{parts['scale']})"
    if kind == "map":
        return Map(of_duckdb(parts["key"]), of_duckdb(parts["value"]))
    if kind == "struct":
        return Struct(tuple((name, of_duckdb(inner)) for name, inner in parts.items()))
    return Array(of_duckdb(parts["child"]))


def widest(first: HiveType, second: HiveType) -> HiveType:
    """The narrowest type for both: the wider number, a merged struct, or a string."""
    if first == second or UNKNOWN in (first, second):
        return second if first == UNKNOWN else first
    if isinstance(first, Struct) and isinstance(second, Struct):
        return Struct(tuple(merged([dict(first.fields), dict(second.fields)]).items()))
    if isinstance(first, Array) and isinstance(second, Array):
        return Array(widest(first.element, second.element))
    if isinstance(first, Map) and isinstance(second, Map):
        return Map(widest(first.key, second.key), widest(first.value, second.value))
    return _wider_number(str(first), str(second))


def _wider_number(first: str, second: str) -> str:
    """The wider of two numbers, otherwise a string; a float with an integer is a double."""
    if not {first, second} <= set(NUMBERS):
        return "string"
    wider = max(first, second, key=NUMBERS.index)
    return "double" if wider == "float" else wider


def merged(schemas: Iterable[Columns]) -> dict[str, HiveType]:
    """All columns, each with its widest type; names that differ only in case are one."""
    result: dict[str, HiveType] = {}
    spellings: dict[str, str] = {}
    for columns in schemas:
        for name, kind in columns.items():
            spelling = spellings.setdefault(name.lower(), name)
            result[spelling] = widest(result.get(spelling, UNKNOWN), kind)
    return result


def hive(kind: HiveType) -> str:
    """Hive's name of a type: `struct<a:bigint,b:array<string>>`.

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


def overlap(names: Iterable[str], other_names: Iterable[str]) -> float:
    """The share of the shorter list of names that is in the other, 0 to 1."""
    first_names, second_names = _folded(names), _folded(other_names)
    return len(first_names & second_names) / (min(len(first_names), len(second_names)) or 1)


def similarity(names: Iterable[str], other_names: Iterable[str]) -> float:
    """The share of common names among all names of two lists, 0 to 1 (Jaccard index)."""
    first_names, second_names = _folded(names), _folded(other_names)
    return len(first_names & second_names) / (len(first_names | second_names) or 1)


def usual(schemas: Sequence[Columns]) -> set[str]:
    """The columns, in lower case, of more than half of the files, or else of the first."""
    counts: dict[str, int] = {}
    for columns in schemas:
        for name in _folded(columns):
            counts[name] = counts.get(name, 0) + 1
    frequent = {name for name, count in counts.items() if 2 * count > len(schemas)}
    return frequent or _folded(schemas[0])


def _folded(names: Iterable[str]) -> set[str]:
    return {name.lower() for name in names}
