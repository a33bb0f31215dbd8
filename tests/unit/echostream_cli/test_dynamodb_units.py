"""DynamoDB's units, with the examples of its developer guide."""

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
DESCRIPTION = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by_time",
            "KeySchema": [{"AttributeName": "time", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["shown"]},
        }
    ],
}
INDEXED = Table.from_description(DESCRIPTION)
PLAIN = Table(("pk",), {})


def make_item(size, **others):
    """An item of a size in bytes."""
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
def test_size_of_an_item(item, size):
    """Names and values in UTF-8; 3 bytes for a container, 1 for each of its elements."""
    assert item_bytes(item) == size


@pytest.mark.parametrize(
    ("number", "size"),
    [("0", 1), ("1", 2), ("100", 2), ("0.0025", 2), ("1234567", 5), ("-12", 3)],
)
def test_size_of_a_number(number, size):
    """A byte for two significant digits, without outer zeros; one more; one for a minus."""
    assert number_bytes(number) == size


@pytest.mark.parametrize(
    ("size", "strong", "eventual", "transactional"),
    [(3.5 * KB, 1, 0.5, 2), (8 * KB, 2, 1, 4), (10 * KB, 3, 1.5, 6), (0, 1, 0.5, 2)],
)
def test_read_units_are_steps_of_four_kilobytes(size, strong, eventual, transactional):
    """AWS's examples: 3.5 KB counts as 4, 10 KB as 12; a missing item costs one step."""
    assert read_units(size, consistent=True) == strong
    assert read_units(size) == eventual
    assert read_units(size, transactional=True) == transactional


@pytest.mark.parametrize(("size", "units"), [(500, 1), (KB, 1), (KB + 1, 2), (3 * KB, 3)])
def test_write_units_are_steps_of_one_kilobyte(size, units):
    """A transaction costs twice as much; the larger of old and new item counts."""
    assert write_units(PLAIN, None, make_item(size)) == units
    assert write_units(PLAIN, None, make_item(size), transactional=True) == 2 * units
    assert write_units(PLAIN, make_item(size), make_item(100)) == units
    assert write_units(PLAIN, make_item(size), None) == units


def test_write_without_an_item_before_and_after_costs_one_unit():
    """The deletion of a missing item, or a new item that a condition rejects."""
    assert write_units(PLAIN, None, None) == 1


@pytest.mark.parametrize(
    ("before", "after", "index_units"),
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
def test_write_units_of_an_index(before, after, index_units):
    """1 for an entry that is added, changed or removed; 2 if its key changes; otherwise 0."""
    key = {"pk": {"S": "a"}}
    old = before and {**key, **before}
    new = after and {**key, **after}
    without = write_units(PLAIN, old, new)
    assert write_units(INDEXED, old, new) - without == index_units
    double = write_units(INDEXED, old, new, transactional=True)
    assert double == 2 * without + index_units


def test_stored_bytes_include_an_overhead_for_each_copy():
    """100 bytes for the item and for each of its entries in indexes."""
    item = {"pk": {"S": "a"}, "hidden": {"S": "b"}}
    assert stored_bytes(INDEXED, item) == 3 + 7 + 100
    assert stored_bytes(INDEXED, {**item, "time": {"S": "1"}}) == (10 + 5 + 100) + (3 + 5 + 100)


class Emulator:
    """A client with one table and its items."""

    def __init__(self, *items):
        self.items = {item["pk"]["S"]: item for item in items}

    def describe_table(self, **_):
        return {"Table": DESCRIPTION}

    def batch_get_item(self, RequestItems):  # noqa: N803
        names = [key["pk"]["S"] for key in RequestItems["t"]["Keys"]]
        items = [self.items[name] for name in names if name in self.items]
        return {"Responses": {"t": items}, "UnprocessedKeys": {}}


class ThrottledEmulator(Emulator):
    """Reads one item of a call."""

    def batch_get_item(self, RequestItems):  # noqa: N803
        [first, *rest] = RequestItems["t"]["Keys"]
        response = super().batch_get_item({"t": {"Keys": [first]}})
        return {**response, "UnprocessedKeys": {"t": {"Keys": rest}} if rest else {}}


def test_items_before_a_write_are_read_again_after_a_wait():
    """Until all of them are read."""
    items = [{"pk": {"S": name}} for name in "abc"]
    waits: list[float] = []
    meter = DynamoDBMeter(ThrottledEmulator(*items), waits.append)
    puts = [{"PutRequest": {"Item": item}} for item in items]
    images = meter.read_items("BatchWriteItem", {"RequestItems": {"t": puts}})
    assert list(images.values()) == items
    assert len(waits) == 2


def meter_read(operation, request, response):
    reading = DynamoDBMeter(Emulator()).compute(operation, request, 200, response, {})
    return reading.usage["dynamodb_read"]


def test_batch_read_rounds_each_item_up():
    """AWS's example: 1.5 KB and 6.5 KB count as 4 and 8 KB, not as 8 KB together."""
    request = {"RequestItems": {"t": {"Keys": [1, 2], "ConsistentRead": True}}}
    items = [make_item(1536), make_item(6656)]
    response = {"Responses": {"t": items}, "UnprocessedKeys": {}}
    assert meter_read("BatchGetItem", request, response) == 3
    response = {"Responses": {"t": items[:1]}, "UnprocessedKeys": {}}
    assert meter_read("BatchGetItem", request, response) == 2


def test_query_rounds_the_sum_of_its_items_up():
    """AWS's example: 1,500 items of 64 bytes are 96 KB."""
    response = {"Items": [make_item(64)] * 1500}
    assert meter_read("Query", {"ConsistentRead": True}, response) == 24
    assert meter_read("Query", {}, response) == 12


def meter_write(emulator, operation, request, status, response):
    meter = DynamoDBMeter(emulator)
    before = meter.read_items(operation, request)
    return meter.compute(operation, request, status, response, before).usage


def test_rejected_write_is_metered_by_the_stored_item():
    """Twice in a transaction; a throttled write is free."""
    stored = make_item(1500)
    put = {"TableName": "t", "Item": {**stored, "time": {"S": "1"}}}
    rejected = {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}
    usage = meter_write(Emulator(stored), "PutItem", put, 400, rejected)
    assert usage == {"dynamodb_write": 2}
    cancelled = {"__type": "x#TransactionCanceledException"}
    request = {"TransactItems": [{"Put": put}]}
    usage = meter_write(Emulator(stored), "TransactWriteItems", request, 400, cancelled)
    assert usage == {"dynamodb_write": 4}
    throttled = {"__type": "x#ThrottlingException"}
    usage = meter_write(Emulator(stored), "PutItem", put, 400, throttled)
    assert usage == {"dynamodb_write": 0}
