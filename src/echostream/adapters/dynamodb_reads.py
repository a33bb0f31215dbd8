"""Reads of a DynamoDB table: an item, and all pages of a query."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.aws_errors import translated
from echostream.adapters.table_items import Item
from echostream.adapters.table_keys import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def get(client: "DynamoDBClient", table: str, key: Key, is_consistent: bool = False) -> Item | None:
    """The item with a key; None if there is none. Raises `TryAgain` and `CallRefused`."""
    try:
        response = client.get_item(TableName=table, Key=key, ConsistentRead=is_consistent)
    except (ClientError, BotoCoreError) as error:
        raise translated("table", error) from error
    return response.get("Item")


def query(client: "DynamoDBClient", table: str, **arguments: Any) -> Iterator[Item]:
    """The items of a query, page by page. Raises `TryAgain` and `CallRefused`."""
    start: Item = {}
    while True:
        try:
            page = client.query(TableName=table, **arguments, **start)
        except (ClientError, BotoCoreError) as error:
            raise translated("table", error) from error
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
