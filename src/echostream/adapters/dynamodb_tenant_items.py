"""The items of the documents table that follow from a tenant's documents and requests.

The table is not scanned: the partitions of all days that may have documents are asked for.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from echostream.adapters import dynamodb_reads, dynamodb_writes
from echostream.adapters.side_by_side import SideBySide
from echostream.adapters.table_keys import (
    Key,
    derived_partitions,
    key_of,
    partition_keys_query,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_ITEMS = 5_000
"""Items that are deleted in a part."""
MAX_PARTITIONS = 3_200
"""Partitions that are searched in a part: a retention of ten years has 11,000 and more."""
AT_ONCE = 32
"""Partitions that are read side by side."""


class DynamoDBTenantItems:
    """`TenantItems` in the documents table. `age` is the greatest of a document that it lists."""

    def __init__(self, client: "DynamoDBClient", table: str, age: timedelta) -> None:
        self._client = client
        self._table = table
        self._age = age
        self._side_by_side = SideBySide()

    def find(self, tenant: str, now: datetime, after: str) -> tuple[list[str], str | None]:
        first, last = (now - self._age).date(), (now + timedelta(days=2)).date()
        partitions = [one for one in derived_partitions(tenant, first, last) if one > after]
        found: list[str] = []
        items, passed = 0, after
        for start in range(0, len(partitions), AT_ONCE):
            if start >= MAX_PARTITIONS:
                return found, passed
            part = partitions[start : start + AT_ONCE]
            for partition, number in zip(
                part, self._side_by_side.map(self._count, part), strict=True
            ):
                if number:
                    found.append(partition)
                    items += number
                if items > MAX_ITEMS:
                    return found, passed  # the last one may have more items than are deleted
                passed = partition
        return found, None

    def _count(self, partition: str) -> int:
        return sum(1 for _ in self._keys(partition))

    def _keys(self, partition: str) -> Iterator[Key]:
        selection = {**partition_keys_query(partition), "ConsistentRead": True}
        yield from map(key_of, dynamodb_reads.query(self._client, self._table, **selection))

    def delete(self, partitions: Sequence[str]) -> None:
        keys = (key for partition in partitions for key in self._keys(partition))
        self._side_by_side.map(self._delete, list(islice(keys, MAX_ITEMS)))

    def _delete(self, key: Key) -> None:
        dynamodb_writes.delete(self._client, self._table, Key=key)
