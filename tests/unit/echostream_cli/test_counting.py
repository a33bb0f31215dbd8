"""Waiting until all changes of a table are counted, whatever shard of its stream they are in."""

from datetime import UTC, datetime, timedelta

import pytest

from echostream.adapters import table_keys
from echostream.adapters.dynamodb_counters import DynamoDBCounters
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.domain.counters import OPERATOR
from echostream_cli.counting import wait_until_counted
from echostream_cli.errors import UserError
from echostream_cli.operate import recount
from echostream_cli.operate.recount import Recount
from tests.aws import client, mock_table
from tests.builders import NOW, RETENTION, SHARDS, scored
from tests.counters_contract import change
from tests.unit.echostream_cli.filled_table import create_table

HOUR = timedelta(hours=1)


@pytest.fixture
def counters():
    """Counters whose one shard of the stream has counted all that will be received."""
    with mock_table():
        create_table(client("dynamodb"), "table")
        counters = DynamoDBCounters(client("dynamodb"), "table", RETENTION, 1)
        later = datetime.now(UTC) + HOUR
        counters.add("shard", [change(1, OPERATOR, NOW, received=later)], is_behind=False)
        yield counters


@pytest.mark.parametrize(("window", "is_counted"), [(timedelta(0), True), (HOUR, False)])
def test_other_shards_may_be_behind_by_the_window(counters, window, is_counted):
    """What one shard has counted is not enough while changes of others are collected."""
    assert wait_until_counted(client("dynamodb"), "table", 0, window) is is_counted


def test_recount_leaves_out_documents_of_the_lake_only(counters):
    """They stay without a key in the index, and no day is compared because of them."""
    dynamodb = client("dynamodb")
    store = DynamoDBStore(dynamodb, "table", RETENTION, SHARDS)
    store.put("acme", [scored("old", at=NOW - 9 * RETENTION, arrived=NOW)], NOW)
    key = table_keys.document_key("acme", "old")
    before = dynamodb.get_item(TableName="table", Key=key)["Item"]
    report = Recount(dynamodb, "table", store, counters, RETENTION, timedelta(0))(NOW)
    assert (report.days, report.moved, report.mended, report.problems) == (0, 0, [], [])
    assert dynamodb.get_item(TableName="table", Key=key)["Item"] == before


def test_recount_waits_for_the_window(counters, monkeypatch):
    """Otherwise it would add changes that are counted later once more."""
    monkeypatch.setattr(recount, "TIMEOUT", 0.0)
    dynamodb = client("dynamodb")
    store = DynamoDBStore(dynamodb, "table", RETENTION, SHARDS)
    assert Recount(dynamodb, "table", store, counters, RETENTION, timedelta(0))(NOW).busy == []
    with pytest.raises(UserError, match="did not count within 0 s; nothing was mended"):
        Recount(dynamodb, "table", store, counters, RETENTION, HOUR)(NOW)
