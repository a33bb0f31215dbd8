"""Restore: which items are written, and which stay as they are."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from echostream.adapters.dynamodb_audit import DynamoDBAudit
from echostream.adapters.dynamodb_counters import DynamoDBCounters
from echostream.adapters.dynamodb_directory import DynamoDBDirectory
from echostream.adapters.dynamodb_erasures import DynamoDBErasures
from echostream.adapters.dynamodb_ledger import DynamoDBLedger
from echostream.adapters.dynamodb_live_sources import DynamoDBLiveSources
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.table_keys import kind_of
from echostream.domain.audit import Action, new_event
from echostream.domain.counters import Change
from echostream.domain.erasure import State, Subject, deletion_id, subject_of
from echostream.domain.members import TenantState
from echostream.domain.model import count
from echostream.domain.query import Question, newest
from echostream_cli.operate.backup import backup, get_key_schema
from echostream_cli.operate.backup_file import read_items
from echostream_cli.operate.restore import check, restore
from tests.aws import client, mock_table
from tests.builders import NOW, RETENTION, scored
from tests.unit.echostream_cli.filled_table import (
    ANN,
    NEWS,
    SHARDS,
    create_table,
    fill_table,
    get_expiries,
    read,
)


@pytest.fixture
def dynamodb():
    with mock_table():
        yield client("dynamodb")


@dataclass(frozen=True)
class Original:
    """A table before it was lost: the bytes of its backup, and what a restore must bring back."""

    backup: bytes
    documents: list[Any]
    expiries: dict[Any, Any]


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Made once; each test restores it into a table of its own."""
    path = tmp_path_factory.mktemp("backup") / "backup.jsonl.gz"
    with mock_table():
        store = fill_table(client("dynamodb"))
        backup(client("dynamodb"), "echostream", "before", path, NOW)
        return Original(path.read_bytes(), read(store), get_expiries(client("dynamodb"), "before"))


@pytest.fixture
def file(original, tmp_path):
    path = tmp_path / "backup.jsonl.gz"
    path.write_bytes(original.backup)
    return path


def test_restore_into_an_empty_table_copies_the_backup(dynamodb, file, original):
    """Documents, members, live sources, spend and times of expiry."""
    store = create_table(dynamodb, "after")
    restore(dynamodb, "after", SHARDS, file, NOW)
    assert read(store) == original.documents
    directory = DynamoDBDirectory(dynamodb, "after")
    assert directory.members("acme") == [ANN]
    assert [tenant.admins for tenant in directory.tenants()] == [1]
    assert DynamoDBLedger(dynamodb, "after").spent("all", "2026-05") == 70
    sources = DynamoDBLiveSources(dynamodb, "after", lambda: NOW)
    assert [one.source for one in sources.all("acme")] == [NEWS]
    assert sources.cursor(NEWS) == {"at": 7}
    assert get_expiries(dynamodb, "after") == original.expiries


def test_restore_writes_no_events(dynamodb, tmp_path):
    """A backup has those of the audit log; a restore could forge what happened."""
    fill_table(dynamodb)
    event = new_event("acme", NOW, str(ANN.identity), Action.SIGN_IN)
    DynamoDBAudit(dynamodb, "before", RETENTION).record(event)
    path = tmp_path / "backup.jsonl.gz"
    backup(dynamodb, "echostream", "before", path, NOW)
    assert "audit" in {kind_of(item) for item in read_items(path)}
    create_table(dynamodb, "after")
    restore(dynamodb, "after", SHARDS, path, NOW)
    kinds = {kind_of(item) for item in dynamodb.scan(TableName="after")["Items"]}
    assert "doc" in kinds
    assert "audit" not in kinds


def test_second_restore_changes_nothing(dynamodb, file, original):
    """Every document is stored once."""
    store = create_table(dynamodb, "after")
    restore(dynamodb, "after", SHARDS, file, NOW)
    counts = restore(dynamodb, "after", SHARDS, file, NOW)
    assert (counts["documents restored"], counts["documents already stored"]) == (0, 12)
    assert read(store) == original.documents


class Crash(Exception):
    """The end of the process."""


class CrashingClient:
    """A client that performs some writes, performs one more, and crashes before its response."""

    def __init__(self, client, writes):
        self._client, self._remaining = client, writes

    def __getattr__(self, name):
        method = getattr(self._client, name)
        return self._crash(method) if name in ("batch_execute_statement", "put_item") else method

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
    """A second restore leads to the same documents, whatever the last write was."""
    store = create_table(dynamodb, "after")
    with pytest.raises(Crash):
        restore(CrashingClient(dynamodb, writes), "after", SHARDS, file, NOW)
    restore(dynamodb, "after", SHARDS, file, NOW)
    assert read(store) == original.documents


def test_restore_keeps_items_that_are_newer_than_the_backup(dynamodb, file):
    """Documents, and spend."""
    store = fill_table(dynamodb)
    store.put("acme", [scored("later"), scored("d0-too", text="x")], NOW)
    DynamoDBLedger(dynamodb, "before").reserve("all", "2026-05", 5, 100)
    before = read(store)
    restore(dynamodb, "before", SHARDS, file, NOW)
    assert read(store) == before
    assert DynamoDBLedger(dynamodb, "before").spent("all", "2026-05") == 75


DIRECTORY = {"person", "members", "tenants"}
"""The kinds of items of tenants and their members."""


