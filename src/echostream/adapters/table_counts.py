"""Items of the counters, to and from DynamoDB's attribute values; updates that change them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from echostream.adapters import table_keys
from echostream.adapters.table_items import EXPIRY, Item, expiry
from echostream.domain.counters import MAX_SOURCES_A_DAY, Change
from echostream.domain.model import Count, sort_time

STREAM_KEPT = timedelta(days=8)
"""The time after which the position in a shard is deleted; DynamoDB keeps its changes for a day."""

_SEQUENCE, _AT, _BEHIND, _SOURCES = "sequence", "at", "is_behind", "sources"


@dataclass(frozen=True, slots=True)
class CountRow:
    """What an item counts: the documents of a source, of a tenant's hour or day."""

    tenant: str
    source: str
    day: date
    hour: datetime | None

    def key(self, shard: int) -> table_keys.Key:
        """The key of the item in a shard of the counters."""
        if self.hour:
            return table_keys.hour_count_key(self.tenant, self.hour, self.source, shard)
        return table_keys.day_count_key(self.tenant, self.day, self.source, shard)

    @property
    def start(self) -> datetime:
        """The start of the hour or day."""
        return self.hour or datetime.combine(self.day, datetime.min.time(), UTC)

    @property
    def end(self) -> datetime:
        """The end of the hour or day."""
        return self.start + (timedelta(hours=1) if self.hour else timedelta(days=1))


def row_from_item(item: Mapping[str, Any]) -> CountRow | None:
    """What an item counts; None for an item of version 1.0, which is not read any more."""
    start, source = table_keys.start_and_source(item)
    if not table_keys.is_count(item):
        return None
    moment = datetime.fromisoformat(start).replace(tzinfo=UTC)
    hour = moment if "T" in start else None
    return CountRow(table_keys.tenant_of(item), source, moment.date(), hour)


def correction_update(version: int) -> Item:
    """The arguments of an update that counts the corrections, if no other was made meanwhile."""
    return {
        "Key": table_keys.corrections_key(),
        "UpdateExpression": "ADD corrections :one",
        "ConditionExpression": "attribute_not_exists(corrections) OR corrections = :version",
        "ExpressionAttributeValues": {":one": {"N": "1"}, ":version": {"N": str(version)}},
    }


def corrections_from_item(item: Mapping[str, Any] | None) -> int:
    """The number of corrections of the counters."""
    return int(item["corrections"]["N"]) if item else 0


def count_update(row: CountRow, part: Count, shard: int, retention: timedelta) -> Item:
    """The arguments of an update that adds to a count."""
    return {
        "Key": row.key(shard),
        "UpdateExpression": f"SET {EXPIRY} = :expiry ADD positive :positive,"
        " negative :negative, neutral :neutral, mixed :mixed, compound_sum :sum",
        "ExpressionAttributeValues": {
            ":positive": {"N": str(part.positive)},
            ":negative": {"N": str(part.negative)},
            ":neutral": {"N": str(part.neutral)},
            ":mixed": {"N": str(part.mixed)},
            ":sum": {"N": str(Decimal(str(part.compound_sum)))},
            ":expiry": expiry(row.end, retention),
        },
    }


def count_from_item(item: Mapping[str, Any]) -> Count:
    start, source = table_keys.start_and_source(item)
    return Count(
        hour=datetime.fromisoformat(start).replace(tzinfo=UTC),
        source=source,
        positive=int(item["positive"]["N"]),
        negative=int(item["negative"]["N"]),
        neutral=int(item["neutral"]["N"]),
        mixed=int(item["mixed"]["N"]),
        compound_sum=float(item["compound_sum"]["N"]),
    )


def position_update(shard: str, changes: Sequence[Change], is_behind: bool) -> Item:
    """The arguments of an update that moves a position past changes, if it is before them."""
    last = changes[-1]
    return {
        "Key": table_keys.stream_key(shard),
        "UpdateExpression": f"SET #sequence = :last, #at = :at, {_BEHIND} = :is_behind,"
        f" {EXPIRY} = :expiry",
        "ConditionExpression": "attribute_not_exists(#sequence) OR #sequence < :first",
        "ExpressionAttributeNames": {"#sequence": _SEQUENCE, "#at": _AT},
        "ExpressionAttributeValues": {
            ":first": {"S": changes[0].sequence},
            ":last": {"S": last.sequence},
            ":at": {"S": sort_time(last.at)},
            ":is_behind": {"BOOL": is_behind},
            ":expiry": expiry(last.at, STREAM_KEPT),
        },
    }


def sequence_from_item(item: Mapping[str, Any]) -> str:
    """The sequence number of the last change that is counted."""
    return str(item[_SEQUENCE]["S"])


def is_behind(item: Mapping[str, Any]) -> bool:
    """Whether the shard had more changes after the last one that is counted."""
    return bool(item[_BEHIND]["BOOL"])


def counted_update(tenant: str, at: datetime, retention: timedelta) -> Item:
    """The arguments of an update that moves the time of receipt that is counted; never back."""
    return {
        "Key": table_keys.counted_key(tenant),
        "UpdateExpression": f"SET #at = :at, {EXPIRY} = :expiry",
        "ConditionExpression": "attribute_not_exists(#at) OR #at < :at",
        "ExpressionAttributeNames": {"#at": _AT},
        "ExpressionAttributeValues": {
            ":at": {"S": sort_time(at)},
            ":expiry": expiry(at, retention),
        },
    }


def time_from_item(item: Mapping[str, Any]) -> datetime:
    """The time of the last change of a shard, or of the last receipt that is counted."""
    return datetime.fromisoformat(item[_AT]["S"])


def source_update(tenant: str, day: date, source: str, retention: timedelta) -> Item:
    """The arguments of an update that gives a source counts of its own, if the day has room."""
    end = datetime.combine(day, datetime.min.time(), UTC) + timedelta(days=1)
    return {
        "Key": table_keys.sources_key(tenant, day),
        "UpdateExpression": f"ADD {_SOURCES} :source SET {EXPIRY} = :expiry",
        "ConditionExpression": f"attribute_not_exists({_SOURCES}) OR size({_SOURCES}) < :most",
        "ExpressionAttributeValues": {
            ":source": {"SS": [source]},
            ":most": {"N": str(MAX_SOURCES_A_DAY)},
            ":expiry": expiry(end, retention),
        },
    }


def sources_from_item(item: Mapping[str, Any]) -> frozenset[str]:
    """The sources of a day that have counts of their own."""
    return frozenset(item[_SOURCES]["SS"])
