"""Counting in the meter: the invocations that Lambda would make on AWS."""

import itertools
import json
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest

from echostream.adapters import insertions
from echostream_cli.costs.counting import SHARDS, WINDOW, TableStream
from echostream_cli.costs.partiql import parse_insert
from echostream_cli.errors import UserError

MOMENT = datetime(2026, 11, 26, 12, tzinfo=UTC)
PAGE = 3


class FakeStream:
    """A table's stream in one shard, in small pages, and the function that it leads to."""

    def __init__(self, error=None):
        self.records, self.events, self.is_enabled, self.error = [], [], True, error
        self.numbers = itertools.count()

    def client(self, service):
        return self

    def write(self, *partitions):
        """Records of items; a request ends with `received#`."""
        for partition in partitions:
            content = {
                "Keys": {"pk": {"S": partition}},
                "SequenceNumber": f"{next(self.numbers):09}",
                "ApproximateCreationDateTime": MOMENT,
            }
            self.records.append({"dynamodb": content})

    def describe_table(self, **_):
        return {"Table": {"LatestStreamArn": "stream"}}

    def describe_stream(self, **_):
        shard: dict[str, Any] = {"ShardId": "only", "SequenceNumberRange": {}}
        if self.records:
            first = self.records[0]["dynamodb"]["SequenceNumber"]
            shard["SequenceNumberRange"] = {"StartingSequenceNumber": first}
        return {"StreamDescription": {"Shards": [shard]}}

    def get_shard_iterator(self, **request):
        numbers = [record["dynamodb"]["SequenceNumber"] for record in self.records]
        last = request.get("SequenceNumber")
        return {"ShardIterator": 0 if last is None else numbers.index(last) + 1}

    def get_records(self, **request):
        start = request["ShardIterator"]
        return {"Records": self.records[start : start + PAGE]}

    def restart(self):
        """Forget all changes, as the emulator does."""
        self.records = []

    def list_event_source_mappings(self, **_):
        return {"EventSourceMappings": [{"UUID": "one", "FunctionArn": "derive"}]}

    def update_event_source_mapping(self, **request):
        self.is_enabled = request["Enabled"]

    def invoke(self, **request):
        assert request["FunctionName"] == "derive"
        self.events.append(json.loads(request["Payload"]))
        failure = {"FunctionError": "Unhandled"} if self.error else {}
        return {"Payload": BytesIO((self.error or "{}").encode()), **failure}


def open_stream(target):
    stream = TableStream(target, "table")
    stream.disable_mapping()
    return stream


def count(fake, spacing=WINDOW * 2):
    """Count what is new. Returns the numbers of documents by request."""
    advances: list[int] = []
    assert open_stream(fake).count(spacing, advances.append) == sum(advances)
    return advances


def list_partitions(event):
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]]


def test_each_request_is_counted_by_itself_and_shard_by_shard():
    """An event has the changes of one shard, in order; other items of the table are left out."""
    fake, first = FakeStream(), [f"doc#t#{n}" for n in range(20)]
    fake.write(*first, "counted#t", "received#t", "doc#t#20", "received#t")
    assert count(fake) == [20, 1]
    assert not fake.is_enabled
    events = [event for event in fake.events if event["Records"]]
    assert len({event["shardId"] for event in events[:SHARDS]}) == SHARDS
    order = [*first, "received#t"]
    parts = [list_partitions(event) for event in events[:SHARDS]]
    assert sorted(itertools.chain(*parts), key=order.index) == order
    assert all(part == sorted(part, key=order.index) for part in parts)
    assert set(itertools.chain(*map(list_partitions, events[SHARDS:]))) == {
        "doc#t#20",
        "received#t",
    }
    shards = {(name, e["shardId"]) for e in events for name in list_partitions(e)}
    assert len(shards) == len({name for name, _ in shards})


def test_events_have_times_as_numbers():
    """As Lambda passes them."""
    fake = FakeStream()
    fake.write("received#t")
    count(fake)
    record = fake.events[0]["Records"][0]
    assert record["dynamodb"]["ApproximateCreationDateTime"] == MOMENT.timestamp()


def test_changes_are_counted_once():
    """Each call counts what came after the last one, also if the emulator was restarted."""
    fake = FakeStream()
    stream = open_stream(fake)
    advances: list[int] = []
    fake.write("doc#t#1", "doc#t#2", "doc#t#3", "doc#t#4", "received#t")
    assert stream.count(WINDOW, advances.append) == 4
    fake.write("doc#t#5", "received#t")
    assert stream.count(WINDOW, advances.append) == 1
    assert stream.count(WINDOW, advances.append) == 0
    fake.restart()
    assert stream.count(WINDOW, advances.append) == 0
    fake.write("doc#t#6", "doc#t#7", "received#t")
    assert stream.count(WINDOW, advances.append) == 2
    assert advances == [4, 1, 2]


@pytest.mark.parametrize(("spacing", "windows"), [(WINDOW * 2, 6), (WINDOW / 3, 2), (WINDOW, 6)])
def test_each_shard_is_invoked_at_the_end_of_a_window(spacing, windows):
    """Without changes; a window contains as many requests as arrive in it."""
    fake = FakeStream()
    fake.write(*["doc#t#1", "received#t"] * 6)
    count(fake, spacing)
    ends = [event["shardId"] for event in fake.events if not event["Records"]]
    assert len(ends) == SHARDS * windows
    assert len(set(ends)) == SHARDS


def test_failure_of_the_function_is_an_error():
    """The message contains the function's."""
    fake = FakeStream(error="no permission")
    fake.write("doc#t#1", "received#t")
    with pytest.raises(UserError, match="the function derive failed: b'no permission"):
        count(fake)


def test_insert_of_the_store_is_parsed():
    """The table, and the item whose units are computed."""
    item = {"pk": {"S": "doc#t#1"}, "sk": {"S": "doc"}, "expires_at": {"N": "1"}}
    assert parse_insert(insertions.statement("a-table", item)) == ("a-table", item)


@pytest.mark.parametrize(
    "statement",
    [
        {"Statement": "SELECT * FROM \"t\" WHERE pk = 'a'"},
        {"Statement": "INSERT INTO \"t\" VALUE {'pk': 'a'}"},
        {"Statement": "INSERT INTO \"t\" VALUE {'pk': ?, 'sk': 'b'}", "Parameters": [{"S": "a"}]},
        {"Statement": "INSERT INTO \"t\" VALUE {'pk': ?, 'sk': ?}", "Parameters": [{"S": "a"}]},
    ],
)
def test_other_statements_are_not_inserts(statement):
    """Their units would be wrong."""
    assert parse_insert(statement) is None
