"""The documents table in DynamoDB: one table, on demand, with a time-to-live.

Each document is inserted by itself, on the condition that its id is new, so that no write waits for
another. The table's stream leads to the counters.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters import dynamodb_reads, dynamodb_writes, insertions, table_keys
from echostream.adapters.aws_errors import is_transient_code, translated
from echostream.adapters.retry import backoff
from echostream.adapters.table_items import (
    Item,
    document_item,
    document_value,
    is_expired,
    is_listed,
    put_if_expired,
    received_item,
    scored_from_item,
    stored_document_from_item,
    time_key_update,
    wanted_time_key,
)
from echostream.adapters.time_index import TimeIndex
from echostream.domain.document_store import (
    Outcome,
    PartitionPage,
    PartitionQuery,
    Put,
    TimePartition,
    compare,
    is_lake_only,
    time_partition_of,
    with_score,
)
from echostream.domain.errors import CallRefused, TryAgain
from echostream.domain.model import Enrichment, ScoredDocument

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_ATTEMPTS = 8
BACKOFF = 0.05
"""Seconds, doubled with each attempt."""
MakeItem = Callable[[ScoredDocument], Item]


class DynamoDBStore:
    """A `DocumentStore` in a DynamoDB table.

    `retention` is the age at which a document expires; `sleep` waits between attempts.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        retention: timedelta,
        shards: int,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.shards = shards
        self._client = client
        self._table = table
        self._retention = retention
        self._sleep = sleep
        self._time_index = TimeIndex(client, table, retention, sleep)

    def remember(self, seconds: float) -> None:
        """Set the time for which this process remembers which partitions are listed."""
        self._time_index.memory = seconds

    def put(
        self,
        tenant: str,
        documents: Sequence[ScoredDocument],
        now: datetime,
        retention: timedelta | None = None,
    ) -> list[Put]:
        kept = retention or self._retention
        items = partial(self._item, tenant, retention=kept)
        by_id: dict[str, ScoredDocument] = {}
        for scored in documents:
            by_id.setdefault(scored.document.id, scored)
        puts: dict[str, Put] = {}
        self.list_partitions(tenant, (s for s in by_id.values() if not is_lake_only(s, kept)))
        for chunk in insertions.batches(list(by_id.values())):
            puts.update(self._put_chunk(tenant, chunk, now, items))
        return [_result(puts[scored.document.id], scored) for scored in documents]

    def _put_chunk(
        self, tenant: str, chunk: Sequence[ScoredDocument], now: datetime, items: MakeItem
    ) -> dict[str, Put]:
        """Insert new documents; each attempt leaves out those that have a result."""
        puts: dict[str, Put] = {}
        left = list(chunk)
        for attempt in range(MAX_ATTEMPTS):
            codes = self._insert(list(map(items, left)))
            for scored, code in zip(left, codes, strict=True):
                if code in ("", insertions.REFUSED):
                    outcome = Outcome.REFUSED if code else Outcome.STORED
                    puts[scored.document.id] = Put(outcome, scored)
            existing = [s for s, code in zip(left, codes, strict=True) if code == insertions.EXISTS]
            puts.update(self._put_existing(tenant, existing, now, items))
            left = [scored for scored in left if scored.document.id not in puts]
            if not left:
                return puts
            self._sleep(backoff(attempt, BACKOFF))
        raise TryAgain(f"table: {len(left)} documents not stored in {MAX_ATTEMPTS} attempts")

    def _insert(self, items: Sequence[Item]) -> list[str]:
        """Insert each document whose id is new. Returns the code of each error; empty if none."""
        statements: Any = [insertions.statement(self._table, item) for item in items]
        try:
            response = self._client.batch_execute_statement(Statements=statements)
        except (ClientError, BotoCoreError) as error:
            raise translated("table", error) from error
        codes = [result.get("Error", {}).get("Code", "") for result in response["Responses"]]
        expected = {"", insertions.REFUSED, insertions.EXISTS}
        for code in set(codes) - expected:
            if not is_transient_code(code):
                raise CallRefused(f"table: BatchExecuteStatement: {code}")
        return codes

    def _put_existing(
        self, tenant: str, documents: Sequence[ScoredDocument], now: datetime, items: MakeItem
    ) -> dict[str, Put]:
        """The results of documents whose ids exist; an expired document is replaced.

        A repeat for the lake only replaces none: the lake has that text already. An id that has
        meanwhile been deleted or replaced has no result.
        """
        if not documents:
            return {}
        puts = {}
        keys = [table_keys.document_key(tenant, scored.document.id) for scored in documents]
        stored = {item[table_keys.PARTITION]["S"]: item for item in self._get_many(keys, True)}
        for key, scored in zip(keys, documents, strict=True):
            item = stored.get(key[table_keys.PARTITION]["S"])
            if item is None:
                continue
            new, put = items(scored), compare(scored_from_item(item), scored)
            is_archived = put.outcome is Outcome.REPEATED and not is_listed(new)
            if is_archived or not is_expired(item, now):
                puts[scored.document.id] = put
            elif self._replace(new, now):
                puts[scored.document.id] = Put(Outcome.STORED, scored)
        return puts

    def _replace(self, item: Item, now: datetime) -> bool:
        """Put an item in place of an expired one; False if there is none any more."""
        return dynamodb_writes.put(self._client, self._table, **put_if_expired(item, now))

    def _item(self, tenant: str, scored: ScoredDocument, retention: timedelta) -> Item:
        partition = time_partition_of(scored, self.shards)
        return document_item(tenant, scored, partition, retention)

    def mark_received(self, tenant: str, at: datetime) -> None:
        item = received_item(tenant, at, self._retention, self.shards)
        dynamodb_writes.put(self._client, self._table, Item=item)

    def get_many(self, tenant: str, ids: Sequence[str]) -> dict[str, ScoredDocument]:
        keys = [table_keys.document_key(tenant, document_id) for document_id in dict.fromkeys(ids)]
        documents = map(scored_from_item, self._get_many(keys))
        return {scored.document.id: scored for scored in documents}

    def _get_many(self, keys: list[table_keys.Key], is_consistent: bool = False) -> Iterator[Item]:
        return dynamodb_reads.get_many(
            self._client, self._table, keys, is_consistent=is_consistent, sleep=self._sleep
        )

    def add_score(self, tenant: str, scored: ScoredDocument, score: Enrichment) -> bool:
        key = table_keys.document_key(tenant, scored.document.id)
        item = dynamodb_reads.get(self._client, self._table, key)
        if item is None or scored_from_item(item) != scored:
            return False
        return dynamodb_writes.update(
            self._client,
            self._table,
            Key=key,
            UpdateExpression="SET document = :new",
            ConditionExpression="document = :old",
            ExpressionAttributeValues={
                ":new": document_value(with_score(scored, score)),
                ":old": item["document"],
            },
        )

    def list_partitions(self, tenant: str, documents: Iterable[ScoredDocument]) -> None:
        """List the partitions of documents, before these are stored: no document is unlisted."""
        partitions = (time_partition_of(scored, self.shards) for scored in documents)
        self._time_index.add(tenant, partitions)

    def update_time_key(self, item: Item) -> bool:
        """Give a document's item the key of this version in the index; whether it had another.

        False also if the item was deleted meanwhile. Raises `InvalidItem`.
        """
        wanted = wanted_time_key(item, self.shards)
        if wanted.items() <= item.items():
            return False
        stored = stored_document_from_item(item)
        self.list_partitions(stored.tenant, [stored.scored])
        return dynamodb_writes.update(self._client, self._table, **time_key_update(item, wanted))

    def time_partitions(
        self, tenant: str, start: datetime, below: str
    ) -> Iterator[list[TimePartition]]:
        return self._time_index.partitions(tenant, start, below)

    def newest(self, tenant: str, queries: Sequence[PartitionQuery]) -> list[PartitionPage]:
        return self._time_index.newest(tenant, queries)

    def check(self) -> None:
        dynamodb_reads.get(self._client, self._table, table_keys.health_key())


def _result(put: Put, sent: ScoredDocument) -> Put:
    """The outcome of one of several documents with the same id."""
    return (
        put if put.stored is sent or put.outcome is Outcome.REFUSED else compare(put.stored, sent)
    )
