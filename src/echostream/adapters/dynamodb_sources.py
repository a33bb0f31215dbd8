"""Which sources of a tenant's day have counts of their own, in DynamoDB.

A day takes up to `MAX_SOURCES_A_DAY` names, in an item of its own. Names are added before they are
counted and are never removed, so that a source has the same counts for all its documents of a day.
"""

import time
from datetime import date, timedelta
from typing import TYPE_CHECKING

from echostream.adapters import dynamodb_writes
from echostream.adapters.dynamodb_reads import get
from echostream.adapters.table_counts import source_update, sources_from_item
from echostream.adapters.table_keys import sources_key
from echostream.domain.counters import MAX_SOURCES_A_DAY, OTHER_SOURCES

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_DAYS = 1_000
"""Days whose names a process remembers."""
MEMORY = 300.0
"""Seconds after which it forgets them, because a tenant may be deleted and created; a default."""


class DynamoDBSources:
    """The named sources of each tenant and day; a process reads each day when it changes."""

    def __init__(self, client: "DynamoDBClient", table: str, retention: timedelta) -> None:
        self._client = client
        self._table = table
        self._retention = retention
        self.memory = MEMORY
        self._read_since = time.monotonic()
        self._names: dict[tuple[str, date], frozenset[str]] = {}

    def name_of(self, tenant: str, day: date, source: str) -> str:
        """The name that a source is counted under: its own, or that of all others."""
        if time.monotonic() - self._read_since > self.memory:
            self._names.clear()
            self._read_since = time.monotonic()
        names = self._names.get((tenant, day), frozenset())
        if source not in names and len(names) < MAX_SOURCES_A_DAY:
            names = self._read(tenant, day)
        if source not in names and len(names) < MAX_SOURCES_A_DAY:
            self._add(tenant, day, source)
            names = self._read(tenant, day)
        return source if source in names else OTHER_SOURCES

    def _read(self, tenant: str, day: date) -> frozenset[str]:
        item = get(self._client, self._table, sources_key(tenant, day), is_consistent=True)
        names = sources_from_item(item) if item else frozenset()
        if len(self._names) >= MAX_DAYS:
            self._names.clear()
        self._names[tenant, day] = names
        return names

    def _add(self, tenant: str, day: date, source: str) -> None:
        """Add a name, unless another function has filled the day meanwhile."""
        update = source_update(tenant, day, source, self._retention)
        dynamodb_writes.update(self._client, self._table, **update)