def test_counts_are_not_restored(dynamodb, tmp_path):
    """The stream of the restored table leads to new ones."""
    fill_table(dynamodb)
    changes = [Change("1", NOW, "acme", tuple(count([scored("d0")])))]
    DynamoDBCounters(dynamodb, "before", RETENTION, 1).add("shard", changes, is_behind=False)
    path = tmp_path / "backup.jsonl.gz"
    backup(dynamodb, "echostream", "before", path, NOW)
    create_table(dynamodb, "after")
    restore(dynamodb, "after", SHARDS, path, NOW)
    kinds = {kind_of(item) for item in dynamodb.scan(TableName="after")["Items"]}
    others = {"spend", "live", "cursor", "destinations", *DIRECTORY}
    assert kinds == {"doc", "days", "hours", "received", *others}


def test_expired_documents_are_not_restored(dynamodb, file):
    """Only the others are."""
    store = create_table(dynamodb, "after")
    later = NOW + RETENTION - timedelta(hours=10)
    counts = restore(dynamodb, "after", SHARDS, file, later)
    assert counts["documents expired since"] == 6
    assert [len(documents) for documents in read(store)] == [3, 3]
    assert counts["documents restored"] == 6


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


def test_old_documents_are_restored_by_their_ids(dynamodb, tmp_path):
    """Those of the lake only, of any age and arrival: with the others' retention, in one pass."""
    fill_table(dynamodb)
    store = DynamoDBStore(dynamodb, "before", RETENTION, SHARDS)
    written = [NOW - RETENTION * n for n in range(2, 90)]
    arrived = [NOW - timedelta(seconds=n, microseconds=n) for n in range(len(written))]
    old = [
        scored(f"old-{n}", at=at, arrived=late)
        for n, (at, late) in enumerate(zip(written, arrived, strict=True))
    ]
    store.put("acme", old, NOW)
    path = tmp_path / "backup.jsonl.gz"
    backup(dynamodb, "echostream", "before", path, NOW)
    assert check(path, get_key_schema(dynamodb, "before")).retentions == (RETENTION,)
    after = create_table(dynamodb, "after")
    later = NOW + timedelta(days=1)
    counts = restore(dynamodb, "after", SHARDS, path, later)
    assert counts["documents restored"] == 12 + len(old)
    assert get_expiries(dynamodb, "after") == get_expiries(dynamodb, "before")
    whole = Question(NOW - RETENTION * 99, NOW + timedelta(hours=1))
    assert len(newest(after, "acme", whole, 500).documents) == 6
    assert len(after.get_many("acme", [one.document.id for one in old])) == len(old)
    create_table(dynamodb, "late")
    counts = restore(dynamodb, "late", SHARDS, path, NOW + RETENTION)
    assert counts["documents restored"] == 0


@pytest.mark.parametrize("subject", [subject_of("document", "d0"), subject_of("author", "ann")])
def test_restore_leaves_out_what_was_erased_since(dynamodb, file, original, subject):
    """Of the erasure's tenant only; documents that were scored after it are restored."""
    store = create_table(dynamodb, "after")
    erasures = DynamoDBErasures(dynamodb, "after", lambda: NOW)
    erasures.create("acme", "e1", subject, NOW)
    earlier = DynamoDBErasures(dynamodb, "after", lambda: NOW - timedelta(days=9))
    earlier.create("globex", "e2", subject, NOW - timedelta(days=9))
    counts = restore(dynamodb, "after", SHARDS, file, NOW)
    acme, globex = original.documents
    number = 1 if subject.kind == "document" else 6
    assert counts["documents erased since"] == number
    assert read(store) == [acme[number:], globex]


def deleted(dynamodb, table, at, state=State.DONE):
    """An erasure of the tenant acme, which ended at a time."""
    erasures = DynamoDBErasures(dynamodb, table, lambda: at)
    erasure = erasures.create("acme", deletion_id(at), Subject("tenant", "acme"), at)
    return erasures.save(erasure.end(at)) if state is State.DONE else erasure


def test_restore_leaves_out_a_tenant_that_was_deleted_since(dynamodb, file, original):
    """Its documents, members, sources, destinations and itself; nothing of it is in the table."""
    store = create_table(dynamodb, "after")
    deleted(dynamodb, "after", NOW)
    counts = restore(dynamodb, "after", SHARDS, file, NOW)
    assert counts["items of deleted tenants"] == 6
    assert read(store) == [[], original.documents[1]]
    directory = DynamoDBDirectory(dynamodb, "after")
    assert (directory.members("acme"), directory.member(ANN.identity)) == ([], None)
    assert directory.tenant("acme") is None
    keys = [item["pk"]["S"] for item in dynamodb.scan(TableName="after")["Items"]]
    assert [key for key in keys if "acme" in key] == ["erasure#acme"]
    assert list(DynamoDBLiveSources(dynamodb, "after", lambda: NOW).all()) == []


def test_restore_brings_back_a_tenant_that_was_created_after_a_deletion(dynamodb, file, original):
    """Of the same name: the deletion was of another one."""
    store = create_table(dynamodb, "after")
    deleted(dynamodb, "after", NOW - timedelta(days=400))
    restore(dynamodb, "after", SHARDS, file, NOW)
    assert read(store) == original.documents
    assert DynamoDBDirectory(dynamodb, "after").members("acme") == [ANN]


def test_deletion_that_ran_during_a_backup_can_be_continued(dynamodb, file, original, tmp_path):
    """The backup has the erasure and the tenant as it was before: nobody can use it."""
    create_table(dynamodb, "before")
    restore(dynamodb, "before", SHARDS, file, NOW)
    deleted(dynamodb, "before", NOW, State.RUNNING)
    backup(dynamodb, "echostream", "before", tmp_path / "later", NOW)
    store = create_table(dynamodb, "after")
    restore(dynamodb, "after", SHARDS, tmp_path / "later", NOW)
    tenant = DynamoDBDirectory(dynamodb, "after").tenant("acme")
    assert tenant
    assert (tenant.state, read(store)[0]) == (TenantState.DELETING, [])
