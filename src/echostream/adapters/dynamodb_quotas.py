"""What tenants used of their quotas, in the documents table: one item per tenant and window."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from echostream.adapters import dynamodb_reads, dynamodb_writes
from echostream.adapters.table_items import expiry
from echostream.adapters.table_keys import quota_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT = timedelta(days=2)
"""The time after the start of its window at which an item expires."""


class DynamoDBQuotaLedger:
    """A `QuotaLedger` in a DynamoDB table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def take(self, tenant: str, window: str, number: int, limit: int) -> bool:
        if number > limit:
            return False
        return dynamodb_writes.update(
            self._client,
            self._table,
            Key=quota_key(tenant, window),
            UpdateExpression="ADD used :number SET expires_at = :expiry",
            ConditionExpression="attribute_not_exists(used) OR used <= :room",
            ExpressionAttributeValues={
                ":number": {"N": str(number)},
                ":room": {"N": str(limit - number)},
                ":expiry": expiry(_start(window), KEPT),
            },
        )

    def used(self, tenant: str, window: str) -> int:
        item = dynamodb_reads.get(self._client, self._table, quota_key(tenant, window))
        return int(item["used"]["N"]) if item else 0


def _start(window: str) -> datetime:
    return datetime.fromisoformat(window.split("#", 1)[1]).replace(tzinfo=UTC)
