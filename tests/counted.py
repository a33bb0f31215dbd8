"""Waits until the documents of a sandbox are counted."""

from datetime import timedelta

from echostream.adapters.dynamodb_counters import DynamoDBCounters
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream_cli import counting
from echostream_cli.outputs import outputs
from echostream_cli.settings import Settings

TIMEOUT = 60.0
"""Seconds."""


def wait_until_counted(settings: Settings) -> None:
    """Fails if the function `count` does not count all changes made so far."""
    client, table = settings.target.client("dynamodb"), outputs(settings)["TABLE_NAME"]
    store = DynamoDBStore(client, table, timedelta(days=1), shards=1)
    counters = DynamoDBCounters(client, table, timedelta(days=1), shards=1)
    assert counting.wait_until_counted(store, counters, TIMEOUT)
