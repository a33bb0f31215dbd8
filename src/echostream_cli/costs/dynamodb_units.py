"""DynamoDB's read and write units, by the rules of its developer guide.

Item sizes: "DynamoDB item sizes and formats". Units: "DynamoDB read and write operations". Indexes:
"Using Global Secondary Indexes", provisioned throughput considerations. Items have the format of
the wire: `{"name": {"S": "value"}}`.
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
"""Bytes that AWS bills in addition for each stored item and each entry of an index."""


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index: its key attributes and its projected attributes; None means all."""

    keys: tuple[str, ...]
    projected: frozenset[str] | None

    def entry(self, item: Item | None) -> Item | None:
        """The entry of an item; None if the item lacks a key attribute of the index."""
        if item is None or any(key not in item for key in self.keys):
            return None
        if self.projected is None:
            return item
        names = self.projected | set(self.keys)
        return {name: value for name, value in item.items() if name in names}


@dataclass(frozen=True, slots=True)
class Table:
    """The key attributes and indexes of a table."""

    keys: tuple[str, ...]
    indexes: Mapping[str, Index]

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> "Table":
        """A table from the response of DescribeTable."""
        keys = _get_keys(description)
        indexes = {
            index["IndexName"]: Index(_get_keys(index), _get_projected(index["Projection"], keys))
            for index in description.get("GlobalSecondaryIndexes", [])
        }
        return cls(keys, indexes)

    def key_of(self, item: Item) -> dict[str, Any]:
        return {name: item[name] for name in self.keys}


def _get_keys(description: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(key["AttributeName"] for key in description["KeySchema"])


def _get_projected(projection: Mapping[str, Any], keys: tuple[str, ...]) -> frozenset[str] | None:
    if projection["ProjectionType"] == "ALL":
        return None
    return frozenset((*keys, *projection.get("NonKeyAttributes", ())))


def item_bytes(item: Item | None) -> int:
    """The size of an item, the sum of its names and values; 0 for None."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in (item or {}).items())


def value_bytes(value: Mapping[str, Any]) -> int:
    """The size of a value without its name. KeyError for an unknown type."""
    ((kind, content),) = value.items()
    return int(_SIZES[kind](content))


def number_bytes(number: str) -> int:
    """The size of a number: a byte for two significant digits, one more, and one for a minus."""
    digits = "".join(map(str, Decimal(number).as_tuple().digits)).strip("0")
    return ceil(len(digits) / 2) + 1 + (1 if number.startswith("-") else 0)


def _binary_bytes(content: str) -> int:
    return len(base64.b64decode(content))


def _list_bytes(content: list[Mapping[str, Any]]) -> int:
    return CONTAINER_BYTES + sum(ELEMENT_BYTES + value_bytes(value) for value in content)


def _map_bytes(content: Item) -> int:
    return CONTAINER_BYTES + item_bytes(content) + ELEMENT_BYTES * len(content)


_SIZES: Mapping[str, Any] = {
    "S": lambda content: len(content.encode()),
    "N": number_bytes,
    "B": _binary_bytes,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "SS": lambda content: sum(len(value.encode()) for value in content),
    "NS": lambda content: sum(map(number_bytes, content)),
    "BS": lambda content: sum(map(_binary_bytes, content)),
    "L": _list_bytes,
    "M": _map_bytes,
}


def _count_steps(size: int, step: int) -> int:
    """The size in steps, rounded up. At least 1: a missing item costs one unit too."""
    return max(1, ceil(size / step))


def write_units(
    table: Table, before: Item | None, after: Item | None, transactional: bool = False
) -> float:
    """Units of a write by the item before and after it; the larger one counts.

    A transaction writes the item twice (prepare and commit), its index entries once. A write that
    was rejected by a condition has the same item before and after.
    """
    own = _count_steps(max(item_bytes(before), item_bytes(after)), WRITE_STEP)
    indexes = sum(_index_units(index, before, after) for index in table.indexes.values())
    return own * (2 if transactional else 1) + indexes


def _index_units(index: Index, before: Item | None, after: Item | None) -> int:
    """Units of an index: 0 if the entry does not change, two writes if its key changes."""
    old, new = index.entry(before), index.entry(after)
    if old == new:
        return 0
    if old is None or new is None:
        return _count_steps(max(item_bytes(old), item_bytes(new)), WRITE_STEP)
    if any(old[key] != new[key] for key in index.keys):
        return _count_steps(item_bytes(old), WRITE_STEP) + _count_steps(item_bytes(new), WRITE_STEP)
    return _count_steps(max(item_bytes(old), item_bytes(new)), WRITE_STEP)


def read_units(size: int, consistent: bool = False, transactional: bool = False) -> float:
    """Units of a read of `size` bytes: one item, or all items that a query evaluated."""
    return _count_steps(size, READ_STEP) * (2.0 if transactional else 1.0 if consistent else 0.5)


def stored_bytes(table: Table, item: Item | None) -> int:
    """Bytes that AWS bills as storage for an item and its entries in indexes."""
    entries = [item, *(index.entry(item) for index in table.indexes.values())]
    return sum(item_bytes(entry) + STORED_OVERHEAD for entry in entries if entry is not None)
