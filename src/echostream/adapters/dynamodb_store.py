"""The fast table in DynamoDB.

One table, on-demand, with a time-to-live. The partition key says what an item is:

    pk                       sk                     what
    doc#T#<id>               doc                    a document; the index `by_time` finds it
                                                    under T#<day>#<shard>, sorted by time
    count#T#<day>            <hour>#<shard>#<source>  documents counted by sentiment
    member#<user>            member                 whose member a user is

New documents and their counts are written in one transaction, so a crash leaves both or
neither, and a repeat changes neither.
"""

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.domain.codec import (
    scored_from_wire,
    scored_to_wire,
    time_from_wire,
    time_to_wire,
    to_json,
)
from echostream.domain.document_store import (
    Outcome,
    Put,
    check_tenant_name,
    compare,
    shard_of,
    with_other,
)
from echostream.domain.errors import TryAgain
from echostream.domain.model import Count, Enrichment, ScoredDocument, count, count_group

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BY_TIME = "by_time"
MAX_ACTIONS = 100
"""In one transaction (a limit of DynamoDB)."""
MAX_BYTES = 3_000_000
"""Of text in one transaction, under DynamoDB's 4 MB with room for the rest."""
MAX_ATTEMPTS = 8

_WORTH_RETRYING = {
    "TransactionConflict",
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
}
Item = dict[str, Any]


