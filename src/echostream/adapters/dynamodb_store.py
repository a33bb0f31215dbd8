"""The documents table in DynamoDB: one table, on demand, with a time-to-live.

New documents and their counts are written in one transaction. A crash therefore leaves both or
neither, and a repeat changes neither.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters import table_keys
from echostream.adapters.retry import backoff
from echostream.adapters.table_items import (
    Item,
    count_from_item,
    count_update,
    document_item,
    document_value,
    member_from_item,
    scored_from_item,
    wanted_time_key,
)
from echostream.adapters.time_index import TimeIndex
from echostream.domain.codec import to_json
from echostream.domain.document_store import (
    Outcome,
    PartitionPage,
    PartitionQuery,
    Put,
    TimePartition,
    check_tenant_name,
    compare,
    shard_of,
    time_partition_of,
    with_score,
)
from echostream.domain.errors import TryAgain
from echostream.domain.model import Count, Enrichment, ScoredDocument, count, count_group

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_ACTIONS = 100
"""In one transaction, and in one batch of reads (limits of DynamoDB)."""
MAX_BYTES = 3_000_000
"""Of text in one transaction: DynamoDB's limit of 4 MB, less what its other attributes need."""
MAX_ATTEMPTS = 8
BACKOFF = 0.05
"""Seconds, doubled with each attempt."""

