"""The alerts of all tenants in the documents table."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from echostream.adapters import dynamodb_reads, dynamodb_writes
from echostream.adapters.alert_items import (
    alert_update,
    alerts_query,
    sent_from_item,
    sent_update,
    watched_from_item,
    watched_key,
    watched_update,
)
from echostream.domain.alerts.alert import Alert, Sent

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBAlerts:
    """`AlertLog` in a DynamoDB table. Reads are consistent: a run sees what the last one did."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def between(self, tenant: str, start: datetime, end: datetime) -> Iterator[Alert]:
        return (one.alert for one in self.sent(tenant, start, end))

    def sent(self, tenant: str, start: datetime, end: datetime) -> Iterator[Sent]:
        if start >= end:  # DynamoDB refuses such a range
            return
        options: Any = {"ConsistentRead": True, "ScanIndexForward": False}
        query = {**alerts_query(tenant, start, end), **options}
        for item in dynamodb_reads.query(self._client, self._table, **query):
            one = sent_from_item(item)
            if start <= one.alert.start < end:
                yield one

    def save(self, tenant: str, alert: Alert) -> None:
        dynamodb_writes.update(self._client, self._table, **alert_update(tenant, alert))

    def mark_sent(self, tenant: str, alert: Alert, destination: str) -> None:
        update = sent_update(tenant, alert, destination)
        dynamodb_writes.update(self._client, self._table, **update)

    def watched_to(self, tenant: str) -> datetime | None:
        key = watched_key(tenant)
        item = dynamodb_reads.get(self._client, self._table, key, is_consistent=True)
        return None if item is None else watched_from_item(item)

    def mark_watched(self, tenant: str, moment: datetime) -> None:
        dynamodb_writes.update(self._client, self._table, **watched_update(tenant, moment))