class DynamoDBStore:
    """A `DocumentStore` in a DynamoDB table.

    `retention` is how long after its time a document is kept; `sleep` waits between tries.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        retention: timedelta,
        shards: int = 4,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.shards = shards
        self._client = client
        self._table = table
        self._retention = retention
        self._sleep = sleep

    def put(self, tenant: str, documents: Sequence[ScoredDocument], now: datetime) -> list[Put]:
        done: dict[str, Put] = {}
        new: dict[str, ScoredDocument] = {}
        for scored in documents:
            new.setdefault(scored.document.id, scored)
        for chunk in self._chunks(list(new.values())):
            done.update(self._put_chunk(tenant, chunk, now))
        return [_result(done[scored.document.id], scored) for scored in documents]

    def _chunks(self, documents: Sequence[ScoredDocument]) -> Iterator[list[ScoredDocument]]:
        """Documents in time order, cut so that each part fits one transaction with its counts."""
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
        """Write what is new of a chunk; what turns out to be kept already is left out."""
        done: dict[str, Put] = {}
        left = list(chunk)
        for attempt in range(MAX_ATTEMPTS):
            reasons = self._transact(tenant, left, now) if left else []
            if not reasons:
                return done | {s.document.id: Put(Outcome.STORED, s) for s in left}
            for scored, reason in zip(left, reasons, strict=False):
                if reason["Code"] == "ConditionalCheckFailed":
                    kept = _scored_from_item(reason["Item"])
                    done[scored.document.id] = compare(kept, scored)
            if any(reason["Code"] in _WORTH_RETRYING for reason in reasons):
                self._sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311
            left = [scored for scored in left if scored.document.id not in done]
        raise TryAgain("table: too many writers at once")

    def _transact(
        self, tenant: str, documents: Sequence[ScoredDocument], now: datetime
    ) -> list[Any]:
        """One transaction. The reasons for its cancellation, none where it went through."""
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
        document = scored.document
        shard = shard_of(document.id, self.shards)
        return {
            "Put": {
                "TableName": self._table,
                "Item": {
                    "pk": {"S": f"doc#{tenant}#{document.id}"},
                    "sk": {"S": "doc"},
                    "time_pk": {"S": _time_key(tenant, document.created_at.date(), shard)},
                    "time_sk": {"S": scored.position},
                    "document": {"S": to_json(scored_to_wire(scored))},
                    "expires_at": {"N": self._expiry(document.created_at)},
                },
                "ConditionExpression": "attribute_not_exists(pk) OR expires_at <= :now",
                "ExpressionAttributeValues": {":now": {"N": str(int(now.timestamp()))}},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def _count_action(self, tenant: str, part: Count, shard: int) -> Any:
        return {
            "Update": {
                "TableName": self._table,
                "Key": {
                    "pk": {"S": _count_key(tenant, part.hour.date())},
                    "sk": {"S": f"{time_to_wire(part.hour)}#{shard}#{part.source}"},
                },
                "UpdateExpression": "SET expires_at = :expiry ADD positive :positive,"
                " negative :negative, neutral :neutral, mixed :mixed, compound_sum :sum",
                "ExpressionAttributeValues": {
                    ":positive": {"N": str(part.positive)},
                    ":negative": {"N": str(part.negative)},
                    ":neutral": {"N": str(part.neutral)},
                    ":mixed": {"N": str(part.mixed)},
                    ":sum": {"N": str(Decimal(str(part.compound_sum)))},
                    ":expiry": {"N": self._expiry(part.hour + timedelta(hours=1))},
                },
            }
        }

    def _expiry(self, moment: datetime) -> str:
        return str(int((moment + self._retention).timestamp()))

    def kept(self, tenant: str, ids: Sequence[str]) -> dict[str, ScoredDocument]:
        keys: list[Any] = [
            {"pk": {"S": f"doc#{tenant}#{name}"}, "sk": {"S": "doc"}} for name in dict.fromkeys(ids)
        ]
        found = {}
        while keys:
            batch, keys = keys[:MAX_ACTIONS], keys[MAX_ACTIONS:]
            try:
                answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": batch}})
            except (ClientError, BotoCoreError) as error:
                raise TryAgain(f"table: {error}") from error
            for item in answer["Responses"].get(self._table, []):
                scored = _scored_from_item(item)
                found[scored.document.id] = scored
            unread: Any = answer["UnprocessedKeys"].get(self._table)
            keys += unread["Keys"] if unread else []
        return found

    def add_other(self, tenant: str, scored: ScoredDocument, other: Enrichment) -> bool:
        pk = f"doc#{tenant}#{scored.document.id}"
        item = self._get(pk, "doc")
        if item is None or _scored_from_item(item) != scored:
            return False
        new = to_json(scored_to_wire(with_other(scored, other)))
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": pk}, "sk": {"S": "doc"}},
                UpdateExpression="SET document = :new",
                ConditionExpression="document = :old",
                ExpressionAttributeValues={":new": {"S": new}, ":old": item["document"]},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        except (ClientError, BotoCoreError) as error:
            raise TryAgain(f"table: {error}") from error
        return True

    def newest(
        self, tenant: str, day: date, shard: int, before: str | None, page_size: int
    ) -> Iterator[ScoredDocument]:
        condition, values = "time_pk = :pk", {":pk": {"S": _time_key(tenant, day, shard)}}
        if before is not None:
            condition += " AND time_sk < :before"
            values[":before"] = {"S": before}
        for item in self._query(
            IndexName=BY_TIME,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ScanIndexForward=False,
            Limit=page_size,
        ):
            yield _scored_from_item(item)

    def counts(self, tenant: str, day: date) -> list[Count]:
        return [
            _count_from_item(item)
            for item in self._query(
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": _count_key(tenant, day)}},
            )
        ]

    def tenant_of(self, user: str) -> str | None:
        item = self._get(f"member#{user}", "member")
        return str(item["tenant_id"]["S"]) if item else None

    def add_member(self, user: str, tenant: str) -> None:
        check_tenant_name(tenant)
        try:
            self._client.put_item(
                TableName=self._table,
                Item={
                    "pk": {"S": f"member#{user}"},
                    "sk": {"S": "member"},
                    "tenant_id": {"S": tenant},
                },
            )
        except (ClientError, BotoCoreError) as error:
            raise TryAgain(f"table: {error}") from error

    def check(self) -> None:
        self._get("health", "health")

    def _get(self, pk: str, sk: str) -> Item | None:
        try:
            answer = self._client.get_item(
                TableName=self._table, Key={"pk": {"S": pk}, "sk": {"S": sk}}
            )
        except (ClientError, BotoCoreError) as error:
            raise TryAgain(f"table: {error}") from error
        return answer.get("Item")

    def _query(self, **arguments: Any) -> Iterator[Item]:
        start: Item = {}
        while True:
            try:
                page = self._client.query(TableName=self._table, **arguments, **start)
            except (ClientError, BotoCoreError) as error:
                raise TryAgain(f"table: {error}") from error
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _result(put: Put, sent: ScoredDocument) -> Put:
    """The outcome for each of several documents that came with one id."""
    return put if put.kept is sent else compare(put.kept, sent)


def _stored_bytes(scored: ScoredDocument) -> int:
    return len(to_json(scored.document.text).encode())


def _time_key(tenant: str, day: date, shard: int) -> str:
    return f"time#{tenant}#{day.isoformat()}#{shard}"


def _count_key(tenant: str, day: date) -> str:
    return f"count#{tenant}#{day.isoformat()}"


def _scored_from_item(item: Item) -> ScoredDocument:
    return scored_from_wire(json.loads(item["document"]["S"]))


def _count_from_item(item: Item) -> Count:
    hour, _, source = item["sk"]["S"].split("#", 2)
    return Count(
        hour=time_from_wire("hour", hour),
        source=source,
        positive=int(item["positive"]["N"]),
        negative=int(item["negative"]["N"]),
        neutral=int(item["neutral"]["N"]),
        mixed=int(item["mixed"]["N"]),
        compound_sum=float(item["compound_sum"]["N"]),
    )
