"""Reads of a DynamoDB table: an item, several items, and all pages of a query."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters import dynamodb_batches
from echostream.adapters.aws_errors import translated
from echostream.adapters.table_items import Item
from echostream.adapters.table_keys import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_KEYS = 100
"""In one batch of reads (limit of DynamoDB)."""


def get(client: "DynamoDBClient", table: str, key: Key, is_consistent: bool = False) -> Item | None:
    """The item with a key; None if there is none. Raises `TryAgain` and `CallRefused`."""
    try:
        response = client.get_item(TableName=table, Key=key, ConsistentRead=is_consistent)
    except (ClientError, BotoCoreError) as error:
        raise translated("table", error) from error
    return response.get("Item")


def get_many(
    client: "DynamoDBClient",
    table: str,
    keys: Sequence[Key],
    *,
    is_consistent: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Item]:
    """The items that exist of those with some keys. Raises `TryAgain` and `CallRefused`."""
    for start in range(0, len(keys), MAX_KEYS):
        batch = {"Keys": keys[start : start + MAX_KEYS], "ConsistentRead": is_consistent}
        for response in dynamodb_batches.read(client.batch_get_item, {table: batch}, sleep):
            yield from response["Responses"].get(table, [])


def query(client: "DynamoDBClient", table: str, **arguments: Any) -> Iterator[Item]:
    """The items of a query, page by page. Raises `TryAgain` and `CallRefused`."""
    for items, _ in pages(client, table, **arguments):
        yield from items


def pages(
    client: "DynamoDBClient", table: str, **arguments: Any
) -> Iterator[tuple[list[Item], Key | None]]:
    """The pages of a query, each with the key after which the next one begins; None at the end."""
    start: Item = {}
    while True:
        try:
            page = client.query(TableName=table, **arguments, **start)
        except (ClientError, BotoCoreError) as error:
            raise translated("table", error) from error
        last = page.get("LastEvaluatedKey")
        yield page["Items"], last
        if not last:
            return
        start = {"ExclusiveStartKey": last}
