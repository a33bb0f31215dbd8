"""The counters in DynamoDB against the contract of all counters, on the template's table."""

import threading
from datetime import timedelta
from itertools import repeat

import pytest

from echostream.adapters.dynamodb_counters import MAX_ATTEMPTS, DynamoDBCounters
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.domain.counters import MAX_SOURCES_A_DAY
from echostream.domain.errors import TryAgain
from echostream.domain.model import count
from tests.builders import RETENTION, SHARDS, scored
from tests.counters_contract import CountersContract, change, non_zero
from tests.faults import Fault, Faults
from tests.polling import wait_until


def new_counters(table, shards=2, **options):
    client, name = table
    return DynamoDBCounters(client, name, RETENTION, shards, **options)


@pytest.fixture
def counters(table):
    return new_counters(table)


@pytest.fixture
def faults(table):
    """The faults of the table's client."""
    client, _ = table
    return Faults(client)


class TestDynamoDBCounters(CountersContract):
    """On the table of the template."""


def total(counters, tenant, at):
    return sum(part.total for part in counters.hours(tenant, at - timedelta(days=1), at))


def changes_of(tenant, at, *sources):
    return [
        change(n, tenant, at, *count([scored("a", at=at, source=source)]))
        for n, source in enumerate(sources)
    ]


LAST_CALLS = [
    (operation, fault)
    for operation in ("GetItem", "UpdateItem", "TransactWriteItems")
    for fault in (Fault.UNREACHABLE, Fault.TIMEOUT_AFTER)
]


@pytest.mark.parametrize("last", LAST_CALLS, ids=lambda last: f"{last[0]}-{last[1].name}")
def test_failure_and_second_delivery_count_once(table, faults, tenant, at, last):
    """Whatever call is the last one, and whether it reached the table."""
    changes = [*changes_of(tenant, at, "x", "y"), change(2, tenant, at, received=at)]
    operation, fault = last
    with faults.planned([fault], operation), pytest.raises(TryAgain):
        new_counters(table).add(tenant, changes, is_behind=False)
    counters = new_counters(table)
    counters.add(tenant, changes, is_behind=False)
    assert total(counters, tenant, at) == 2
    assert counters.counted_to(tenant) == at


def test_stream_leads_from_documents_to_counts(counters, table, tenant, at):
    """The deployed function counts what a store writes, once, and says so."""
    client, name = table
    store = DynamoDBStore(client, name, RETENTION, SHARDS)
    batch = [scored(f"d{n}", at=at - timedelta(hours=n), source=f"s{n % 3}") for n in range(40)]
    store.put(tenant, batch[:30], at)
    store.put(tenant, batch, at)
    store.mark_received(tenant, at)
    assert wait_until(lambda: counters.counted_to(tenant) == at)
    expected = sorted(count(batch), key=lambda c: (c.hour, c.source))
    assert non_zero(counters.hours(tenant, at - timedelta(days=3), at)) == expected


def test_functions_of_two_shards_count_the_same_hour(table, tenant, at):
    """Also if they have the same counters, where DynamoDB cancels one of two transactions."""
    counters = new_counters(table, shards=1)

    def add(shard):
        for n in range(10):
            one = change(n, tenant, at, *count([scored("a", at=at)]))
            new_counters(table, shards=1).add(f"{tenant}-{shard}", [one], is_behind=False)

    threads = [threading.Thread(target=add, args=(shard,)) for shard in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert total(counters, tenant, at) == 40


def test_cancelled_transactions_are_repeated(table, faults, tenant, at):
    """The function waits before each attempt, and fails after the last, so that Lambda repeats."""
    waits: list[float] = []
    busy = new_counters(table, sleep=waits.append)
    with (
        faults.planned(repeat(Fault.PARTIAL), "TransactWriteItems"),
        pytest.raises(TryAgain, match="no transaction succeeded"),
    ):
        busy.add(tenant, changes_of(tenant, at, "x"), is_behind=False)
    assert len(waits) == MAX_ATTEMPTS


def test_sources_past_the_bound_are_counted_together(table, counters, tenant, at):
    """Those of the first documents keep their names, in every process; totals stay exact."""
    sources = [f"s{n:04}" for n in range(MAX_SOURCES_A_DAY + 20)]
    changes = changes_of(tenant, at, *sources, *sources)
    counters.add(tenant, changes[:90], is_behind=True)
    counters = new_counters(table)
    counters.add(tenant, changes, is_behind=False)
    result = CountersContract.stats(counters, tenant, at, "day")
    assert sorted(c.source for c in result.by_source) == sources[:MAX_SOURCES_A_DAY]
    assert {c.total for c in result.by_source} == {2}
    assert result.other_sources
    assert result.other_sources.total == 40
    assert [bucket.total for bucket in result.by_time] == [2 * len(sources)]
