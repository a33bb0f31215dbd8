"""Passes the changes of a run to the function `derive` as Lambda does on AWS.

The emulator's stream of a table has one shard, and its mapping passes on what has arrived when it
looks. On AWS a table has several shards, and Lambda collects changes of each for `DeriveWindow`. So
the emulator's mapping is disabled here, and the function is invoked with the changes that arrive in
such a time if the run's requests arrive at random, at a constant rate.
"""

import json
import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from echostream.adapters.table_keys import kind_of, partition_value
from echostream.domain.document_store import shard_of
from echostream_cli.costs import template
from echostream_cli.errors import UserError
from echostream_cli.target import Target

SHARDS = 4
"""Shards of the stream of a new table on demand: one for each partition. The table takes 4,000
write units a second, a partition 1,000."""
WINDOW = timedelta(seconds=900)
"""The template's `TumblingWindowInSeconds`, at whose end Lambda invokes the function once more."""
BATCH_SIZE = 1000
"""Changes at which Lambda does not wait any longer: the template's `BatchSize`."""
DAY = 86_400
"""Seconds."""

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

    def count(self, arrivals: Iterable[timedelta], advance: Callable[[int], None]) -> int:
        """Count the changes since the last call. Returns the number of changed documents.

        `arrivals` are the times of the requests; `advance` is given the documents of each. Raises
        `UserError`.
        """
        counted, window_end = 0, WINDOW
        batches = Batches(timedelta(seconds=derive_window({})))
        for request, now in zip(split_requests(self._read()), arrivals, strict=False):
            while window_end <= now:
                self._end_window()
                window_end += WINDOW
            for event in batches.add(request, now):
                self._invoke(event)
            documents = sum(_kind(record) == "doc" for record in request)
            counted += documents
            advance(documents)
        for event in batches.rest():
            self._invoke(event)
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


def random_arrivals(spacing: timedelta) -> Iterator[timedelta]:
    """Times of requests that do not depend on each other, `spacing` apart on average."""
    draw, now = random.Random(1), timedelta(0)  # noqa: S311 - the same times in each run
    while True:
        yield now
        now += spacing * draw.expovariate(1)


def split_requests(records: Iterable[Record]) -> Iterator[list[Record]]:
    """The changes of documents by request; each ends with its time of receipt."""
    request = []
    for record in records:
        if _kind(record) in ("doc", "received"):
            request.append(record)
        if _kind(record) == "received":
            yield request
            request = []


@dataclass
class Batches:
    """The changes that Lambda collects, by shard: for `window` from the first one on."""

    window: timedelta
    _changes: dict[int, list[Record]] = field(default_factory=dict)
    _starts: dict[int, timedelta] = field(default_factory=dict)

    def add(self, records: Iterable[Record], now: timedelta) -> Iterator[Event]:
        """Collect changes that arrive at a time; the events that are due before."""
        for shard in [shard for shard, at in self._starts.items() if at + self.window <= now]:
            yield self._take(shard)
        for record in records:
            shard = shard_of(partition_value(record["dynamodb"]["Keys"]), SHARDS)
            self._starts.setdefault(shard, now)
            self._changes.setdefault(shard, []).append(_for_lambda(record))
            if len(self._changes[shard]) == BATCH_SIZE:
                yield self._take(shard)

    def rest(self) -> Iterator[Event]:
        """The events of all changes that are left."""
        for shard in list(self._starts):
            yield self._take(shard)

    def _take(self, shard: int) -> Event:
        del self._starts[shard]
        return {"Records": self._changes.pop(shard), "shardId": _shard_id(shard)}


def derive_window(parameters: Mapping[str, str]) -> float:
    """The seconds for which Lambda collects changes."""
    return template.get_number("DeriveWindow", parameters)


def invocations_per_document(rate: float, batch: float, window: float) -> float:
    """Invocations of `derive` for a document, at `rate` documents a day in requests of `batch`."""
    return (batch + 1) / batch / changes_of_invocation(rate, batch, window)


def changes_of_invocation(rate: float, batch: float, window: float, shards: int = SHARDS) -> float:
    """Changes that Lambda passes to `derive` at once, at `rate` documents a day.

    Requests arrive at random times. Each reaches the shards of its `batch` documents and of its
    time of receipt. An invocation of a shard has the changes of the first request and of those that
    arrive within `window` seconds after it, and at most `BATCH_SIZE`.
    """
    changes = batch + 1
    reached = shards * (1 - math.pow(1 - 1 / shards, changes))
    requests_of_shard = rate / DAY / batch * reached / shards
    return min(BATCH_SIZE, changes / reached * (1 + requests_of_shard * window))


def _kind(record: Record) -> str:
    return kind_of(record["dynamodb"]["Keys"])


def _shard_id(shard: int) -> str:
    return f"shardId-{shard:020}-00000000"


def _for_lambda(record: Record) -> Record:
    """A record as Lambda passes it: the time is a number."""
    content = record["dynamodb"]
    seconds = content["ApproximateCreationDateTime"].timestamp()
    return {**record, "dynamodb": {**content, "ApproximateCreationDateTime": seconds}}
