"""Writes of one item of a DynamoDB table, and deletions, with or without a condition."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.aws_errors import translated

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def put(client: "DynamoDBClient", table: str, **arguments: Any) -> bool:
    """Put an item. Returns False, and changes nothing, if the condition does not hold.

    Raises `TryAgain` and `CallRefused`.
    """
    return _write(client, client.put_item, TableName=table, **arguments)


def update(client: "DynamoDBClient", table: str, **arguments: Any) -> bool:
    """Update an item; otherwise like `put`."""
    return _write(client, client.update_item, TableName=table, **arguments)


def delete(client: "DynamoDBClient", table: str, **arguments: Any) -> bool:
    """Delete an item; otherwise like `put`."""
    return _write(client, client.delete_item, TableName=table, **arguments)


def _write(client: "DynamoDBClient", call: Any, **arguments: Any) -> bool:
    try:
        call(**arguments)
    except client.exceptions.ConditionalCheckFailedException:
        return False
    except (ClientError, BotoCoreError) as error:
        raise translated("table", error) from error
    return True
