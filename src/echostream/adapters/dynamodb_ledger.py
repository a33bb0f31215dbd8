"""The spend ledger in DynamoDB: one item per account and month, in the documents table."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.aws_errors import translated
from echostream.adapters.table_items import expiry
from echostream.adapters.table_keys import spend_key
from echostream.domain.errors import TryAgain

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT = timedelta(days=400)
"""The time after the start of its month at which an account's item expires."""


class DynamoDBLedger:
    """A `Ledger` in a DynamoDB table. Conditional updates keep concurrent calls within a cap.

    `client` makes one attempt of each call: with a response lost, a repeat would release twice.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def reserve(self, account: str, month: str, units: int, cap: int) -> int | None:
        if units > cap:
            return None
        try:
            return self._reserve(account, month, units, cap)
        except TryAgain:  # it may have reserved; that costs units of the cap and no money
            return self._reserve(account, month, units, cap)

    def _reserve(self, account: str, month: str, units: int, cap: int) -> int | None:
        try:
            response = self._client.update_item(
                TableName=self._table,
                Key=spend_key(account, month),
                UpdateExpression="ADD units :units SET expires_at = :expiry",
                ConditionExpression="attribute_not_exists(units) OR units <= :room",
                ExpressionAttributeValues={
                    ":units": {"N": str(units)},
                    ":room": {"N": str(cap - units)},
                    ":expiry": expiry(_month_start(month), KEPT),
                },
                ReturnValues="UPDATED_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        except (ClientError, BotoCoreError) as error:
            raise translated("ledger", error) from error
        return int(response["Attributes"]["units"]["N"])

    def release(self, account: str, month: str, units: int) -> None:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=spend_key(account, month),
                UpdateExpression="ADD units :units",
                ExpressionAttributeValues={":units": {"N": str(-units)}},
            )
        except (ClientError, BotoCoreError) as error:
            raise translated("ledger", error) from error

    def spent(self, account: str, month: str) -> int:
        try:
            response = self._client.get_item(
                TableName=self._table, Key=spend_key(account, month), ConsistentRead=True
            )
        except (ClientError, BotoCoreError) as error:
            raise translated("ledger", error) from error
        return int(response["Item"]["units"]["N"]) if "Item" in response else 0


def _month_start(month: str) -> datetime:
    return datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
