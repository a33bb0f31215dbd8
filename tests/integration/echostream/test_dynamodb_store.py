"""The DynamoDB store against the store contract, on the template's table."""

import threading
from datetime import timedelta
from itertools import repeat

import pytest

from echostream.adapters import table_keys
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.table_items import expiry
from echostream.domain.document_store import Outcome
from echostream.domain.errors import TryAgain
from echostream.domain.model import sort_time
from tests.builders import RETENTION, SHARDS, scored
from tests.faults import Fault, Faults
from tests.store_contract import StoreContract


def new_store(table, **options):
    client, name = table
    return DynamoDBStore(client, name, RETENTION, SHARDS, **options)


@pytest.fixture
def faults(table):
    """The faults of the table's client."""
    client, _ = table
    return Faults(client)


@pytest.fixture
def store(table):
    return new_store(table)


class TestDynamoDBStore(StoreContract):
    """On the table of the template."""


def test_repeat_after_a_lost_response_stores_once(table, faults, tenant, at):
    """The repeat stores what is missing, and reports repeats for what is stored."""
    batch = [scored(f"d{n}", at=at - timedelta(seconds=n)) for n in range(60)]
    store = new_store(table)
    plan = [None, Fault.TIMEOUT_AFTER]
    with faults.planned(plan, "BatchExecuteStatement"), pytest.raises(TryAgain):
        store.put(tenant, batch, at)
    outcomes = [put.outcome for put in store.put(tenant, batch, at)]
    assert outcomes == [Outcome.REPEATED] * 50 + [Outcome.STORED] * 10
    assert StoreContract.documents(store, tenant, at) == batch


def test_statements_that_are_throttled_are_repeated(table, faults, tenant, at):
    """Only those, after a wait; the others keep their result."""
    waits: list[float] = []
    busy = new_store(table, sleep=waits.append)
    with faults.planned([Fault.PARTIAL] * 2, "BatchExecuteStatement"):
        puts = busy.put(tenant, [scored(f"d{n}", at=at) for n in range(25)], at)
    assert {put.outcome for put in puts} == {Outcome.STORED}
    assert (faults.calls.count("BatchExecuteStatement"), len(waits)) == (3, 2)


def test_endless_throttling_is_a_failure(table, faults, tenant, at):
    """After eight attempts the caller has to repeat."""
    waits: list[float] = []
    busy = new_store(table, sleep=waits.append)
    with (
        faults.planned(repeat(Fault.PARTIAL), "BatchExecuteStatement"),
        pytest.raises(TryAgain, match="1 documents not stored in 8 attempts"),
    ):
        busy.put(tenant, [scored("a", at=at)], at)
    assert len(waits) == 8


def test_document_that_the_table_refuses_costs_only_itself(table, tenant, at):
    """DynamoDB stores items of up to 400 KB."""
    store = new_store(table)
    good, large = scored("good", at=at), scored("large", text="x" * 420_000, at=at)
    puts = store.put(tenant, [large, good], at)
    assert [put.outcome for put in puts] == [Outcome.REFUSED, Outcome.STORED]
    assert StoreContract.documents(store, tenant, at) == [good]


def test_concurrent_writers_store_each_id_once(table, tenant, at):
    """Six writers with overlapping batches, of which two have another text: one of them wins."""
    outcomes: list[Outcome] = []

    def write(writer):
        text = f"text {writer % 2}"
        batch = [scored(f"shared-{i}", text=text, at=at) for i in range(20)]
        batch += [scored(f"own-{writer}-{i}", at=at) for i in range(20)]
        outcomes.extend(put.outcome for put in new_store(table).put(tenant, batch, at))

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(Outcome.STORED) == 20 + 6 * 20
    assert outcomes.count(Outcome.REPEATED) == 2 * 20
    assert outcomes.count(Outcome.CONFLICT) == 3 * 20


def test_id_of_an_expired_document_can_be_reused_once(table, tenant, at):
    """DynamoDB deletes expired items late; the store treats them as deleted."""
    store = new_store(table)
    store.put(tenant, [scored("a", text="old", at=at - timedelta(days=31))], at)
    new = scored("a", text="new", at=at)
    outcomes = [store.put(tenant, [new], at)[0].outcome for _ in range(2)]
    assert outcomes == [Outcome.STORED, Outcome.REPEATED]
    assert StoreContract.documents(store, tenant, at) == [new]


def test_repeat_for_the_lake_replaces_no_expired_document(table, tenant, at):
    """The lake has that text already, so it must not follow from the table's stream again."""
    store, later = new_store(table), at + RETENTION + timedelta(hours=1)
    first = scored("a", at=at)
    store.put(tenant, [first], at)
    [put] = store.put(tenant, [scored("a", at=at, arrived=later)], later)
    assert (put.outcome, put.stored) == (Outcome.REPEATED, first)
    other = scored("a", at=at, arrived=later, text="other")
    assert store.put(tenant, [other], later)[0].outcome is Outcome.STORED


def test_old_document_leaves_no_entry_in_the_directory(table, tenant, at):
    """Its hour would be read by every later question about the period."""
    client, name = table
    old = scored("old", at=at - timedelta(days=4000), arrived=at)
    new_store(table).put(tenant, [old], at)
    keys = table_keys.document_key(tenant, "old")
    item = client.get_item(TableName=name, Key=keys)["Item"]
    assert item.keys() == {"pk", "sk", "document", "expires_at"}
    assert item["expires_at"] == expiry(at, RETENTION)
    period = at - timedelta(days=4001), sort_time(at)
    assert list(new_store(table).time_partitions(tenant, *period)) == []


def test_document_expires_at_the_end_of_its_retention(table, tenant, at):
    """Not in the second before, in which a sender may still repeat it."""
    store = new_store(table)
    document = scored("a", at=at)
    for moment, outcome in (
        (at, Outcome.STORED),
        (at + RETENTION, Outcome.REPEATED),
        (at + RETENTION + timedelta(seconds=1), Outcome.STORED),
    ):
        assert store.put(tenant, [document], moment)[0].outcome is outcome


@pytest.mark.parametrize("operation", ["BatchExecuteStatement", "BatchGetItem", "PutItem"])
def test_lost_response_of_any_call_changes_no_outcome(table, faults, tenant, at, operation):
    """Of the insertion, the read of what exists, and the replacement of an expired document."""
    old = scored("expired", text="old", at=at - timedelta(days=31))
    batch = [scored("expired", text="new", at=at), scored("new", at=at)]
    store = new_store(table)
    store.put(tenant, [old], at)
    with faults.planned([Fault.TIMEOUT_AFTER], operation), pytest.raises(TryAgain):
        store.put(tenant, batch, at)
    store.put(tenant, batch, at)
    stored = store.get_many(tenant, ["expired", "new"])
    assert stored == {scored.document.id: scored for scored in batch}
