"""The spend ledger in DynamoDB: one item an account and month, in the fast table.

pk               sk          units
spend#<month>    <account>   reserved so far
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from echostream.domain.errors import TryAgain

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

KEPT = timedelta(days=400)
"""How long after its month an account's item is kept."""
Key = dict[str, "AttributeValueTypeDef"]


class DynamoDBLedger:
    """A `Ledger` in a DynamoDB table. A conditional update decides, so no race passes a cap."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def reserve(self, account: str, month: str, units: int, cap: int) -> int | None:
        if units > cap:
            return None
        try:
            found = self._client.update_item(
                TableName=self._table,
                Key=_key(account, month),
                UpdateExpression="ADD units :units SET expires_at = :expiry",
                ConditionExpression="attribute_not_exists(units) OR units <= :room",
                ExpressionAttributeValues={
                    ":units": {"N": str(units)},
                    ":room": {"N": str(cap - units)},
                    ":expiry": {"N": _expiry(month)},
                },
                ReturnValues="UPDATED_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        except (ClientError, BotoCoreError) as error:
            raise TryAgain(f"ledger: {error}") from error
        return int(found["Attributes"]["units"]["N"])

    def release(self, account: str, month: str, units: int) -> None:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(account, month),
                UpdateExpression="ADD units :units",
                ExpressionAttributeValues={":units": {"N": str(-units)}},
            )
        except (ClientError, BotoCoreError) as error:
            raise TryAgain(f"ledger: {error}") from error

    def spent(self, account: str, month: str) -> int:
        try:
            found = self._client.get_item(
                TableName=self._table, Key=_key(account, month), ConsistentRead=True
            )
        except (ClientError, BotoCoreError) as error:
            raise TryAgain(f"ledger: {error}") from error
        return int(found["Item"]["units"]["N"]) if "Item" in found else 0


def _key(account: str, month: str) -> Key:
    return {"pk": {"S": f"spend#{month}"}, "sk": {"S": account}}


def _expiry(month: str) -> str:
    return str(int((datetime.fromisoformat(f"{month}-01T00:00:00+00:00") + KEPT).timestamp()))
