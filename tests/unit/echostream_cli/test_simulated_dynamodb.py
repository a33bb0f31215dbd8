"""The simulated table: DynamoDB's rules for items that meet, for conditions and for partitions."""

from typing import Any

import pytest

from echostream.adapters.dynamodb_counters import DynamoDBCounters
from echostream_cli.scale.expressions import Expressions, UnknownExpression
from echostream_cli.scale.partition_capacity import UNITS_A_SECOND
from echostream_cli.scale.simulated_dynamodb import CALL, TRANSACTION, SimulatedDynamoDB
from echostream_cli.scale.virtual_clock import VirtualClock
from tests.builders import NOW, RETENTION
from tests.counters_contract import CountersContract

A, B = ({"pk": {"S": name}, "sk": {"S": "x"}} for name in "ab")


@pytest.fixture
def clock():
    return VirtualClock()


@pytest.fixture
def client(clock):
    return SimulatedDynamoDB(clock, seed=1)


def run(clock, *processes):
    """Run processes to their ends."""
    for process in processes:
        clock.start(process)
    clock.run()


def add_one(key):
    """The action of a transaction that adds 1 to an item."""
    values = {":one": {"N": "1"}}
    update = {"Key": key, "UpdateExpression": "ADD n :one", "ExpressionAttributeValues": values}
    return {"Update": update}


def transact(client, *keys):
    """A transaction on these items; the codes of its cancellation, or none."""
    try:
        client.transact_write_items(TransactItems=[add_one(key) for key in keys])
    except client.exceptions.TransactionCanceledException as error:
        return [reason["Code"] for reason in error.response["CancellationReasons"]]
    return []


def test_transaction_that_meets_another_on_an_item_is_cancelled(clock, client):
    """With a reason for each of its items; it changes none of them."""
    seen = {}

    def second():
        clock.sleep(TRANSACTION[0] / 2)
        seen["second"] = transact(client, B, A)

    run(clock, lambda: seen.update(first=transact(client, A)), second)
    assert seen == {"first": [], "second": ["None", "TransactionConflict"]}
    assert {name: item["n"] for name, item in client.items.items()} == {("a", "x"): {"N": "1"}}
    assert client.seen["cancelled: TransactionConflict"] == 1


def test_transactions_on_different_items_do_not_wait_for_each_other(clock, client):
    """They run side by side, in the time of one."""
    seen = []
    run(clock, lambda: seen.append(transact(client, A)), lambda: seen.append(transact(client, B)))
    assert seen == [[], []]
    assert clock.now <= TRANSACTION[1]


def test_transactions_one_after_another_succeed(clock, client):
    """An item is free again when its transaction ends."""
    run(clock, lambda: [transact(client, A) for _ in range(3)])
    assert client.items["a", "x"]["n"] == {"N": "3"}
    assert 3 * TRANSACTION[0] <= clock.now <= 3 * TRANSACTION[1]


def test_write_of_an_item_in_a_transaction_is_refused(clock, client):
    """As DynamoDB does with PutItem and UpdateItem."""
    refused = []

    def put():
        clock.sleep(TRANSACTION[0] / 2)
        try:
            client.put_item(TableName="t", Item=A)
        except client.exceptions.TransactionConflictException:
            refused.append(clock.now)

    run(clock, lambda: transact(client, A), put)
    assert refused
    assert client.items["a", "x"]["n"] == {"N": "1"}


def test_condition_that_does_not_hold_refuses_a_write(clock, client):
    """The exception is botocore's, with the code that the adapters look for."""
    put = {"TableName": "t", "Item": A, "ConditionExpression": "attribute_not_exists(pk)"}
    refused = []

    def put_twice():
        client.put_item(**put)
        try:
            client.put_item(**put)
        except client.exceptions.ConditionalCheckFailedException as error:
            refused.append(error.response["Error"]["Code"])

    run(clock, put_twice)
    assert refused == ["ConditionalCheckFailedException"]


def insert(client, name, time_partition):
    """Insert a document's item; its code, empty for success."""
    item = {
        "pk": {"S": name},
        "sk": {"S": "doc"},
        "time_pk": {"S": time_partition},
        "time_sk": {"S": name},
    }
    names = ", ".join(f"'{attribute}': ?" for attribute in item)
    statement = {
        "Statement": f'INSERT INTO "t" VALUE {{{names}}}',
        "Parameters": list(item.values()),
    }
    (response,) = client.batch_execute_statement(Statements=[statement])["Responses"]
    return response.get("Error", {}).get("Code", "")


def test_insertion_of_an_existing_key_is_refused(clock, client):
    """With the code of PartiQL; the other statements are not concerned."""
    codes: list[str] = []
    run(clock, lambda: codes.extend(insert(client, name, "hour") for name in "aab"))
    assert codes == ["", "DuplicateItem", ""]


@pytest.mark.parametrize("partition_of", [lambda _: "one", lambda n: f"p{n % 2}"])
def test_partition_of_the_index_is_throttled_above_its_units(clock, client, partition_of):
    """1,000 a second, and those of one second before; two partitions take twice as many."""
    codes: list[Any] = []

    def flood(first):
        while clock.now < 2.0:
            codes.append(insert(client, f"{first}-{len(codes)}", partition_of(first)))

    run(clock, *(lambda n=n: flood(n) for n in range(40)))
    partitions = len({partition_of(n) for n in range(40)})
    assert codes.count("") == pytest.approx(partitions * 3 * UNITS_A_SECOND, rel=0.02)
    assert codes.count("ProvisionedThroughputExceeded") == len(codes) - codes.count("")
    assert len(codes) > 6000


def test_transaction_takes_twice_the_units(clock, client):
    """So that a partition takes 500 small items of transactions a second."""
    codes: list[Any] = []

    def flood(number):
        while clock.now < 2.0:
            key = {"pk": {"S": "hot"}, "sk": {"S": str(number)}}
            codes.append(transact(client, key))

    run(clock, *(lambda n=n: flood(n) for n in range(40)))
    assert codes.count([]) == pytest.approx(3 * UNITS_A_SECOND / 2, rel=0.03)
    assert codes.count(["ProvisionedThroughputExceeded"]) == len(codes) - codes.count([])


def test_throttled_put_is_repeated_as_botocore_does(clock, client):
    """After a random time, and at most as often as the product's clients."""
    item = {"pk": {"S": "hot"}, "sk": {"S": "x"}}
    stored = []

    def put():
        client.put_item(TableName="t", Item=item)
        stored.append(clock.now)

    run(clock, *[put] * 1100)
    assert len(stored) == 1100
    assert client.seen["PutItem throttled"] > 0
    assert max(stored) > CALL[1]


def test_unknown_expressions_are_errors():
    """The simulation never guesses."""
    call = {"ExpressionAttributeValues": {":v": {"N": "1"}}}
    with pytest.raises(UnknownExpression):
        Expressions(call).update("REMOVE a SET n = :v", {})
    with pytest.raises(UnknownExpression):
        Expressions(call).holds("contains(a, :v)", {})


class Still(VirtualClock):
    """A clock without processes: nothing waits."""

    def sleep(self, seconds):
        self.now += seconds


class TestCounters(CountersContract):
    """The product's counters work on the simulated table as on DynamoDB's."""

    @pytest.fixture
    def at(self):
        return NOW

    @pytest.fixture
    def tenant(self):
        return "t"

    @pytest.fixture
    def counters(self):
        client: Any = SimulatedDynamoDB(Still(), seed=1)
        return DynamoDBCounters(client, "t", RETENTION, 2)
