"""Backup and restore: what comes back, what stays away, and which files are refused."""

import gzip
import json
from datetime import timedelta

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
from echostream_cli.operate.backup_file import BadBackup, Header
from echostream_cli.operate.restore import restore
from tests.aws import client
from tests.builders import NOW, RETENTION, scored

KEYS = [
    {"AttributeName": "pk", "KeyType": "HASH"},
    {"AttributeName": "sk", "KeyType": "RANGE"},
]
WHOLE = Question(NOW - timedelta(hours=21), NOW + timedelta(hours=1))
"""All documents, on two days; each day more is as many questions to every shard."""


@pytest.fixture
def dynamodb():
    with mock_aws():
        yield client("dynamodb")


def a_table(client, name, keys=KEYS):
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
    return DynamoDBStore(client, name, RETENTION)


def filled(client, name="before"):
    """A table with documents of two tenants over two days, a member and some spending."""
    store = a_table(client, name)
    for tenant in ("acme", "globex"):
        made = [
            scored(f"d{n}", at=NOW - timedelta(hours=4 * n), compound=n / 6, source=f"s{n % 3}")
            for n in range(6)
        ]
        store.put(tenant, made, NOW)
    store.add_member("user-1", "acme")
    DynamoDBLedger(client, name).reserve("all", "2026-05", 70, 100)
    return store


def seen(store):
    """What readers see of both tenants."""
    return [
        (newest(store, tenant, WHOLE, 500).documents, stats(store, tenant, WHOLE, "hour"))
        for tenant in ("acme", "globex")
    ]


def expiries(client, table):
    items = client.scan(TableName=table)["Items"]
    return {(i["pk"]["S"], i["sk"]["S"].split("#")[0]): i.get("expires_at") for i in items}


@pytest.fixture
def file(dynamodb, tmp_path):
    filled(dynamodb)
    path = tmp_path / "backup.jsonl.gz"
    backup(dynamodb, "echostream", "before", path, NOW)
    return path


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """A good backup, for tests that damage it; the table that it is of is gone."""
    path = tmp_path_factory.mktemp("backup") / "backup.jsonl.gz"
    with mock_aws():
        filled(client("dynamodb"))
        backup(client("dynamodb"), "echostream", "before", path, NOW)
    return path.read_bytes()


def test_an_empty_table_becomes_what_the_other_was(dynamodb, file):
    """Documents, counts, members, spending and times to live are as they were."""
    store = a_table(dynamodb, "after")
    restore(dynamodb, "after", 4, file, NOW)
    assert seen(store) == seen(DynamoDBStore(dynamodb, "before", RETENTION))
    assert store.tenant_of("user-1") == "acme"
    assert DynamoDBLedger(dynamodb, "after").spent("all", "2026-05") == 70
    assert expiries(dynamodb, "after") == expiries(dynamodb, "before")


def test_a_second_restore_changes_nothing(dynamodb, file):
    """Run again, as after a crash: every document is there once, and counted once."""
    store = a_table(dynamodb, "after")
    restore(dynamodb, "after", 4, file, NOW)
    before = seen(store)
    done = restore(dynamodb, "after", 4, file, NOW)
    assert (done["documents restored"], done["documents there already"]) == (0, 12)
    assert seen(store) == before


class Dies(Exception):
    """A crash."""


class DiesAfter:
    """A client that makes so many writes, and then dies after one more that nobody hears of."""

    def __init__(self, client, writes):
        self._client, self._left = client, writes

    def __getattr__(self, name):
        value = getattr(self._client, name)
        return self._write(value) if name in ("transact_write_items", "put_item") else value

    def _write(self, value):
        def write(**arguments):
            answer = value(**arguments)
            self._left -= 1
            if self._left < 0:
                raise Dies
            return answer

        return write


@pytest.mark.parametrize("writes", range(4))
def test_a_restore_that_died_goes_on(dynamodb, file, writes):
    """Whichever write was the last, a second restore ends with the same documents and counts."""
    store = a_table(dynamodb, "after")
    with pytest.raises(Dies):
        restore(DiesAfter(dynamodb, writes), "after", 4, file, NOW)
    restore(dynamodb, "after", 4, file, NOW)
    assert seen(store) == seen(DynamoDBStore(dynamodb, "before", RETENTION))


def test_what_came_since_stays(dynamodb, file):
    """A document and money that came after the backup are kept, with their counts."""
    store = DynamoDBStore(dynamodb, "before", RETENTION)
    store.put("acme", [scored("later"), scored("d0-too", text="x")], NOW)
    DynamoDBLedger(dynamodb, "before").reserve("all", "2026-05", 5, 100)
    before = seen(store)
    restore(dynamodb, "before", 4, file, NOW)
    assert seen(store) == before
    assert DynamoDBLedger(dynamodb, "before").spent("all", "2026-05") == 75


