"""Records of the table's stream, as Lambda passes them: changes of the counts, new documents."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from echostream.adapters.table_items import is_expired, is_listed, received_from_item
from echostream.adapters.table_keys import kind_of, tenant_of
from echostream.domain.archive import NewDocument
from echostream.domain.codec import time_from_wire
from echostream.domain.counters import Change
from echostream.domain.errors import BadRequest
from echostream.domain.model import UNSCORED, Count, Sentiment, count_of, hour_of

_DIGITS = 40
"""Of the longest sequence number; shorter ones are padded, so that text order is their order."""
_FULL_BYTES = 3_000_000
"""Of a batch that Lambda may have cut because of its limit of 6 MB, in DynamoDB's count of bytes,
which has no JSON escapes."""

Record = Mapping[str, Any]


def changes_of(records: Iterable[Record]) -> Iterator[Change]:
    """The changes in records of documents and of times of receipt, with old and new images.

    A document that had expired counts for nothing: when DynamoDB deletes it, or when another
    document takes its id, the counts of its hour stay. One of the lake only is never counted.
    """
    for record in records:
        content = record["dynamodb"]
        at = datetime.fromtimestamp(content["ApproximateCreationDateTime"], UTC)
        sequence = str(content["SequenceNumber"]).zfill(_DIGITS)
        keys, new = content["Keys"], content.get("NewImage")
        if kind_of(keys) == "received":
            received = received_from_item(new) if new else None
            yield Change(sequence, at, tenant_of(keys), received=received)
        else:
            old_count, new_count = _count(content.get("OldImage"), at), _count(new, at)
            yield Change(sequence, at, tenant_of(keys), _difference(old_count, new_count))


def new_documents_of(records: Iterable[Record]) -> Iterator[NewDocument]:
    """The documents that records add to the table, also in place of an expired one.

    A document to which a score of another engine was added is not new.
    """
    for record in records:
        content = record["dynamodb"]
        old, new = _scored(content.get("OldImage")), _scored(content.get("NewImage"))
        if new and not (old and old[1] == new[1]):
            row, scored_at = new
            yield NewDocument(tenant_of(content["Keys"]), hour_of(scored_at), row)


def is_full(records: Sequence[Record], batch_size: int) -> bool:
    """Whether the stream may have more records than those of this batch."""
    size = sum(record["dynamodb"].get("SizeBytes", 0) for record in records)
    return len(records) >= batch_size or size > _FULL_BYTES


def _difference(old: Count | None, new: Count | None) -> tuple[Count, ...]:
    if old == new:
        return ()
    return (*((-old,) if old else ()), *((new,) if new else ()))


def _count(item: Record | None, at: datetime) -> Count | None:
    """The count of a document; None if it had expired, is of the lake only, or is no document."""
    if not item or not is_listed(item) or is_expired(item, at):
        return None
    try:
        wire = json.loads(item["document"]["S"])
        created_at = time_from_wire("created_at", wire["created_at"])
        label = UNSCORED if wire.get("unscored") else Sentiment(wire["sentiment"])
        return count_of(created_at, wire["source"], label, float(wire["compound"]))
    except (KeyError, TypeError, ValueError, BadRequest):
        return None


def _scored(item: Record | None) -> tuple[Mapping[str, Any], datetime] | None:
    """A document as JSON, and when it was scored; None if the item is not a document."""
    if not item:
        return None
    try:
        row = json.loads(item["document"]["S"])
        return row, time_from_wire("enriched_at", row["enriched_at"])
    except (KeyError, TypeError, ValueError, BadRequest):
        return None
