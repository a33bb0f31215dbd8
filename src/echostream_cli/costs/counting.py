"""Counts the documents of a run with the invocations that Lambda makes on AWS.

The emulator's stream of a table has one shard, and its mapping passes on what has arrived when it
looks. On AWS a table has several shards, and Lambda collects changes for some seconds. So the
emulator's mapping is disabled here, and the function is invoked for each shard with the changes of
one request: in a run, requests are farther apart than Lambda waits.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from echostream.adapters.table_keys import kind_of, partition_value
from echostream.domain.document_store import shard_of
from echostream_cli.errors import UserError
from echostream_cli.target import Target

SHARDS = 4
"""Shards of the stream of a new table on demand: one for each partition. The table takes 4,000
write units a second, a partition 1,000."""
WINDOW = timedelta(seconds=900)
"""The template's `TumblingWindowInSeconds`, at whose end Lambda invokes the function once more."""

Record = Mapping[str, Any]
Event = dict[str, Any]


class TableStream:
    """The changes of a table, and the function that counts them."""

    def __init__(self, target: Target, table: str) -> None:
        self._lambda = target.client("lambda")
        self._streams = target.client("dynamodbstreams")
        description = target.client("dynamodb").describe_table(TableName=table)["Table"]
        self._arn = description["LatestStreamArn"]
        self._sequence = ""
        self._function = ""

    def disable_mapping(self) -> None:
        """Prevent the emulator from invoking the function; a deployment may enable it again."""
        mappings = self._lambda.list_event_source_mappings(EventSourceArn=self._arn)
        for mapping in mappings["EventSourceMappings"]:
            self._function = mapping["FunctionArn"]
            self._lambda.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)

    def count(self, spacing: timedelta, advance: Callable[[int], None]) -> int:
        """Count the changes since the last call. Returns the number of changed documents.

        `spacing` is the time between two requests; `advance` is given the documents of each.
        Raises `UserError`.
        """
        counted, requests_a_window = 0, max(1, WINDOW // spacing)
        for number, request in enumerate(split_requests(self._read()), 1):
            for event in events_of(request):
                self._invoke(event)
            if number % requests_a_window == 0:
                self._end_window()
            documents = sum(_kind(record) == "doc" for record in request)
            counted += documents
            advance(documents)
        return counted

    def _end_window(self) -> None:
        """Invoke the function without changes, as Lambda does at the end of a window."""
        for shard in range(SHARDS):
            self._invoke({"Records": [], "shardId": _shard_id(shard)})

    def _read(self) -> Iterator[Record]:
        """The changes since the last call."""
        while page := self._read_page():
            yield from page
            self._sequence = page[-1]["dynamodb"]["SequenceNumber"]

    def _read_page(self) -> list[Record]:
        """The next changes. The emulator forgets those before its last start."""
        description = self._streams.describe_stream(StreamArn=self._arn)["StreamDescription"]
        shard = description["Shards"][0]
        first = shard["SequenceNumberRange"].get("StartingSequenceNumber")
        if first is None:
            return []
        is_known = self._sequence >= first
        after = {"SequenceNumber": self._sequence} if is_known else {}
        iterator = self._streams.get_shard_iterator(
            StreamArn=self._arn,
            ShardId=shard["ShardId"],
            ShardIteratorType="AFTER_SEQUENCE_NUMBER" if is_known else "TRIM_HORIZON",
            **after,
        )["ShardIterator"]
        records: list[Record] = self._streams.get_records(ShardIterator=iterator)["Records"]
        return records

    def _invoke(self, event: Event) -> None:
        payload = json.dumps(event).encode()
        response = self._lambda.invoke(FunctionName=self._function, Payload=payload)
        if "FunctionError" in response:
            raise UserError(f"the function derive failed: {response['Payload'].read()[:500]!r}")


def split_requests(records: Iterable[Record]) -> Iterator[list[Record]]:
    """The changes of documents by request; each ends with its time of receipt."""
    request = []
    for record in records:
        if _kind(record) in ("doc", "received"):
            request.append(record)
        if _kind(record) == "received":
            yield request
            request = []


def events_of(records: Iterable[Record]) -> Iterator[Event]:
    """The events of the derive function: the changes of each shard that has some."""
    shards: dict[int, list[Record]] = {}
    for record in records:
        partition = partition_value(record["dynamodb"]["Keys"])
        shards.setdefault(shard_of(partition, SHARDS), []).append(_for_lambda(record))
    for shard, part in sorted(shards.items()):
        yield {"Records": part, "shardId": _shard_id(shard)}


def _kind(record: Record) -> str:
    return kind_of(record["dynamodb"]["Keys"])


def _shard_id(shard: int) -> str:
    return f"shardId-{shard:020}-00000000"


def _for_lambda(record: Record) -> Record:
    """A record as Lambda passes it: the time is a number."""
    content = record["dynamodb"]
    seconds = content["ApproximateCreationDateTime"].timestamp()
    return {**record, "dynamodb": {**content, "ApproximateCreationDateTime": seconds}}
