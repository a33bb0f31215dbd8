"""Items of the documents table, to and from DynamoDB's attribute values; counts: `table_counts`."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from echostream.adapters.table_keys import (
    PARTITION,
    TIME_PARTITION,
    Key,
    day_key,
    document_key,
    hour_key,
    key_of,
    kind_of,
    received_key,
    tenant_of,
    time_key,
)
from echostream.domain.codec import scored_from_wire, scored_to_wire, time_to_wire, to_json
from echostream.domain.document_store import (
    TimePartition,
    is_lake_only,
    retention_start,
    shard_of,
    time_partition_of,
)
from echostream.domain.errors import BadRequest
from echostream.domain.model import ScoredDocument, sort_time

Item = dict[str, Any]
DOCUMENT = "document"
"""The attribute with a document and its scores as JSON."""
EXPIRY = "expires_at"
"""The attribute with the second at which DynamoDB may delete an item."""


class InvalidItem(ValueError):
    """An item that should be a document and is not; the message has its key."""


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document of the table: its tenant, and its retention, up to its expiry.

    `is_listed` is False for a document of the lake only.
    """

    tenant: str
    scored: ScoredDocument
    retention: timedelta
    is_listed: bool = True

    @property
    def expires_at(self) -> datetime:
        """The time from which the document is expired."""
        return retention_start(self.scored, self.is_listed) + self.retention


def document_item(
    tenant: str, scored: ScoredDocument, partition: TimePartition, retention: timedelta
) -> Item:
    """The item of a document; one of the lake only has no key in the index `by_time`."""
    in_index = not is_lake_only(scored, retention)
    return {
        **document_key(tenant, scored.document.id),
        **(time_key(tenant, partition, scored.position) if in_index else {}),
        DOCUMENT: document_value(scored),
        EXPIRY: expiry(retention_start(scored, in_index), retention),
    }


def is_listed(item: Mapping[str, Any]) -> bool:
    """Whether a document's item is in the index `by_time`: not if it is of the lake only."""
    return TIME_PARTITION in item


def wanted_time_key(item: Mapping[str, Any], shards: int) -> Key:
    """The key that a document's item must have in the index `by_time`. Raises `InvalidItem`.

    Items of older versions have other keys there: their partitions had a day. A document of the
    lake only must have none.
    """
    stored = stored_document_from_item(item)
    if not stored.is_listed:
        return {}
    partition = time_partition_of(stored.scored, shards)
    return time_key(stored.tenant, partition, stored.scored.position)


def time_key_update(item: Item, wanted: Key) -> dict[str, Any]:
    """The arguments of an update of an item's key in the index, if the item still exists."""
    names = {f"#{name}": name for name in wanted}
    return {
        "Key": key_of(item),
        "UpdateExpression": "SET " + ", ".join(f"{name} = :{name[1:]}" for name in names),
        "ConditionExpression": f"attribute_exists({PARTITION})",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {f":{name}": value for name, value in wanted.items()},
    }


def directory_items(tenant: str, partition: TimePartition, retention: timedelta) -> list[Item]:
    """The directory's entries for a partition: its day, and itself.

    Each expires after the last document of its day or hour. Hence it does not depend on when it is
    written.
    """
    hour = partition.hour
    day_end = hour.replace(hour=0) + timedelta(days=1)
    return [
        {**day_key(tenant, hour), EXPIRY: expiry(day_end, retention)},
        {**hour_key(tenant, partition), EXPIRY: expiry(hour + timedelta(hours=1), retention)},
    ]


def document_value(scored: ScoredDocument) -> Any:
    """The value of the attribute `document`."""
    return {"S": to_json(scored_to_wire(scored))}


def deletion(tenant: str, scored: ScoredDocument) -> dict[str, Any]:
    """The arguments of a deletion of a document, unless another one has taken its id.

    The time of the score tells them apart. It is found by its quotes, which no text can have.
    """
    time = to_json({"enriched_at": time_to_wire(scored.enrichment.enriched_at)})[1:-1]
    return {
        "Key": document_key(tenant, scored.document.id),
        "ConditionExpression": f"contains({DOCUMENT}, :time)",
        "ExpressionAttributeValues": {":time": {"S": time}},
    }


def scored_from_item(item: Mapping[str, Any]) -> ScoredDocument:
    return scored_from_wire(json.loads(item[DOCUMENT]["S"]))


def stored_document_from_item(item: Mapping[str, Any]) -> StoredDocument:
    """Parse an item that may not be from this store. Raises `InvalidItem`."""
    try:
        scored = scored_from_item(item)
        second = math.ceil(retention_start(scored, is_listed(item)).timestamp())
        retention = timedelta(seconds=int(item[EXPIRY]["N"]) - second)
        return StoredDocument(tenant_of(item), scored, retention, is_listed(item))
    except (IndexError, KeyError, TypeError, ValueError, BadRequest) as error:
        raise InvalidItem(f"{item.get(PARTITION)} is not a valid document") from error


def is_expired(item: Mapping[str, Any], now: datetime) -> bool:
    """Whether an item has a time of expiry that is past."""
    return EXPIRY in item and int(item[EXPIRY]["N"]) <= now.timestamp()


def put_if_absent(item: Item) -> dict[str, Any]:
    """The arguments of a put that changes no existing item.

    It may raise the spend of an account: a restore must not allow more spend.
    """
    condition, values = f"attribute_not_exists({PARTITION})", {}
    if kind_of(item) == "spend":
        condition += " OR units < :units"
        values = {"ExpressionAttributeValues": {":units": item["units"]}}
    return {"Item": item, "ConditionExpression": condition, **values}


def put_if_expired(item: Item, now: datetime) -> dict[str, Any]:
    """The arguments of a put that takes the place of an item that has expired."""
    return {
        "Item": item,
        "ConditionExpression": f"{EXPIRY} <= :now",
        "ExpressionAttributeValues": {":now": {"N": str(int(now.timestamp()))}},
    }


def received_item(tenant: str, at: datetime, retention: timedelta, shards: int) -> Item:
    """The time up to which all received documents of a tenant are stored, in one of some shards."""
    time = sort_time(at)
    key = received_key(tenant, shard_of(time, shards))
    return {**key, "at": {"S": time}, EXPIRY: expiry(at, retention)}


def received_from_item(item: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(item["at"]["S"])


def expiry(moment: datetime, retention: timedelta) -> Any:
    """The value of the attribute `expires_at`: the first second at which the item has expired."""
    return {"N": str(math.ceil((moment + retention).timestamp()))}
