"""The store in DynamoDB keeps to the contract, on the table that the template makes."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.domain.document_store import Outcome
from echostream.domain.errors import TryAgain
from tests.builders import scored
from tests.store_contract import StoreContract

RETENTION = timedelta(days=30)


class Between:
    """Stands before a client and lets a test act before and after its transactions."""

    def __init__(self, client, act):
        self._client, self._act = client, act

    def __getattr__(self, name):
        return getattr(self._client, name)

    def transact_write_items(self, **arguments):
        return self._act(self._client, arguments)


@pytest.fixture
def table(settings, sandbox):
    return settings.target.client("dynamodb"), sandbox["TABLE_NAME"]


@pytest.fixture
def store(table):
    return DynamoDBStore(*table, RETENTION)


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


def test_an_answer_that_is_lost_is_not_a_loss(store, table, tenant, at):
    """The transaction went through but its answer did not: the repeat finds what it wrote."""
    calls = []

    def lose_first_answer(client, arguments):
        calls.append(arguments)
        answer = client.transact_write_items(**arguments)
        if len(calls) == 1:
            raise EndpointConnectionError(endpoint_url="http://lost")
        return answer

    shaky = DynamoDBStore(Between(table[0], lose_first_answer), table[1], RETENTION)
    with pytest.raises(TryAgain):
        shaky.put(tenant, [scored("a", at=at)], at)
    [put] = shaky.put(tenant, [scored("a", at=at)], at)
    assert put.outcome is Outcome.REPEATED
    assert total(store, tenant, at) == 1


def test_a_crash_before_the_transaction_leaves_nothing(store, table, tenant, at):
    """Documents and counts come together or not at all."""

    def crash(client, arguments):
        raise EndpointConnectionError(endpoint_url="http://down")

    with pytest.raises(TryAgain):
        DynamoDBStore(Between(table[0], crash), table[1], RETENTION).put(
            tenant, [scored("a", at=at)], at
        )
    assert total(store, tenant, at) == 0
    assert store.put(tenant, [scored("a", at=at)], at)[0].outcome is Outcome.STORED


def test_many_writers_count_right(store, table, tenant, at):
    """Writers of the same hour, some with the same documents, end with exact counts."""
    outcomes = []

    def write(writer):
        mine = DynamoDBStore(*table, RETENTION)
        batch = [scored(f"shared-{i}", at=at) for i in range(20)]
        batch += [scored(f"own-{writer}-{i}", at=at) for i in range(20)]
        outcomes.extend(put.outcome for put in mine.put(tenant, batch, at))

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(Outcome.STORED) == 20 + 6 * 20
    assert outcomes.count(Outcome.REPEATED) == 5 * 20
    assert total(store, tenant, at) == 20 + 6 * 20


def test_conflicting_transactions_are_tried_again(table, tenant, at):
    """A cancelled transaction is repeated after a wait, and given up after some tries."""
    client, name = table
    waits = []

    def cancel(client, arguments):
        raise client.exceptions.TransactionCanceledException(
            {"CancellationReasons": [{"Code": "TransactionConflict"}]}, "TransactWriteItems"
        )

    busy = DynamoDBStore(Between(client, cancel), name, RETENTION, sleep=waits.append)
    with pytest.raises(TryAgain, match="no transaction succeeded"):
        busy.put(tenant, [scored("a", at=at)], at)
    assert len(waits) == 8


def test_what_has_expired_makes_room(table, tenant, at):
    """An id whose document is past its time, but not yet swept, can be used again."""
    store = DynamoDBStore(*table, RETENTION)
    store.put(tenant, [scored("a", text="old", at=at - timedelta(days=31))], at)
    [put] = store.put(tenant, [scored("a", text="new", at=at)], at)
    assert put.outcome is Outcome.STORED
