"""Both ingest paths and the counters over moto, with faults in every call of AWS.

A sender repeats a request until it has a response, as our clients do. Lambda delivers each shard
of a stream in order, until the function succeeds, and again after that.
"""

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from echostream.adapters import table_stream
from echostream.adapters.dynamodb_counters import DynamoDBCounters
from echostream.adapters.dynamodb_erasures import DynamoDBErasures
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.kinesis_stream import KinesisStream
from echostream.adapters.s3_lake import S3Lake
from echostream.adapters.s3_quarantine import S3Quarantine
from echostream.adapters.table_items import scored_from_item
from echostream.adapters.table_keys import kind_of, partition_value, tenant_of
from echostream.adapters.vader import Vader
from echostream.domain.consume import Consume, Record
from echostream.domain.counters import Change
from echostream.domain.document_store import shard_of
from echostream.domain.door import Receipt
from echostream.domain.enqueue import NOT_QUEUED, Enqueue
from echostream.domain.errors import TryAgain
from echostream.domain.ingest import Ingest
from echostream.domain.privacy import PLAIN
from echostream.domain.query import MAX_LIMIT, Question, newest
from tests.aws import new_client, stream_of
from tests.builders import NOW, RETENTION
from tests.faults import Crash, Fault, Faults
from tests.unit.echostream_cli.filled_table import create_table

SHARDS = 2
REFUSED = "refused by the table"
"""In a text: DynamoDB refuses its item for good."""
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
Row = dict[str, Any]
Delivery = tuple[int, int, int, Iterable[Fault | None]]
"""The shard, how far before its position a batch begins, its length, the faults of its calls."""
_NUMBERS, _VADER = count(), Vader()


class Clients:
    """The clients that all pipelines of a module share: making them takes longer than a test."""

    def __init__(self) -> None:
        self.dynamodb, self.s3 = new_client("dynamodb"), new_client("s3")
        self.kinesis = new_client("kinesis")
        self.faults = Faults(
            self.dynamodb,
            self.s3,
            self.kinesis,
            refuses=lambda statement: REFUSED in str(statement),
        )


