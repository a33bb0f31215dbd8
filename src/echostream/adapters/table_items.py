"""Items of the documents table: documents and counts, to and from DynamoDB's attribute values."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from echostream.adapters.table_keys import (
    count_key,
    document_key,
    hour_and_source,
    time_partition,
)
from echostream.domain.codec import scored_from_wire, scored_to_wire, time_from_wire, to_json
from echostream.domain.model import Count, ScoredDocument

Item = dict[str, Any]


def document_item(tenant: str, scored: ScoredDocument, shard: int, retention: timedelta) -> Item:
    document = scored.document
    return {
        **document_key(tenant, document.id),
        "time_pk": time_partition(tenant, document.created_at.date(), shard),
        "time_sk": {"S": scored.position},
        "document": document_value(scored),
        "expires_at": expiry(document.created_at, retention),
    }


def document_value(scored: ScoredDocument) -> Any:
    """The attribute `document` of an item: the document and its scores as JSON."""
    return {"S": to_json(scored_to_wire(scored))}


def scored_from_item(item: Mapping[str, Any]) -> ScoredDocument:
    return scored_from_wire(json.loads(item["document"]["S"]))


def count_update(tenant: str, part: Count, shard: int, retention: timedelta) -> Item:
    """The arguments of an update that adds to a count."""
    return {
        "Key": count_key(tenant, part.hour, shard, part.source),
        "UpdateExpression": "SET expires_at = :expiry ADD positive :positive,"
        " negative :negative, neutral :neutral, mixed :mixed, compound_sum :sum",
        "ExpressionAttributeValues": {
            ":positive": {"N": str(part.positive)},
            ":negative": {"N": str(part.negative)},
            ":neutral": {"N": str(part.neutral)},
            ":mixed": {"N": str(part.mixed)},
            ":sum": {"N": str(Decimal(str(part.compound_sum)))},
            ":expiry": expiry(part.hour + timedelta(hours=1), retention),
        },
    }


def count_from_item(item: Mapping[str, Any]) -> Count:
    hour, source = hour_and_source(item)
    return Count(
        hour=time_from_wire("hour", hour),
        source=source,
        positive=int(item["positive"]["N"]),
        negative=int(item["negative"]["N"]),
        neutral=int(item["neutral"]["N"]),
        mixed=int(item["mixed"]["N"]),
        compound_sum=float(item["compound_sum"]["N"]),
    )


def expiry(moment: datetime, retention: timedelta) -> Any:
    """The attribute `expires_at`: the second at which DynamoDB may delete an item."""
    return {"N": str(int((moment + retention).timestamp()))}
