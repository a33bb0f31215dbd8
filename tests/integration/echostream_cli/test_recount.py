"""Recount: counters that differ from the documents are mended, on a table of the emulator.

No function counts its changes; the tests count them. A recount of a deployment waits for these:
`tests/e2e/echostream_cli/test_upgrade.py`.
"""

from datetime import UTC, datetime, timedelta

import pytest

from echostream.adapters.dynamodb_counters import DynamoDBCounters
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.domain.errors import TryAgain
from echostream.domain.model import count
from echostream_cli.operate.recount import Recount, recount_report
from tests.builders import RETENTION, SHARDS, scored
from tests.counters_contract import CountersContract, change
from tests.unit.echostream_cli.filled_table import create_table


@pytest.fixture
def at():
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def table(settings, sandbox, name):
    client = settings.target.client("dynamodb")
    create_table(client, name)
    yield client, name
    client.delete_table(TableName=name)


@pytest.fixture
def counters(table):
    client, table_name = table
    return DynamoDBCounters(client, table_name, RETENTION, shards=1)


@pytest.fixture
def store(table):
    client, table_name = table
    return DynamoDBStore(client, table_name, RETENTION, SHARDS)


@pytest.fixture
def recount(table, store, counters, monkeypatch):
    client, table_name = table
    monkeypatch.setattr("echostream_cli.operate.recount.wait_until_counted", lambda *_: True)
    return Recount(client, table_name, store, counters, RETENTION, timedelta(0))


@pytest.fixture
def documents(store, counters, name, at):
    """Documents of three days that are counted."""
    batch = [scored(f"d{n}", at=at - timedelta(hours=5 * n), source=f"s{n % 2}") for n in range(12)]
    store.put(name, batch, at)
    counters.add("", [change(0, name, at, *count(batch))], is_behind=False)
    return batch


def mended(report, tenant):
    return [one for one in report.mended if one.tenant == tenant]


def by_hour(counters, tenant, at):
    return CountersContract.stats(counters, tenant, at).by_time


def test_right_counts_stay(recount, documents, name, at):
    """A second look changes nothing."""
    report = recount(at)
    assert mended(report, name) == []
    assert (name, at.date()) not in report.busy
    assert report.documents >= len(documents)


def test_wrong_counts_are_mended(recount, counters, documents, name, at):
    """Too high, too low, and of a source without documents; in the hours and the days."""
    [first] = count(documents[:1])
    [last] = count(documents[-1:])
    [foreign] = count([scored("x", at=at - timedelta(hours=1), source="nowhere", compound=0.5)])
    changes = [change(n, name, at, part) for n, part in enumerate([first, first, -last, foreign])]
    counters.add(name, changes, is_behind=False)
    assert by_hour(counters, name, at) != count(documents)[::-1]
    report = recount(at)
    assert len(mended(report, name)) == 3
    assert f"{name}, {first.hour:%Y-%m-%d %H:00}, s0: counted 3, documents 1" in "\n".join(
        recount_report(report)
    )
    totals = [(part.hour, part.total) for part in by_hour(counters, name, at)]
    assert totals == sorted((part.hour, part.total) for part in count(documents))
    by_day = CountersContract.stats(counters, name, at, "day").by_time
    assert sum(part.total for part in by_day) == len(documents)
    assert mended(recount(at), name) == []


def test_two_recounts_do_not_mend_twice(recount, counters, documents, name, at):
    """The second one to write fails, and nothing of it is written."""
    [first] = count(documents[:1])
    version = counters.corrections()
    named = counters.named(name, [first])
    counters.correct(name, named, version)
    with pytest.raises(TryAgain, match="another"):
        counters.correct(name, named, version)
    differences = {one.counted - one.documents for one in mended(recount(at), name)}
    assert differences == {1}
