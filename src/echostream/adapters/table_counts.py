"""Items of the counters, to and from DynamoDB's attribute values; updates that change them.

An item counts the documents of a tenant's day and source. Its numbers have names of a letter and a
digit: p3 are the positive documents of hour 3, pF those of hour 15, and p those of the day. Short
names keep an item below 1 KB, and an update at one write unit. A number that is missing is 0.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any

from echostream.adapters import table_keys
from echostream.adapters.table_items import EXPIRY, Item, expiry
from echostream.domain.counters import MAX_SOURCES_A_DAY, Change
from echostream.domain.model import Count, sort_time

STREAM_KEPT = timedelta(days=8)
"""The time after which the position in a shard is deleted; DynamoDB keeps its changes for a day."""

_SEQUENCE, _AT, _BEHIND, _SOURCES = "sequence", "at", "is_behind", "sources"
_LETTERS = ("p", "n", "u", "x", "s", "w")
"""Positive, negative, neutral and mixed documents, the sum of their compounds, and documents
without a score."""
_HOURS = "0123456789ABCDEFGHIJKLMN"
"""The digits of hours. Capitals, because `pk` and `sk` are the keys of the table."""
_HOUR_NAMES = [tuple(letter + digit for letter in _LETTERS) for digit in _HOURS]
DAY_PROJECTION = ", ".join((table_keys.SORT, *_LETTERS))
"""The attributes that `day_from_item` reads."""


@dataclass(frozen=True, slots=True)
class CountRow:
    """What an item counts: the documents of a source, of a tenant's day."""

    tenant: str
    source: str
    day: date


def row_from_item(item: Mapping[str, Any]) -> CountRow | None:
    """What an item counts; None for an item of version 1.0, which is not read any more."""
    if not table_keys.is_count(item):
        return None
    day, source = table_keys.day_and_source(item)
    return CountRow(table_keys.tenant_of(item), source, day)


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


def count_update(row: CountRow, hours: Sequence[Count], shard: int, retention: timedelta) -> Item:
    """The arguments of an update that adds counts of hours to an item, and to its day."""
    added = _numbers(_LETTERS, reduce(add, hours))
    for part in hours:
        added |= _numbers(_HOUR_NAMES[part.hour.hour], part)
    return {
        "Key": table_keys.count_key(row.tenant, row.day, row.source, shard),
        "UpdateExpression": f"SET {EXPIRY} = :expiry"
        f" ADD {', '.join(f'{name} :{name}' for name in added)}",
        "ExpressionAttributeValues": {
            ":expiry": expiry(midnight(row.day) + timedelta(days=1), retention),
            **{f":{name}": {"N": str(Decimal(str(number)))} for name, number in added.items()},
        },
    }


def _numbers(names: Sequence[str], part: Count) -> dict[str, float]:
    """The numbers of a count that are not 0, by attribute."""
    labels = (part.positive, part.negative, part.neutral, part.mixed)
    numbers = (*labels, part.compound_sum, part.unscored)
    return {name: number for name, number in zip(names, numbers, strict=True) if number}


def hours_from_item(item: Mapping[str, Any]) -> Iterator[Count]:
    """The counts of the hours of a day that have some."""
    day, source = table_keys.day_and_source(item)
    start = midnight(day)
    for hour, names in enumerate(_HOUR_NAMES):
        if not item.keys().isdisjoint(names):
            yield _count(start.replace(hour=hour), source, item, names)


def day_from_item(item: Mapping[str, Any]) -> Count:
    """The count of a day."""
    day, source = table_keys.day_and_source(item)
    return _count(midnight(day), source, item, _LETTERS)


def _count(start: datetime, source: str, item: Mapping[str, Any], names: Sequence[str]) -> Count:
    numbers = [item[name]["N"] if name in item else 0 for name in names]
    *labels, compounds, unscored = numbers
    positive, negative, neutral, mixed = map(int, labels)
    return Count(start, source, positive, negative, neutral, mixed, float(compounds), int(unscored))


def midnight(day: date) -> datetime:
    """The start of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


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
    end = midnight(day) + timedelta(days=1)
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
