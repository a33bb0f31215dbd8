"""How long the oldest change of the table has waited to be counted, read from the table's stream.

On AWS that is Lambda's metric IteratorAge, which emulators lack. Their streams have one shard.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from echostream.adapters.table_counts import sequence_from_item
from echostream.adapters.table_keys import kind_of, stream_key
from echostream_cli.target import Target

COUNTED_KINDS = frozenset({"doc", "received"})
"""The kinds of items whose changes the derive function gets."""


def age_of_oldest_change(target: Target, table: str, now: datetime) -> float | None:
    """The milliseconds for which the oldest change waits; 0 if all changes are counted.

    None if the stream has no changes, as after the emulator's start.
    """
    dynamodb = target.client("dynamodb")
    stream = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    streams = target.client("dynamodbstreams")
    [shard] = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
    first = shard["SequenceNumberRange"].get("StartingSequenceNumber")
    if first is None:
        return None
    counted = _counted_sequence(dynamodb, table, shard["ShardId"])
    sequence = str(counted).zfill(len(first))
    for record in _records(streams, _iterator_after(streams, stream, shard["ShardId"], sequence)):
        is_counted = int(record["SequenceNumber"]) <= counted
        if kind_of(record["Keys"]) in COUNTED_KINDS and not is_counted:
            at: datetime = record["ApproximateCreationDateTime"]
            return max((now - at).total_seconds(), 0.0) * 1000
    return 0.0


def _counted_sequence(dynamodb: Any, table: str, shard: str) -> int:
    """The sequence number of the last change that is counted, 0 before the first.

    MiniStack does not tell a function the shard; its position is then that of no shard.
    """
    keys = [stream_key(shard), stream_key("")]
    items = [dynamodb.get_item(TableName=table, Key=key).get("Item") for key in keys]
    return max((int(sequence_from_item(item)) for item in items if item), default=0)


def _iterator_after(streams: Any, stream: str, shard: str, sequence: str) -> str:
    """An iterator of the records after a sequence number, of all if it is not in the stream."""
    place = {"StreamArn": stream, "ShardId": shard}
    try:
        response = streams.get_shard_iterator(
            **place, ShardIteratorType="AFTER_SEQUENCE_NUMBER", SequenceNumber=sequence
        )
    except streams.exceptions.TrimmedDataAccessException:
        response = streams.get_shard_iterator(**place, ShardIteratorType="TRIM_HORIZON")
    return str(response["ShardIterator"])


def _records(streams: Any, iterator: str) -> Iterator[dict[str, Any]]:
    """The records that are now in the stream, in order."""
    page = streams.get_records(ShardIterator=iterator)
    while page["Records"]:
        yield from (record["dynamodb"] for record in page["Records"])
        page = streams.get_records(ShardIterator=page["NextShardIterator"])