def test_counts_are_of_the_documents_whatever_the_file_says(dynamodb, tmp_path):
    """A count that was read before its document, as while others write, does not come back."""
    store = filled(dynamodb)
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
    after = a_table(dynamodb, "after")
    restore(dynamodb, "after", 4, path, NOW)
    hours, _ = stats(after, "acme", WHOLE, "hour")
    assert sum(hour.total for hour in hours) == 6
    assert seen(after)[1] == seen(store)[1]


def test_what_has_expired_since_stays_away(dynamodb, file):
    """A document past its time to live is not brought back, nor counted."""
    store = a_table(dynamodb, "after")
    later = NOW + RETENTION - timedelta(hours=10)
    done = restore(dynamodb, "after", 4, file, later)
    assert done["documents expired since"] == 6
    hours, _ = stats(store, "acme", WHOLE, "hour")
    assert sum(hour.total for hour in hours) == done["documents restored"] / 2 == 3


def test_each_document_keeps_its_own_time_to_live(dynamodb, tmp_path):
    """Documents that were stored under another retention keep it."""
    filled(dynamodb)
    longer = DynamoDBStore(dynamodb, "before", RETENTION * 2)
    longer.put("acme", [scored("long", source="other")], NOW)
    path = tmp_path / "backup.jsonl.gz"
    backup(dynamodb, "echostream", "before", path, NOW)
    a_table(dynamodb, "after")
    restore(dynamodb, "after", 4, path, NOW)
    assert expiries(dynamodb, "after") == expiries(dynamodb, "before")


def cut(data):
    return data[: len(data) // 2]


def flipped(data):
    return gzip.compress(gzip.decompress(data).replace(b"some words", b"same words", 1))


def without_its_end(data):
    return gzip.compress(b"".join(gzip.decompress(data).splitlines(keepends=True)[:-1]))


def gone_on(data):
    return data + gzip.compress(b'{"Item": {}}\n')


def of_a_later_format(data):
    first, rest = gzip.decompress(data).split(b"\n", 1)
    return gzip.compress(json.dumps({**json.loads(first), "echostream_backup": 2}).encode() + rest)


def one_byte_wrong(data):
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 255]) + data[middle + 1 :]


@pytest.mark.parametrize(
    "damage",
    [cut, flipped, without_its_end, gone_on, of_a_later_format, one_byte_wrong],
    ids=lambda damage: damage.__name__,
)
def test_a_damaged_file_is_refused_before_anything_is_written(content, dynamodb, tmp_path, damage):
    """Cut off, changed or of another format: the table stays empty."""
    file = tmp_path / "backup.jsonl.gz"
    file.write_bytes(damage(content))
    a_table(dynamodb, "after")
    with pytest.raises(BadBackup, match=str(file)):
        restore(dynamodb, "after", 4, file, NOW)
    assert dynamodb.scan(TableName="after")["Count"] == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"id,text\n", gzip.compress(b""), gzip.compress(b"{}")],
    ids=["empty", "csv", "gzip of nothing", "gzip of another document"],
)
def test_what_is_no_backup_is_refused(dynamodb, tmp_path, content):
    """Whatever else a file is, the message names it."""
    path = tmp_path / "file"
    path.write_bytes(content)
    a_table(dynamodb, "after")
    with pytest.raises(BadBackup, match=str(path)):
        restore(dynamodb, "after", 4, path, NOW)


def test_a_table_with_other_keys_is_refused(content, dynamodb, tmp_path):
    """A backup goes only where its items fit."""
    file = tmp_path / "backup.jsonl.gz"
    file.write_bytes(content)
    a_table(dynamodb, "other", [{"AttributeName": "pk", "KeyType": "HASH"}])
    with pytest.raises(BadBackup, match="other keys"):
        restore(dynamodb, "other", 4, file, NOW)


def test_a_backup_that_dies_leaves_the_one_before(tmp_path):
    """Only a whole file gets the name."""
    path = tmp_path / "backup.jsonl.gz"
    header = Header("s", "t", KEYS, time_to_wire(NOW))
    backup_file.write(path, header, [{"pk": {"S": "member#a"}}])

    def dying():
        yield {"pk": {"S": "member#b"}}
        raise ConnectionError

    with pytest.raises(ConnectionError):
        backup_file.write(path, header, dying())
    assert list(backup_file.items(path)) == [{"pk": {"S": "member#a"}}]
    assert path.stat().st_mode & 0o077 == 0


def test_a_table_that_is_not_there_is_named(dynamodb, tmp_path):
    """The message names the table, and nothing is written."""
    with pytest.raises(UserError, match="no table gone"):
        backup(dynamodb, "echostream", "gone", tmp_path / "file", NOW)
    assert list(tmp_path.iterdir()) == []
