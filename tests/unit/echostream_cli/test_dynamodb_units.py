"""DynamoDB's units by the examples of its developer guide."""

import pytest

from echostream_cli.costs.dynamodb_meter import DynamoDBMeter
from echostream_cli.costs.dynamodb_units import (
    Table,
    item_bytes,
    number_bytes,
    read_units,
    stored_bytes,
    write_units,
)

KB = 1024
DESCRIBED = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by_time",
            "KeySchema": [{"AttributeName": "time", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["shown"]},
        }
    ],
}
INDEXED = Table.from_description(DESCRIBED)
PLAIN = Table(("pk",), {})


def of_size(size, **others):
    """An item of so many bytes."""
    rest = size - item_bytes(others) - len("pk")
    return {"pk": {"S": "x" * rest}, **others}


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"name": {"S": "é"}}, 4 + 2),
        ({"n": {"N": "27"}}, 1 + 2),
        ({"yes": {"BOOL": True}}, 3 + 1),
        ({"no": {"NULL": True}}, 2 + 1),
        ({"raw": {"B": "AAEC"}}, 3 + 3),
        ({"l": {"L": []}}, 1 + 3),
        ({"m": {"M": {"a": {"S": "bc"}}}}, 1 + 3 + 1 + 1 + 2),
        ({"s": {"SS": ["a", "bc"]}}, 1 + 3),
    ],
)
def test_the_size_of_an_item(item, size):
    """Names and values in UTF-8, 3 bytes for a container, 1 for each element in it."""
    assert item_bytes(item) == size


@pytest.mark.parametrize(
    ("number", "size"),
    [("0", 1), ("1", 2), ("100", 2), ("0.0025", 2), ("1234567", 5), ("-12", 3)],
)
def test_the_size_of_a_number(number, size):
    """A byte for two significant digits, zeros at both ends trimmed, one more, one for a sign."""
    assert number_bytes(number) == size


@pytest.mark.parametrize(
    ("size", "strong", "eventual", "transactional"),
    [(3.5 * KB, 1, 0.5, 2), (8 * KB, 2, 1, 4), (10 * KB, 3, 1.5, 6), (0, 1, 0.5, 2)],
)
def test_reads_go_by_four_kilobytes(size, strong, eventual, transactional):
    """AWS's examples: 3.5 KB counts as 4, 10 KB as 12; what is not there costs too."""
    assert read_units(size, consistent=True) == strong
    assert read_units(size) == eventual
    assert read_units(size, transactional=True) == transactional


@pytest.mark.parametrize(("size", "units"), [(500, 1), (KB, 1), (KB + 1, 2), (3 * KB, 3)])
def test_writes_go_by_kilobytes(size, units):
    """A transaction costs double; the larger of what was and what is counts."""
    assert write_units(PLAIN, None, of_size(size)) == units
    assert write_units(PLAIN, None, of_size(size), transactional=True) == 2 * units
    assert write_units(PLAIN, of_size(size), of_size(100)) == units
    assert write_units(PLAIN, of_size(size), None) == units


def test_a_write_that_finds_nothing_costs_one():
    """Deleting what is not there, or a condition that refuses a new item."""
    assert write_units(PLAIN, None, None) == 1


@pytest.mark.parametrize(
    ("before", "after", "of_index"),
    [
        (None, {"time": {"S": "1"}}, 1),
        ({"time": {"S": "1"}}, {"time": {"S": "1"}, "shown": {"S": "a"}}, 1),
        ({"time": {"S": "1"}}, {"time": {"S": "1"}, "hidden": {"S": "a"}}, 0),
        ({"time": {"S": "1"}}, {"time": {"S": "2"}}, 2),
        ({"time": {"S": "1"}}, None, 1),
        (None, {"shown": {"S": "a"}}, 0),
        (None, {"time": {"S": "1"}, "shown": {"S": "x" * 2 * KB}}, 3),
    ],
)
def test_writes_of_an_index(before, after, of_index):
    """One for an entry that comes, changes or goes; two where its key changes; else none."""
    key = {"pk": {"S": "a"}}
    old = before and {**key, **before}
    new = after and {**key, **after}
    without = write_units(PLAIN, old, new)
    assert write_units(INDEXED, old, new) - without == of_index
    double = write_units(INDEXED, old, new, transactional=True)
    assert double == 2 * without + of_index


def test_storage_has_an_overhead_for_each_copy():
    """100 bytes for the item and for its entry in an index that holds it."""
    item = {"pk": {"S": "a"}, "hidden": {"S": "b"}}
    assert stored_bytes(INDEXED, item) == 3 + 7 + 100
    assert stored_bytes(INDEXED, {**item, "time": {"S": "1"}}) == (10 + 5 + 100) + (3 + 5 + 100)


class Emulator:
    """Answers for a table and its items."""

    def __init__(self, *items):
        self.items = {item["pk"]["S"]: item for item in items}

    def describe_table(self, **asked):
        return {"Table": DESCRIBED}

    def batch_get_item(self, **asked):
        names = [key["pk"]["S"] for key in asked["RequestItems"]["t"]["Keys"]]
        found = [self.items[name] for name in names if name in self.items]
        return {"Responses": {"t": found}, "UnprocessedKeys": {}}


def read(operation, asked, answer):
    reading = DynamoDBMeter(Emulator()).reading(operation, asked, 200, answer, {})
    return reading.usage["dynamodb_read"]


def test_a_batch_rounds_each_item_up():
    """AWS's example: 1.5 KB and 6.5 KB are 4 and 8, not 8 together."""
    asked = {"RequestItems": {"t": {"Keys": [1, 2], "ConsistentRead": True}}}
    items = [of_size(1536), of_size(6656)]
    assert read("BatchGetItem", asked, {"Responses": {"t": items}, "UnprocessedKeys": {}}) == 3
    assert read("BatchGetItem", asked, {"Responses": {"t": items[:1]}, "UnprocessedKeys": {}}) == 2


def test_a_query_rounds_their_sum_up():
    """AWS's example: 1,500 items of 64 bytes are 96 KB together."""
    answer = {"Items": [of_size(64)] * 1500}
    assert read("Query", {"ConsistentRead": True}, answer) == 24
    assert read("Query", {}, answer) == 12


def written(emulator, operation, asked, status, answer):
    meter = DynamoDBMeter(emulator)
    return meter.reading(operation, asked, status, answer, meter.before(operation, asked))


def test_a_refused_write_costs_what_is_there():
    """A condition's refusal costs by the kept item, twice in a transaction; a throttle nothing."""
    kept = of_size(1500)
    put = {"TableName": "t", "Item": {**kept, "time": {"S": "1"}}}
    refused = {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}
    reading = written(Emulator(kept), "PutItem", put, 400, refused)
    assert reading.usage == {"dynamodb_write": 2}
    cancelled = {"__type": "x#TransactionCanceledException"}
    asked = {"TransactItems": [{"Put": put}]}
    assert written(Emulator(kept), "TransactWriteItems", asked, 400, cancelled).usage == {
        "dynamodb_write": 4
    }
    throttled = {"__type": "x#ThrottlingException"}
    assert written(Emulator(kept), "PutItem", put, 400, throttled).usage == {"dynamodb_write": 0}