_WORTH_RETRYING = {
    "TransactionConflict",
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
}


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

    def put(self, tenant: str, documents: Sequence[ScoredDocument], now: datetime) -> list[Put]:
        puts: dict[str, Put] = {}
        by_id: dict[str, ScoredDocument] = {}
        for scored in documents:
            by_id.setdefault(scored.document.id, scored)
        self.list_partitions(tenant, by_id.values())
        for chunk in self._chunks(list(by_id.values())):
            puts.update(self._put_chunk(tenant, chunk, now))
        return [_result(puts[scored.document.id], scored) for scored in documents]

    def _chunks(self, documents: Sequence[ScoredDocument]) -> Iterator[list[ScoredDocument]]:
        """Documents in time order, in chunks that fit into one transaction with their counts."""
        chunk: list[ScoredDocument] = []
        counted: set[tuple[datetime, str]] = set()
        size = 0
        for scored in sorted(documents, key=lambda scored: scored.position):
            group = count_group(scored.document)
            actions = len(chunk) + 1 + len(counted | {group})
            size += _stored_bytes(scored)
            if chunk and (actions > MAX_ACTIONS or size > MAX_BYTES):
                yield chunk
                chunk, counted, size = [], set(), _stored_bytes(scored)
            chunk.append(scored)
            counted.add(group)
        if chunk:
            yield chunk

    def _put_chunk(
        self, tenant: str, chunk: Sequence[ScoredDocument], now: datetime
    ) -> dict[str, Put]:
        """Write the new documents of a chunk; each attempt leaves out those already stored."""
        puts: dict[str, Put] = {}
        left = list(chunk)
        for attempt in range(MAX_ATTEMPTS):
            reasons = self._transact(tenant, left, now) if left else []
            if not reasons:
                return puts | {s.document.id: Put(Outcome.STORED, s) for s in left}
            for scored, reason in zip(left, reasons, strict=False):
                if reason["Code"] == "ConditionalCheckFailed":
                    stored = scored_from_item(reason["Item"])
                    puts[scored.document.id] = compare(stored, scored)
            if any(reason["Code"] in _WORTH_RETRYING for reason in reasons):
                self._sleep(backoff(attempt, BACKOFF))
            left = [scored for scored in left if scored.document.id not in puts]
        raise TryAgain(f"table: no transaction succeeded in {MAX_ATTEMPTS} attempts")

    def _transact(
        self, tenant: str, documents: Sequence[ScoredDocument], now: datetime
    ) -> list[Any]:
        """One transaction. Returns the reasons for its cancellation; empty if it succeeded."""
        shard = shard_of(documents[0].document.id, self.shards)
        actions = [self._put_action(tenant, scored, now) for scored in documents]
        actions += [self._count_action(tenant, part, shard) for part in count(documents)]
        try:
            self._client.transact_write_items(TransactItems=actions)
        except self._client.exceptions.TransactionCanceledException as error:
            return list(error.response["CancellationReasons"])
        except self._client.exceptions.TransactionInProgressException:
            return [{"Code": "TransactionConflict"}]
        except (ClientError, BotoCoreError) as error:
            raise TryAgain(f"table: {error}") from error
        return []

    def _put_action(self, tenant: str, scored: ScoredDocument, now: datetime) -> Any:
        partition = time_partition_of(scored, self.shards)
        return {
            "Put": {
                "TableName": self._table,
                "Item": document_item(tenant, scored, partition, self._retention),
                "ConditionExpression": "attribute_not_exists(pk) OR expires_at <= :now",
                "ExpressionAttributeValues": {":now": {"N": str(int(now.timestamp()))}},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def _count_action(self, tenant: str, part: Count, shard: int) -> Any:
        update = count_update(tenant, part, shard, self._retention)
        return {"Update": {"TableName": self._table, **update}}

    def get_many(self, tenant: str, ids: Sequence[str]) -> dict[str, ScoredDocument]:
        keys = [table_keys.document_key(tenant, document_id) for document_id in dict.fromkeys(ids)]
        documents = {}
        while keys:
            batch, keys = keys[:MAX_ACTIONS], keys[MAX_ACTIONS:]
            try:
                response = self._client.batch_get_item(RequestItems={self._table: {"Keys": batch}})
            except (ClientError, BotoCoreError) as error:
                raise TryAgain(f"table: {error}") from error
            for item in response["Responses"].get(self._table, []):
                scored = scored_from_item(item)
                documents[scored.document.id] = scored
            unprocessed: Any = response["UnprocessedKeys"].get(self._table)
            keys += unprocessed["Keys"] if unprocessed else []
        return documents

    def add_score(self, tenant: str, scored: ScoredDocument, score: Enrichment) -> bool:
        key = table_keys.document_key(tenant, scored.document.id)
        item = self._get(key)
        if item is None or scored_from_item(item) != scored:
            return False
        try:
            self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression="SET document = :new",
                ConditionExpression="document = :old",
                ExpressionAttributeValues={
                    ":new": document_value(with_score(scored, score)),
                    ":old": item["document"],
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        except (ClientError, BotoCoreError) as error:
            raise TryAgain(f"table: {error}") from error
        return True

    def list_partitions(self, tenant: str, documents: Iterable[ScoredDocument]) -> None:
        """List the partitions of documents, before these are stored: no document is unlisted."""
        partitions = (time_partition_of(scored, self.shards) for scored in documents)
        self._time_index.add(tenant, partitions)

    def time_key(self, item: Item) -> table_keys.Key:
        """The key that a document's item must have in the index. Raises `InvalidItem`."""
        return wanted_time_key(item, self.shards)

    def time_partitions(
        self, tenant: str, start: datetime, below: str
    ) -> Iterator[list[TimePartition]]:
        return self._time_index.partitions(tenant, start, below)

    def newest(self, tenant: str, queries: Sequence[PartitionQuery]) -> list[PartitionPage]:
        return self._time_index.newest(tenant, queries)

    def counts(self, tenant: str, day: date) -> list[Count]:
        items = self._time_index.query(**table_keys.counts_query(tenant, day))
        return [count_from_item(item) for item in items]

    def tenant_of(self, user: str) -> str | None:
        item = self._get(table_keys.member_key(user))
        return member_from_item(item)[1] if item else None

    def add_member(self, user: str, tenant: str) -> None:
        check_tenant_name(tenant)
        try:
            self._client.put_item(
                TableName=self._table,
                Item={**table_keys.member_key(user), "tenant_id": {"S": tenant}},
            )
        except (ClientError, BotoCoreError) as error:
            raise TryAgain(f"table: {error}") from error

    def check(self) -> None:
        self._get(table_keys.health_key())

    def _get(self, key: table_keys.Key) -> Item | None:
        try:
            response = self._client.get_item(TableName=self._table, Key=key)
        except (ClientError, BotoCoreError) as error:
            raise TryAgain(f"table: {error}") from error
        return response.get("Item")


def _result(put: Put, sent: ScoredDocument) -> Put:
    """The outcome of one of several documents with the same id."""
    return put if put.stored is sent else compare(put.stored, sent)


def _stored_bytes(scored: ScoredDocument) -> int:
    return len(to_json(scored.document.text).encode())
