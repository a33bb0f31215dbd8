"""The age of the oldest change that is not counted, from a real stream."""

from datetime import UTC, datetime, timedelta

import pytest

from echostream.adapters.dynamodb_directory import DynamoDBDirectory
from echostream.adapters.table_counts import position_update
from echostream.domain.counters import Change
from echostream_cli.operate.stream_age import age_of_oldest_change
from tests.builders import scored
from tests.unit.echostream_cli.filled_table import create_table

WAIT = timedelta(minutes=10)
WAIT_MS = WAIT.total_seconds() * 1000


@pytest.fixture
def table(settings, sandbox, name):
    """A table with a stream that no function reads, and its store."""
    client = settings.target.client("dynamodb")
    store = create_table(client, name)
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    client.update_table(TableName=name, StreamSpecification=stream)
    yield store
    client.delete_table(TableName=name)


def age(settings, name):
    """In milliseconds, as of 10 minutes from now."""
    return age_of_oldest_change(settings.target, name, datetime.now(UTC) + WAIT)


def count_all(settings, name):
    """Write the position that the derive function writes after the last change."""
    streams = settings.target.client("dynamodbstreams")
    dynamodb = settings.target.client("dynamodb")
    stream = dynamodb.describe_table(TableName=name)["Table"]["LatestStreamArn"]
    [shard] = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    last = streams.get_records(ShardIterator=iterator)["Records"][-1]["dynamodb"]
    change = Change(last["SequenceNumber"].zfill(40), datetime.now(UTC), "acme")
    dynamodb.update_item(TableName=name, **position_update("", [change], is_behind=False))


def test_empty_stream_has_no_age(settings, name, table):
    """As after a start of the emulator."""
    assert age(settings, name) is None


def test_oldest_change_that_is_not_counted_has_the_age(settings, name, table):
    """Before the first count, after a count of all changes, and after another change."""
    table.put("acme", [scored("a")], datetime.now(UTC))
    assert WAIT_MS <= age(settings, name) < 2 * WAIT_MS
    count_all(settings, name)
    assert age(settings, name) == 0
    table.put("acme", [scored("b")], datetime.now(UTC))
    assert WAIT_MS <= age(settings, name) < 2 * WAIT_MS


def test_changes_that_the_function_does_not_read_have_no_age(settings, name, table):
    """A tenant is not counted."""
    directory = DynamoDBDirectory(settings.target.client("dynamodb"), name)
    directory.create_tenant("acme", datetime.now(UTC))
    assert age(settings, name) == 0