class Pipeline:
    """A table, a bucket and a stream of its own. `accepted` are rows with tenant and id.

    `seconds` are those in which a request must be in the stream; each look at the clock takes one.
    """

    def __init__(self, clients: Clients, seconds: int = 2) -> None:
        self.seconds = seconds
        self.clients, self.faults = clients, clients.faults
        self.name = f"pipeline-{next(_NUMBERS)}"
        create_table(clients.dynamodb, self.name, StreamSpecification=STREAM)
        clients.s3.create_bucket(Bucket=self.name)
        clients.kinesis.create_stream(StreamName=self.name, ShardCount=1)
        self.accepted: list[tuple[str, str, Row]] = []
        self.poison: set[bytes] = set()
        self.received: dict[str, datetime] = {}
        """The latest time of receipt in a response, of each tenant."""
        self._clock = count()
        self._positions: Counter[tuple[str, int]] = Counter()
        self._select: Callable[[list[Change]], list[Change]] = list
        self.restart()

    def restart(self) -> None:
        """Start new processes, which remember nothing."""
        dynamodb, s3, name = self.clients.dynamodb, self.clients.s3, self.name
        sleep: Callable[[float], None] = lambda _: None  # noqa: E731
        self.store = DynamoDBStore(dynamodb, name, RETENTION, SHARDS, sleep)
        self.quarantine = S3Quarantine(s3, name)
        self.erasures = DynamoDBErasures(dynamodb, name, lambda: NOW)
        self.ingest = Ingest(lambda _: _VADER, S3Lake(s3, name), self.store, RETENTION, lambda: NOW)
        self.consume = Consume(self.ingest, self.quarantine, self.erasures, lambda _: PLAIN)
        self.counters = DynamoDBCounters(dynamodb, name, RETENTION, SHARDS, sleep)
        stream = KinesisStream(self.clients.kinesis, name, sleep, lambda: next(self._clock))
        self.enqueue = Enqueue(stream, RETENTION)

    def send(
        self, path: str, tenant: str, rows: Sequence[Any], now: datetime = NOW, attempts: int = 99
    ) -> None:
        """Send a request until it has a response; what the stream did not take is sent again."""
        for _ in range(attempts):
            try:
                receipt = self._request(path, tenant, rows, now)
            except TryAgain:
                continue
            except Crash:
                self.restart()
                continue
            rows = self._note(tenant, rows, receipt)
            if not rows:
                return

    def _request(self, path: str, tenant: str, rows: Sequence[Any], now: datetime) -> Receipt:
        if path == "direct":
            return self.ingest(tenant, rows, now)
        return self.enqueue(tenant, rows, now, self.seconds)

    def _note(self, tenant: str, rows: Sequence[Any], receipt: Receipt) -> list[Any]:
        """Keep what was accepted; the rows to send again."""
        codes = {rejection.index: rejection.code for rejection in receipt.rejected}
        taken = [row for index, row in enumerate(rows) if index not in codes]
        self.accepted += [(tenant, name, row) for name, row in zip(receipt.ids, taken, strict=True)]
        if at := receipt.received_at:
            self.received[tenant] = max(at, self.received.get(tenant, at))
        return [rows[index] for index, code in codes.items() if code == NOT_QUEUED.code]

    def put_poison(self, data: bytes) -> None:
        """Write a record to the stream, as another program would."""
        self.poison.add(data)
        key = str(len(self.poison))
        self.clients.kinesis.put_record(StreamName=self.name, Data=data, PartitionKey=key)

    def deliver(
        self,
        source: str,
        deliveries: Sequence[Delivery],
        select: Callable[[list[Change]], list[Change]] = list,
    ) -> None:
        """Deliver batches of a source (`stream` or `table`), then the rest without faults.

        `select` is what is done with changes before they are counted.
        """
        self._select = select
        shards = self._stream_shards() if source == "stream" else self._table_shards()
        for shard, back, length, plan in deliveries:
            position = self._positions[source, shard]
            start = max(0, position - back)
            batch = shards[shard][start : start + length]
            with self.faults.planned(plan):
                is_done = self._invoke(source, shard, batch, start + length < len(shards[shard]))
            if is_done:
                self._positions[source, shard] = max(position, start + len(batch))
        for shard, records in enumerate(shards):
            batch = records[self._positions[source, shard] :]
            assert self._invoke(source, shard, batch, is_behind=False)
            self._positions[source, shard] = len(records)

    def deliver_again(self, source: str) -> None:
        """Deliver everything from the beginning."""
        shards = self._stream_shards() if source == "stream" else self._table_shards()
        for shard, records in enumerate(shards):
            assert self._invoke(source, shard, records, is_behind=False)

    def _invoke(self, source: str, shard: int, batch: list[Any], is_behind: bool) -> bool:
        """Call a function with a batch, as its handler does; whether it succeeded."""
        if not batch:
            return True
        try:
            if source == "stream":
                return not self.consume(batch, NOW + timedelta(minutes=1)).failure
            changes = self._select(list(table_stream.changes_of(batch)))
            self.counters.add(f"shard-{shard}", changes, is_behind)
        except TryAgain:
            return False
        except Crash:
            self.restart()
            return False
        return True

    def _stream_shards(self) -> list[list[Record]]:
        """The records, dealt out to shards: where a record of ours goes is random."""
        kinesis = self.clients.kinesis
        [shard] = kinesis.list_shards(StreamName=self.name)["Shards"]
        iterator = kinesis.get_shard_iterator(
            StreamName=self.name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records = kinesis.get_records(ShardIterator=iterator)["Records"]
        read = [Record(record["Data"], NOW) for record in records]
        return [read[number::SHARDS] for number in range(SHARDS)]

    def _table_shards(self) -> list[list[Any]]:
        """The records that the event source's filter lets through, by shard."""
        shards: list[list[Any]] = [[] for _ in range(SHARDS)]
        for record in stream_of(self.name):
            content = {**record["dynamodb"], "ApproximateCreationDateTime": NOW.timestamp()}
            if kind_of(content["Keys"]) in ("doc", "received"):
                number = shard_of(partition_value(content["Keys"]), SHARDS)
                shards[number].append({**record, "dynamodb": content})
        return shards

    def stored(self) -> dict[tuple[str, str], Row]:
        """The documents of the table as JSON, by tenant and id."""
        items = self.clients.dynamodb.scan(TableName=self.name)["Items"]
        documents = [(item, scored_from_item(item)) for item in items if kind_of(item) == "doc"]
        return {
            (tenant_of(item), scored.document.id): json.loads(item["document"]["S"])
            for item, scored in documents
        }

    def listed(self, tenant: str) -> set[str]:
        """The ids of all documents that a query by time returns."""
        question = Question(NOW - timedelta(days=1), NOW + timedelta(days=1))
        page = newest(self.store, tenant, question, MAX_LIMIT)
        assert page.position is None
        return {scored.document.id for scored in page.documents}

    def raw(self) -> Iterator[Row]:
        """The rows of the lake's zone raw/."""
        for key, body in self._objects("raw/"):
            for line in gzip.decompress(body).splitlines():
                yield {"tenant": key.split("/")[1], "row": json.loads(line)}

    def quarantined(self) -> dict[str, Row]:
        """The items of the quarantine as JSON, by key."""
        return {key: json.loads(body) for key, body in self._objects("quarantine/items/")}

    def _objects(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        s3 = self.clients.s3
        for one in s3.list_objects_v2(Bucket=self.name, Prefix=prefix).get("Contents", []):
            yield one["Key"], s3.get_object(Bucket=self.name, Key=one["Key"])["Body"].read()
