"""The stream's adapter on the emulator's Kinesis."""

import pytest

from echostream.adapters.kinesis_stream import KinesisStream
from echostream.domain.errors import CallRefused


@pytest.fixture
def kinesis(settings, sandbox, name):
    client = settings.target.client("kinesis")
    client.create_stream(StreamName=name, ShardCount=4)
    client.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})
    yield client
    client.delete_stream(StreamName=name)


def read(kinesis, stream):
    """The records of each shard."""
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        iterator = kinesis.get_shard_iterator(
            StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        response = kinesis.get_records(ShardIterator=iterator, Limit=1000)
        yield [record["Data"] for record in response["Records"]]


def test_records_are_written_evenly(kinesis, name):
    """More than a call may have: each once, and each shard has as many as the others."""
    records = [f"{number}".encode() for number in range(600)]
    assert KinesisStream(kinesis, name).write("acme", records, 20) == [""] * 600
    shards = list(read(kinesis, name))
    assert [len(shard) for shard in shards] == [150] * 4
    assert sorted(data for shard in shards for data in shard) == sorted(records)


def test_largest_request_is_written(kinesis, name):
    """5 MB in records of several units."""
    records = [bytes(400_000)] * 13
    assert KinesisStream(kinesis, name).write("acme", records, 20) == [""] * 13
    assert sum(map(len, read(kinesis, name))) == 13


def test_missing_stream_is_an_operators_fault(kinesis):
    """The call is not repeated; the error names it."""
    with pytest.raises(CallRefused, match=r"stream: .*PutRecords"):
        KinesisStream(kinesis, "no-such-stream").write("acme", [b"a", b"b"], 0.5)
