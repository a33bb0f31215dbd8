"""The DynamoDB store against the store contract, on the template's table."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.domain.document_store import Outcome
from echostream.domain.errors import TryAgain
from tests.builders import RETENTION, SHARDS, scored
from tests.store_contract import StoreContract


class Intercepted:
    """Wraps a client; `transact` takes the place of its `transact_write_items`."""

    def __init__(self, client, transact):
        self._client, self._transact = client, transact

    def __getattr__(self, name):
        return getattr(self._client, name)

    def transact_write_items(self, **arguments):
        return self._transact(self._client, arguments)


def new_store(table, transact=None, **options):
    """A store on the table; `transact`, if given, executes its transactions."""
    client, name = table
    if transact:
        client = Intercepted(client, transact)
    return DynamoDBStore(client, name, RETENTION, SHARDS, **options)


@pytest.fixture
def table(settings, sandbox):
    return settings.target.client("dynamodb"), sandbox["TABLE_NAME"]


@pytest.fixture
def store(table):
    return new_store(table)


@pytest.fixture
def tenant(name):
    return name


@pytest.fixture
def at():
    return datetime.now(UTC).replace(minute=30, second=0, microsecond=123456)


class TestDynamoDBStore(StoreContract):
    @pytest.fixture
    def at(self):
        return datetime.now(UTC).replace(minute=30, second=0, microsecond=123456)


def total(store, tenant, at):
    return sum(part.total for part in store.counts(tenant, at.date()))


def test_retry_after_a_lost_response_stores_once(store, table, tenant, at):
    """The transaction succeeds but its response is lost: the retry reports a repeat."""
    calls = []

    def lose_first_response(client, arguments):
        calls.append(arguments)
        response = client.transact_write_items(**arguments)
        if len(calls) == 1:
            raise EndpointConnectionError(endpoint_url="http://lost")
        return response

    unreliable = new_store(table, lose_first_response)
    with pytest.raises(TryAgain):
        unreliable.put(tenant, [scored("a", at=at)], at)
    [put] = unreliable.put(tenant, [scored("a", at=at)], at)
    assert put.outcome is Outcome.REPEATED
    assert total(store, tenant, at) == 1


def test_failure_before_the_transaction_stores_nothing(store, table, tenant, at):
    """Documents and counts are written together or not at all."""

    def fail(client, arguments):
        raise EndpointConnectionError(endpoint_url="http://down")

    failing = new_store(table, fail)
    with pytest.raises(TryAgain):
        failing.put(tenant, [scored("a", at=at)], at)
    assert total(store, tenant, at) == 0
    assert store.put(tenant, [scored("a", at=at)], at)[0].outcome is Outcome.STORED


def test_concurrent_writers_produce_exact_counts(store, table, tenant, at):
    """Six writers of the same hour, whose batches overlap."""
    outcomes: list[Outcome] = []

    def write(writer):
        own_store = new_store(table)
        batch = [scored(f"shared-{i}", at=at) for i in range(20)]
        batch += [scored(f"own-{writer}-{i}", at=at) for i in range(20)]
        outcomes.extend(put.outcome for put in own_store.put(tenant, batch, at))

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(Outcome.STORED) == 20 + 6 * 20
    assert outcomes.count(Outcome.REPEATED) == 5 * 20
    assert total(store, tenant, at) == 20 + 6 * 20


def test_conflicting_transactions_are_retried(table, tenant, at):
    """The store waits before each retry of a cancelled transaction, and fails after eight."""
    waits: list[float] = []

    def cancel(client, arguments):
        raise client.exceptions.TransactionCanceledException(
            {"CancellationReasons": [{"Code": "TransactionConflict"}]}, "TransactWriteItems"
        )

    busy = new_store(table, cancel, sleep=waits.append)
    with pytest.raises(TryAgain, match="no transaction succeeded"):
        busy.put(tenant, [scored("a", at=at)], at)
    assert len(waits) == 8


def test_id_of_an_expired_document_can_be_reused(table, tenant, at):
    """DynamoDB deletes expired items late; the store treats them as deleted."""
    store = new_store(table)
    store.put(tenant, [scored("a", text="old", at=at - timedelta(days=31))], at)
    [put] = store.put(tenant, [scored("a", text="new", at=at)], at)
    assert put.outcome is Outcome.STORED
