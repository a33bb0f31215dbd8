"""Restore: which items are written, and which stay as they are."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from echostream.adapters.dynamodb_ledger import DynamoDBLedger
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.table_keys import count_key
from echostream.domain.query import stats
from echostream_cli.operate.backup import backup
from echostream_cli.operate.restore import restore
from tests.aws import client
from tests.builders import NOW, RETENTION, scored
from tests.unit.echostream_cli.filled_table import (
    SHARDS,
    WHOLE,
    create_table,
    fill_table,
    get_expiries,
    read,
)


@pytest.fixture
def dynamodb():
    with mock_aws():
        yield client("dynamodb")


@dataclass(frozen=True)
class Original:
    """A table before it was lost: the bytes of its backup, and what a restore must bring back."""

    backup: bytes
    documents_and_counts: list[Any]
    expiries: dict[Any, Any]


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Made once; each test restores it into a table of its own."""
    path = tmp_path_factory.mktemp("backup") / "backup.jsonl.gz"
    with mock_aws():
        store = fill_table(client("dynamodb"))
        backup(client("dynamodb"), "echostream", "before", path, NOW)
        return Original(path.read_bytes(), read(store), get_expiries(client("dynamodb"), "before"))


@pytest.fixture
def file(original, tmp_path):
    path = tmp_path / "backup.jsonl.gz"
    path.write_bytes(original.backup)
    return path


def test_restore_into_an_empty_table_copies_the_backup(dynamodb, file, original):
    """Documents, counts, members, spend and times of expiry."""
    store = create_table(dynamodb, "after")
    restore(dynamodb, "after", SHARDS, file, NOW)
    assert read(store) == original.documents_and_counts
    assert store.tenant_of("user-1") == "acme"
    assert DynamoDBLedger(dynamodb, "after").spent("all", "2026-05") == 70
    assert get_expiries(dynamodb, "after") == original.expiries


def test_second_restore_changes_nothing(dynamodb, file, original):
    """Every document is stored once and counted once."""
    store = create_table(dynamodb, "after")
    restore(dynamodb, "after", SHARDS, file, NOW)
    counts = restore(dynamodb, "after", SHARDS, file, NOW)
    assert (counts["documents restored"], counts["documents already stored"]) == (0, 12)
    assert read(store) == original.documents_and_counts


class Crash(Exception):
    """The end of the process."""


class CrashingClient:
    """A client that performs some writes, performs one more, and crashes before its response."""

    def __init__(self, client, writes):
        self._client, self._remaining = client, writes

    def __getattr__(self, name):
        method = getattr(self._client, name)
        return self._crash(method) if name in ("transact_write_items", "put_item") else method

    def _crash(self, method):
        def write(**arguments):
            response = method(**arguments)
            self._remaining -= 1
            if self._remaining < 0:
                raise Crash
            return response

        return write


@pytest.mark.parametrize("writes", range(4))
def test_restore_continues_after_a_crash(dynamodb, file, original, writes):
    """A second restore leads to the same documents and counts, whatever the last write was."""
    store = create_table(dynamodb, "after")
    with pytest.raises(Crash):
        restore(CrashingClient(dynamodb, writes), "after", SHARDS, file, NOW)
    restore(dynamodb, "after", SHARDS, file, NOW)
    assert read(store) == original.documents_and_counts


def test_restore_keeps_items_that_are_newer_than_the_backup(dynamodb, file):
    """A document with its counts, and spend."""
    store = fill_table(dynamodb)
    store.put("acme", [scored("later"), scored("d0-too", text="x")], NOW)
    DynamoDBLedger(dynamodb, "before").reserve("all", "2026-05", 5, 100)
    before = read(store)
    restore(dynamodb, "before", SHARDS, file, NOW)
    assert read(store) == before
    assert DynamoDBLedger(dynamodb, "before").spent("all", "2026-05") == 75


def test_restored_counts_equal_the_documents_not_the_file(dynamodb, tmp_path):
    """A scan during writes can read counts that differ from its documents."""
    store = fill_table(dynamodb)
    dynamodb.put_item(
        TableName="before",
        Item={
            **count_key("acme", NOW.replace(minute=0), 0, "s0"),
            **{name: {"N": "99"} for name in ("positive", "negative", "neutral", "mixed")},
            "compound_sum": {"N": "99"},
        },
    )
    path = tmp_path / "backup.jsonl.gz"
    backup(dynamodb, "echostream", "before", path, NOW)
    after = create_table(dynamodb, "after")
    restore(dynamodb, "after", SHARDS, path, NOW)
    hours, _ = stats(after, "acme", WHOLE, "hour")
    assert sum(hour.total for hour in hours) == 6
    assert read(after)[1] == read(store)[1]


def test_expired_documents_are_not_restored(dynamodb, file):
    """Nor counted."""
    store = create_table(dynamodb, "after")
    later = NOW + RETENTION - timedelta(hours=10)
    counts = restore(dynamodb, "after", SHARDS, file, later)
    assert counts["documents expired since"] == 6
    hours, _ = stats(store, "acme", WHOLE, "hour")
    assert sum(hour.total for hour in hours) == counts["documents restored"] / 2 == 3


def test_documents_keep_their_time_of_expiry(dynamodb, tmp_path):
    """Also those that were stored with another retention."""
    fill_table(dynamodb)
    longer = DynamoDBStore(dynamodb, "before", RETENTION * 2, SHARDS)
    longer.put("acme", [scored("long", source="other")], NOW)
    path = tmp_path / "backup.jsonl.gz"
    backup(dynamodb, "echostream", "before", path, NOW)
    create_table(dynamodb, "after")
    restore(dynamodb, "after", SHARDS, path, NOW)
    assert get_expiries(dynamodb, "after") == get_expiries(dynamodb, "before")
