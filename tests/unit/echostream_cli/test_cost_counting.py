"""The function derive in the meter: the invocations that Lambda would make on AWS."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest

from echostream.adapters import insertions
from echostream_cli.costs.counting import (
    BATCH_SIZE,
    SHARDS,
    WINDOW,
    TableStream,
    derive_window,
    invocations_per_document,
    random_arrivals,
)
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


def every(spacing):
    return (spacing * n for n in itertools.count(1))


def count(fake, spacing=WINDOW * 2):
    """Count what is new. Returns the numbers of documents by request."""
    advances: list[int] = []
    assert open_stream(fake).count(every(spacing), advances.append) == sum(advances)
    return advances


def list_partitions(event):
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]]


def test_requests_that_are_far_apart_are_counted_one_by_one():
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


def write_single_documents(fake, number):
    for n in range(number):
        fake.write(f"doc#t#{n}", "received#t")


@pytest.mark.parametrize("requests", [1, 2, 7])
def test_changes_within_the_window_share_an_event(requests):
    """For `DeriveWindow` from the first one on; all shards together have every change once."""
    fake = FakeStream()
    write_single_documents(fake, 40)
    count(fake, timedelta(seconds=derive_window({})) / (requests - 0.5))
    marks = [p.count("received#t") for p in map(list_partitions, fake.events) if "received#t" in p]
    assert set(marks[:-1]) == {requests}
    changes = itertools.chain(*map(list_partitions, fake.events))
    assert len([change for change in changes if change.startswith("doc#")]) == 40


def test_full_batch_does_not_wait():
    """Lambda passes on 1,000 changes at once."""
    fake = FakeStream()
    fake.write(*[f"doc#t#{n}" for n in range(2)] * BATCH_SIZE, "received#t")
    count(fake)
    assert max(len(event["Records"]) for event in fake.events) == BATCH_SIZE


def test_requests_arrive_at_random():
    """The same times in each run, at the given distance on average."""
    first, second = (
        list(itertools.islice(random_arrivals(timedelta(seconds=10)), 1001)) for _ in range(2)
    )
    assert first == second == sorted(first)
    assert first[-1] / 1000 == pytest.approx(timedelta(seconds=10), rel=0.1)


def test_invocations_for_a_document():
    """Each request by itself if they are rare, shared within the window, full batches at last."""
    window = 120.0
    assert invocations_per_document(1, 1, window) == pytest.approx(SHARDS * (1 - 0.75**2), rel=0.01)
    assert invocations_per_document(1, 100, window) == pytest.approx(SHARDS / 100, rel=0.01)
    rate = 1_000_000
    shared = invocations_per_document(rate, 1, window)
    assert shared == pytest.approx(SHARDS * 86_400 / rate / window, rel=0.1)
    assert (
        invocations_per_document(1e12, 1, window) == 2 / BATCH_SIZE
    )  # a document, a time of receipt


def test_events_have_times_as_numbers():
    """As Lambda passes them."""
    fake = FakeStream()
    fake.write("received#t")
    count(fake)
    [record] = [record for event in fake.events for record in event["Records"]]
    assert record["dynamodb"]["ApproximateCreationDateTime"] == MOMENT.timestamp()


def test_changes_are_counted_once():
    """Each call counts what came after the last one, also if the emulator was restarted."""
    fake = FakeStream()
    stream = open_stream(fake)
    advances: list[int] = []
    fake.write("doc#t#1", "doc#t#2", "doc#t#3", "doc#t#4", "received#t")
    assert stream.count(every(WINDOW), advances.append) == 4
    fake.write("doc#t#5", "received#t")
    assert stream.count(every(WINDOW), advances.append) == 1
    assert stream.count(every(WINDOW), advances.append) == 0
    fake.restart()
    assert stream.count(every(WINDOW), advances.append) == 0
    fake.write("doc#t#6", "doc#t#7", "received#t")
    assert stream.count(every(WINDOW), advances.append) == 2
    assert advances == [4, 1, 2]


@pytest.mark.parametrize(("spacing", "windows"), [(WINDOW * 2, 12), (WINDOW / 3, 2), (WINDOW, 6)])
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
