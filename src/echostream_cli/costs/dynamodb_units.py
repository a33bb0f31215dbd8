"""DynamoDB's read and write units, by the rules in its developer guide.

Item sizes: "DynamoDB item sizes and formats". Units: "DynamoDB read and write operations". Indexes:
"Using Global Secondary Indexes", provisioned throughput considerations. Items are as on the wire:
`{"name": {"S": "value"}}`.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
WRITE_STEP = 1024
READ_STEP = 4096
CONTAINER_BYTES = 3
ELEMENT_BYTES = 1
STORED_OVERHEAD = 100
"""Bytes that AWS adds to each stored item, and to each entry of an index, for the bill."""


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index: its key attributes, and what else it holds; None: all."""

    keys: tuple[str, ...]
    projected: frozenset[str] | None

    def entry(self, item: Item | None) -> Item | None:
        """What the index holds of an item; None where the item lacks one of its keys."""
        if item is None or any(key not in item for key in self.keys):
            return None
        if self.projected is None:
            return item
        kept = self.projected | set(self.keys)
        return {name: value for name, value in item.items() if name in kept}


@dataclass(frozen=True, slots=True)
class Table:
    """What the units of a table's writes depend on."""

    keys: tuple[str, ...]
    indexes: Mapping[str, Index]

    @classmethod
    def from_description(cls, described: Mapping[str, Any]) -> "Table":
        """A table from the answer of DescribeTable."""
        keys = _keys(described)
        indexes = {
            index["IndexName"]: Index(_keys(index), _projected(index["Projection"], keys))
            for index in described.get("GlobalSecondaryIndexes", [])
        }
        return cls(keys, indexes)

    def key_of(self, item: Item) -> dict[str, Any]:
        return {name: item[name] for name in self.keys}


def _keys(described: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(key["AttributeName"] for key in described["KeySchema"])


def _projected(projection: Mapping[str, Any], keys: tuple[str, ...]) -> frozenset[str] | None:
    if projection["ProjectionType"] == "ALL":
        return None
    return frozenset((*keys, *projection.get("NonKeyAttributes", ())))


def item_bytes(item: Item | None) -> int:
    """The size of an item: its attributes' names and values. 0 for none."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in (item or {}).items())


def value_bytes(value: Mapping[str, Any]) -> int:
    """The size of a value without its name. KeyError for a type that DynamoDB does not have."""
    ((kind, content),) = value.items()
    return int(_SIZES[kind](content))


def number_bytes(number: str) -> int:
    """A byte for two significant digits, one more, and one for a sign."""
    digits = "".join(map(str, Decimal(number).as_tuple().digits)).strip("0")
    return ceil(len(digits) / 2) + 1 + (1 if number.startswith("-") else 0)


def _binary_bytes(content: str) -> int:
    return len(base64.b64decode(content))


def _list_bytes(content: list[Mapping[str, Any]]) -> int:
    return CONTAINER_BYTES + sum(ELEMENT_BYTES + value_bytes(one) for one in content)


def _map_bytes(content: Item) -> int:
    return CONTAINER_BYTES + item_bytes(content) + ELEMENT_BYTES * len(content)


_SIZES: Mapping[str, Any] = {
    "S": lambda content: len(content.encode()),
    "N": number_bytes,
    "B": _binary_bytes,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "SS": lambda content: sum(len(one.encode()) for one in content),
    "NS": lambda content: sum(map(number_bytes, content)),
    "BS": lambda content: sum(map(_binary_bytes, content)),
    "L": _list_bytes,
    "M": _map_bytes,
}


def _steps(size: int, step: int) -> int:
    """How many units a size is: one at least, for an item that is not there costs one too."""
    return max(1, ceil(size / step))


def write_units(
    table: Table, before: Item | None, after: Item | None, transactional: bool = False
) -> float:
    """Units of a write that turned one image of an item into another: the larger one counts.

    A transaction writes the item twice (to prepare and to commit), its index entries once. A write
    that a condition refused has the same item before and after.
    """
    own = _steps(max(item_bytes(before), item_bytes(after)), WRITE_STEP)
    of_indexes = sum(_index_units(index, before, after) for index in table.indexes.values())
    return own * (2 if transactional else 1) + of_indexes


def _index_units(index: Index, before: Item | None, after: Item | None) -> int:
    """None where the entry stays as it is; two writes where its key changes."""
    old, new = index.entry(before), index.entry(after)
    if old == new:
        return 0
    if old is None or new is None:
        return _steps(max(item_bytes(old), item_bytes(new)), WRITE_STEP)
    if any(old[key] != new[key] for key in index.keys):
        return _steps(item_bytes(old), WRITE_STEP) + _steps(item_bytes(new), WRITE_STEP)
    return _steps(max(item_bytes(old), item_bytes(new)), WRITE_STEP)


def read_units(size: int, consistent: bool = False, transactional: bool = False) -> float:
    """Units of reading so many bytes: of one item, or of all that a query went over."""
    return _steps(size, READ_STEP) * (2.0 if transactional else 1.0 if consistent else 0.5)


def stored_bytes(table: Table, item: Item | None) -> int:
    """What an item and its entries in indexes take in the bill for storage."""
    entries = [item, *(index.entry(item) for index in table.indexes.values())]
    return sum(item_bytes(one) + STORED_OVERHEAD for one in entries if one is not None)
