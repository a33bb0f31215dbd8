"""The live sources of all tenants in the documents table."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from echostream.adapters import dynamodb_reads, dynamodb_writes
from echostream.adapters.live_source_items import (
    cursor_from_item,
    cursor_item,
    cursor_key,
    host_key,
    hosts_query,
    listed_from_item,
    live_source_item,
    live_source_key,
    live_sources_query,
    progress_update,
)
from echostream.adapters.table_keys import PARTITION, SORT
from echostream.domain.codec import time_to_wire
from echostream.domain.errors import Conflict
from echostream.domain.live_sources import Listed, LiveSource, Progress

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

EXISTS = f"attribute_exists({PARTITION})"


class DynamoDBLiveSources:
    """`LiveSources` in a DynamoDB table. Reads are consistent: a run sees what the last one did."""

    def __init__(self, client: "DynamoDBClient", table: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def add(self, source: LiveSource) -> None:
        source.check()
        condition = f"attribute_not_exists({PARTITION})"
        item = live_source_item(source)
        if not self._put(Item=item, ConditionExpression=condition):
            raise Conflict("exists", f"{source.tenant} has a source {source.name} already")

    def remove(self, source: LiveSource) -> None:
        self._delete(Key=live_source_key(source.tenant, source.name))
        self._delete(Key=cursor_key(source.tenant, source.name))

    def pause(self, source: LiveSource) -> None:
        self._set_paused(source, is_paused=True)

    def resume(self, listed: Listed, now: datetime) -> None:
        progress = replace(listed.progress, due_at=now, failures=0)
        self.save(listed.source, progress)  # or another run has just read it
        self._set_paused(listed.source, is_paused=False)

    def _set_paused(self, source: LiveSource, *, is_paused: bool) -> None:
        is_there = dynamodb_writes.update(
            self._client,
            self._table,
            Key=live_source_key(source.tenant, source.name),
            UpdateExpression="SET paused = :paused",
            ConditionExpression=EXISTS,
            ExpressionAttributeValues={":paused": {"BOOL": is_paused}},
        )
        if not is_there:
            raise Conflict("removed", f"name: {source.name} was removed meanwhile")

    def all(self, tenant: str | None = None) -> Iterator[Listed]:
        query = {**live_sources_query(tenant), "ConsistentRead": True}
        yield from map(listed_from_item, dynamodb_reads.query(self._client, self._table, **query))

    def cursor(self, source: LiveSource) -> Mapping[str, Any]:
        key = cursor_key(source.tenant, source.name)
        item = dynamodb_reads.get(self._client, self._table, key, is_consistent=True)
        return cursor_from_item(source, item)

    def save(
        self, source: LiveSource, progress: Progress, cursor: Mapping[str, Any] | None = None
    ) -> Progress | None:
        if cursor is not None:
            self._put(Item=cursor_item(source, cursor, self._clock()))
        saved = replace(progress, version=progress.version + 1)
        update = progress_update(source, saved)
        is_saved = dynamodb_writes.update(self._client, self._table, **update)
        return saved if is_saved else None

    def hosts(self) -> frozenset[str]:
        items = dynamodb_reads.query(self._client, self._table, **hosts_query())
        return frozenset(str(item[SORT]["S"]) for item in items)

    def allow(self, host: str, at: datetime) -> None:
        self._put(Item={**host_key(host), "added_at": {"S": time_to_wire(at)}})

    def forbid(self, host: str) -> bool:
        return self._delete(Key=host_key(host), ConditionExpression=EXISTS)

    def _put(self, **arguments: Any) -> bool:
        return dynamodb_writes.put(self._client, self._table, **arguments)

    def _delete(self, **arguments: Any) -> bool:
        return dynamodb_writes.delete(self._client, self._table, **arguments)
