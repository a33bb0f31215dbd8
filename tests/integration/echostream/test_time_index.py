"""The index by time on the template's table: numbers of calls, and the order of writes."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.domain.errors import TryAgain
from echostream.domain.model import sort_time
from echostream.domain.query import MAX_READS, Question, newest
from tests.builders import RETENTION, SHARDS, scored

AT = datetime.now(UTC).replace(minute=30, second=0, microsecond=0)
PERIOD = Question(AT - RETENTION, AT + timedelta(minutes=1))


@pytest.fixture
def client(settings, sandbox):
    return settings.target.client("dynamodb")


@pytest.fixture
def store(client, sandbox):
    return DynamoDBStore(client, sandbox["TABLE_NAME"], RETENTION, SHARDS)


@pytest.fixture
def calls(client):
    """The operations of the client's calls."""
    names: list[str] = []
    client.meta.events.register(
        "before-call.dynamodb", lambda model, **_: names.append(model.name), unique_id="calls"
    )
    yield names
    client.meta.events.unregister("before-call.dynamodb", unique_id="calls")


def put(store, name, ages):
    """Documents of these ages."""
    store.put(name, [scored(f"d{i}", at=AT - age) for i, age in enumerate(ages)], AT)


def test_page_of_a_dense_hour_needs_a_call_and_one_a_shard(store, name, calls):
    """The hours of the last day in the directory, then each shard once."""
    put(store, name, [timedelta(seconds=i) for i in range(400)])
    calls.clear()
    assert len(newest(store, name, PERIOD, 50).documents) == 50
    assert calls == ["Query"] * (1 + SHARDS)


def test_page_of_sparse_hours_needs_about_a_call_a_document(store, name, calls):
    """Hours with one document each: no call for empty hours and shards."""
    put(store, name, [timedelta(hours=2 * i) for i in range(70)])
    calls.clear()
    assert len(newest(store, name, PERIOD, 50).documents) == 50
    assert len(calls) < 70


def test_page_of_a_sparse_year_needs_a_call_a_day(client, sandbox, name, calls):
    """A document every 20 days: months without documents cost one read each."""
    store = DynamoDBStore(client, sandbox["TABLE_NAME"], timedelta(days=365), SHARDS)
    put(store, name, [timedelta(days=20 * i) for i in range(18)])
    calls.clear()
    period = Question(AT - timedelta(days=365), PERIOD.end)
    assert len(newest(store, name, period, 50).documents) == 18
    assert len(calls) <= 13 + 18 + 18


@pytest.mark.parametrize("limit", [1, 50, 500])
def test_filter_without_matches_needs_a_bounded_number_of_calls(store, name, calls, limit):
    """Whatever the limit of the page is."""
    put(store, name, [timedelta(minutes=90 * i) for i in range(470)])
    calls.clear()
    page = newest(store, name, Question(PERIOD.start, PERIOD.end, "nothing-here"), limit)
    assert (page.documents, bool(page.position)) == ([], True)
    assert len(calls) <= MAX_READS + 32


def test_directory_is_written_once_by_a_process(store, name, calls):
    """The second request of an hour writes no entry."""
    put(store, name, [timedelta(0)])
    assert calls.count("BatchWriteItem") == 1
    put(store, name, [timedelta(0)])
    assert calls.count("BatchWriteItem") == 1
    put(store, name, [timedelta(hours=1)])
    assert calls.count("BatchWriteItem") == 2


def test_partition_is_listed_before_its_documents_are_stored(client, store, name):
    """A crash between the two leaves an entry without documents, which a query skips."""

    def fail(model, **_):
        if model.name != "BatchWriteItem":
            raise EndpointConnectionError(endpoint_url="http://down")

    client.meta.events.register("before-call.dynamodb", fail, unique_id="fail")
    try:
        with pytest.raises(TryAgain):
            put(store, name, [timedelta(0)])
    finally:
        client.meta.events.unregister("before-call.dynamodb", unique_id="fail")
    [[_]] = store.time_partitions(name, PERIOD.start, sort_time(PERIOD.end))
    assert newest(store, name, PERIOD, 50).documents == []
