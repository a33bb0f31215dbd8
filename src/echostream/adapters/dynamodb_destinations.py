"""The destinations for alerts of all tenants in the documents table."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from echostream.adapters import dynamodb_reads, dynamodb_writes
from echostream.adapters.destination_items import (
    destination_item,
    destination_key,
    destinations_query,
    failed_update,
    listed_from_item,
    reported_update,
    sent_update,
)
from echostream.adapters.table_keys import PARTITION
from echostream.domain.alerts.destinations import Destination, Listed
from echostream.domain.digest.report_periods import ReportKind
from echostream.domain.errors import Conflict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBDestinations:
    """`Destinations` in a DynamoDB table. Reads are consistent."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def add(self, destination: Destination) -> None:
        is_new = dynamodb_writes.put(
            self._client,
            self._table,
            Item=destination_item(destination),
            ConditionExpression=f"attribute_not_exists({PARTITION})",
        )
        if not is_new:
            message = f"name: {destination.tenant} has a destination {destination.name} already"
            raise Conflict("exists", message)

    def remove(self, destination: Destination) -> None:
        key = destination_key(destination.tenant, destination.name)
        dynamodb_writes.delete(self._client, self._table, Key=key)

    def all(self, tenant: str) -> Iterator[Listed]:
        query = {**destinations_query(tenant), "ConsistentRead": True}
        yield from map(listed_from_item, dynamodb_reads.query(self._client, self._table, **query))

    def mark_sent(self, destination: Destination, at: datetime) -> None:
        dynamodb_writes.update(self._client, self._table, **sent_update(destination, at))

    def mark_reported(self, destination: Destination, kind: ReportKind, end: datetime) -> None:
        update = reported_update(destination, kind, end)
        dynamodb_writes.update(self._client, self._table, **update)

    def mark_failed(self, destination: Destination, at: datetime, error: str) -> None:
        update = failed_update(destination, at, error)
        dynamodb_writes.update(self._client, self._table, **update)
