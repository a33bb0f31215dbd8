"""Backup and restore: which items are restored, and which files are refused."""

import gzip
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from echostream.adapters.dynamodb_ledger import DynamoDBLedger
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.table_keys import count_key
from echostream.domain.codec import time_to_wire
from echostream.domain.query import Question, newest, stats
from echostream_cli.errors import UserError
from echostream_cli.operate import backup_file
from echostream_cli.operate.backup import backup
from echostream_cli.operate.backup_file import Header, InvalidBackup
from echostream_cli.operate.restore import restore
from tests.aws import client
from tests.builders import NOW, RETENTION, scored

KEYS = [
    {"AttributeName": "pk", "KeyType": "HASH"},
    {"AttributeName": "sk", "KeyType": "RANGE"},
]
SHARDS = 2
WHOLE = Question(NOW - timedelta(hours=21), NOW + timedelta(hours=1))
"""All documents, on two days: each further day costs a query to every shard."""


@pytest.fixture
def dynamodb():
    with mock_aws():
        yield client("dynamodb")


def create_table(client, name, keys=KEYS):
    attributes = {key["AttributeName"] for key in keys} | {"time_pk", "time_sk"}
    client.create_table(
        TableName=name,
        KeySchema=keys,
        AttributeDefinitions=[{"AttributeName": a, "AttributeType": "S"} for a in attributes],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_time",
                "KeySchema": [
                    {"AttributeName": "time_pk", "KeyType": "HASH"},
                    {"AttributeName": "time_sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return DynamoDBStore(client, name, RETENTION, SHARDS)


def fill_table(client, name="before"):
    """A table with documents of two tenants over two days, a member and some spending."""
    store = create_table(client, name)
    for tenant in ("acme", "globex"):
        documents = [
            scored(f"d{n}", at=NOW - timedelta(hours=4 * n), compound=n / 6, source=f"s{n % 3}")
            for n in range(6)
        ]
        store.put(tenant, documents, NOW)
    store.add_member("user-1", "acme")
    DynamoDBLedger(client, name).reserve("all", "2026-05", 70, 100)
    return store


def read(store):
    """The documents and hourly counts of both tenants."""
    return [
        (newest(store, tenant, WHOLE, 500).documents, stats(store, tenant, WHOLE, "hour"))
        for tenant in ("acme", "globex")
    ]


def get_expiries(client, table):
    items = client.scan(TableName=table)["Items"]
    return {(i["pk"]["S"], i["sk"]["S"].split("#")[0]): i.get("expires_at") for i in items}


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


def truncated(data):
    return data[: len(data) // 2]


def changed_text(data):
    return gzip.compress(gzip.decompress(data).replace(b"some words", b"same words", 1))


def without_last_line(data):
    return gzip.compress(b"".join(gzip.decompress(data).splitlines(keepends=True)[:-1]))


def with_lines_after_the_end(data):
    return data + gzip.compress(b'{"Item": {}}\n')


def later_format(data):
    header, items = gzip.decompress(data).split(b"\n", 1)
    header = json.dumps({**json.loads(header), "echostream_backup": 2}).encode()
    return gzip.compress(header + b"\n" + items)


def one_wrong_byte(data):
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 255]) + data[middle + 1 :]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (truncated, "truncated"),
        (changed_text, "do not match its checksum"),
        (without_last_line, "truncated after 26 items"),
        (with_lines_after_the_end, "has lines after its end"),
        (later_format, "has format 2"),
        (one_wrong_byte, "damaged"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_damaged_backup_is_refused_before_anything_is_written(file, dynamodb, damage, message):
    """The message names the file and the damage; the table stays empty."""
    file.write_bytes(damage(file.read_bytes()))
    create_table(dynamodb, "after")
    with pytest.raises(InvalidBackup, match=f"{file}: .*{message}"):
        restore(dynamodb, "after", SHARDS, file, NOW)
    assert dynamodb.scan(TableName="after")["Count"] == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"id,text\n", gzip.compress(b""), gzip.compress(b"{}")],
    ids=["empty", "csv", "empty gzip", "gzip of other JSON"],
)
def test_file_that_is_no_backup_is_refused(dynamodb, tmp_path, content):
    """The message names the file."""
    path = tmp_path / "file"
    path.write_bytes(content)
    create_table(dynamodb, "after")
    with pytest.raises(InvalidBackup, match=str(path)):
        restore(dynamodb, "after", SHARDS, path, NOW)


def test_restore_into_a_table_with_other_keys_is_refused(file, dynamodb):
    """The items of the backup do not fit such a table."""
    create_table(dynamodb, "other", [{"AttributeName": "pk", "KeyType": "HASH"}])
    with pytest.raises(InvalidBackup, match="other keys"):
        restore(dynamodb, "other", SHARDS, file, NOW)


def test_failed_backup_leaves_the_previous_file(tmp_path):
    """Only a complete backup replaces it; only its owner can read it."""
    path = tmp_path / "backup.jsonl.gz"
    header = Header("s", "t", KEYS, time_to_wire(NOW))
    backup_file.write(path, header, [{"pk": {"S": "member#a"}}])

    def failing_items():
        yield {"pk": {"S": "member#b"}}
        raise ConnectionError

    with pytest.raises(ConnectionError):
        backup_file.write(path, header, failing_items())
    assert list(backup_file.read_items(path)) == [{"pk": {"S": "member#a"}}]
    assert path.stat().st_mode & 0o077 == 0


def test_backup_of_a_missing_table_is_refused(dynamodb, tmp_path):
    """The message names the table, and no file is written."""
    with pytest.raises(UserError, match="no table missing"):
        backup(dynamodb, "echostream", "missing", tmp_path / "file", NOW)
    assert list(tmp_path.iterdir()) == []
