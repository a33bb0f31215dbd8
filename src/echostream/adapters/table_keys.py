"""Keys of the documents table. The partition key has the kind of an item:

    pk                       sk                       item
    doc#T#<id>               doc                      a document
    count#T#<month>#<shard>  <hour>#<source>          documents of an hour, counted by sentiment
    count#T#<year>#<shard>   <day>#<source>           documents of a day, counted by sentiment
    counted#T                counted                  the time up to which documents are counted
    sources#T#<day>          sources                  the sources of a day with counts of their own
    stream                   <shard of the stream>    the last change that is counted
    received#T               received                 the time up to which documents are stored
    member#<user>            member                   the tenant of a user
    spend#<month>            <account>                paid units, reserved

The index `by_time` has the documents under time#T#<day>#<shard>, sorted by time.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from echostream.domain.codec import time_to_wire

Key = dict[str, Any]
Query = dict[str, Any]
"""Arguments of a query or a scan."""

PARTITION, SORT = "pk", "sk"
TIME_PARTITION, TIME_SORT = "time_pk", "time_sk"
BY_TIME = "by_time"
"""The index of documents by time."""
DERIVED = frozenset({"count", "counted", "sources", "stream", "received"})
"""The kinds of items that follow from the documents: a restore does not copy them."""


def document_key(tenant: str, document_id: str) -> Key:
    return _key(f"doc#{tenant}#{document_id}", "doc")


def hour_count_key(tenant: str, hour: datetime, source: str, shard: int) -> Key:
    return _key(_count_partition(tenant, f"{hour:%Y-%m}", shard), f"{time_to_wire(hour)}#{source}")


def day_count_key(tenant: str, day: date, source: str, shard: int) -> Key:
    return _key(_count_partition(tenant, f"{day:%Y}", shard), f"{day.isoformat()}#{source}")


def hour_counts_query(tenant: str, start: datetime, end: datetime, shard: int) -> Query:
    """Selects the counts of the hours in [start, end), which are in one month."""
    partition = _count_partition(tenant, f"{start:%Y-%m}", shard)
    return _range_query(partition, time_to_wire(start), time_to_wire(end))


def day_counts_query(tenant: str, start: date, end: date, shard: int) -> Query:
    """Selects the counts of the days in [start, end), which are in one year."""
    partition = _count_partition(tenant, f"{start:%Y}", shard)
    return _range_query(partition, start.isoformat(), end.isoformat())


def _count_partition(tenant: str, period: str, shard: int) -> str:
    return f"count#{tenant}#{period}#{shard}"


def counted_key(tenant: str) -> Key:
    return _key(f"counted#{tenant}", "counted")


def sources_key(tenant: str, day: date) -> Key:
    return _key(f"sources#{tenant}#{day.isoformat()}", "sources")


def stream_key(shard: str) -> Key:
    """The key of the last change that is counted, of a shard of the table's stream."""
    return _key("stream", shard or "-")


def stream_query() -> Query:
    """Selects the last change of every shard."""
    return _partition_query("stream")


def received_key(tenant: str) -> Key:
    return _key(f"received#{tenant}", "received")


def time_key(tenant: str, day: date, shard: int, position: str) -> Key:
    """The key of a document in the index `by_time`."""
    partition = _time_partition(tenant, day, shard)
    return {TIME_PARTITION: {"S": partition}, TIME_SORT: {"S": position}}


def documents_query(tenant: str, day: date, shard: int, before: str | None = None) -> Query:
    """Selects the documents of a shard of a day, those before a position if one is given."""
    condition = f"{TIME_PARTITION} = :pk"
    values = {":pk": {"S": _time_partition(tenant, day, shard)}}
    if before is not None:
        condition += f" AND {TIME_SORT} < :before"
        values[":before"] = {"S": before}
    return {
        "IndexName": BY_TIME,
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
    }


def _time_partition(tenant: str, day: date, shard: int) -> str:
    return f"time#{tenant}#{day.isoformat()}#{shard}"


def member_key(user: str) -> Key:
    return _key(f"member#{user}", "member")


def members_scan() -> Query:
    """Selects the members of all tenants; DynamoDB reads the whole table."""
    return {
        "FilterExpression": f"begins_with({PARTITION}, :prefix)",
        "ExpressionAttributeValues": {":prefix": {"S": "member#"}},
    }


def user_of(item: Mapping[str, Any]) -> str:
    """The user (a Cognito `sub`) of a member."""
    return str(item[PARTITION]["S"]).removeprefix("member#")


def spend_key(account: str, month: str) -> Key:
    """The key of an account's item; months are like 2026-05."""
    return _key(_spend_partition(month), account)


def spend_query(month: str) -> Query:
    """Selects the accounts of a month."""
    return _partition_query(_spend_partition(month))


def _spend_partition(month: str) -> str:
    return f"spend#{month}"


def health_key() -> Key:
    """The key of an item that does not exist; a read of it shows that the table responds."""
    return _key("health", "health")


def key_of(item: Mapping[str, Any]) -> Key:
    """The key of an item."""
    return {name: item[name] for name in (PARTITION, SORT)}


def kind_of(item: Mapping[str, Any]) -> str:
    """The kind of an item: `doc`, `count`, `member`, `spend` and so on."""
    return str(item[PARTITION]["S"]).split("#", 1)[0]


def tenant_of(item: Mapping[str, Any]) -> str:
    """The tenant of a document or a count."""
    return str(item[PARTITION]["S"]).split("#", 2)[1]


def start_and_source(item: Mapping[str, Any]) -> tuple[str, str]:
    """The start of the hour or day, as text, and the source of a count."""
    start, source = item[SORT]["S"].split("#", 1)
    return start, source


def _key(partition: str, sort: str) -> Key:
    return {PARTITION: {"S": partition}, SORT: {"S": sort}}


def _range_query(partition: str, first: str, end: str) -> Query:
    """Selects sort keys from `first` on that begin with something before `end`."""
    return {
        "KeyConditionExpression": f"{PARTITION} = :pk AND {SORT} BETWEEN :first AND :end",
        "ExpressionAttributeValues": {
            ":pk": {"S": partition},
            ":first": {"S": first},
            ":end": {"S": end},
        },
    }


def _partition_query(partition: str) -> Query:
    return {
        "KeyConditionExpression": f"{PARTITION} = :pk",
        "ExpressionAttributeValues": {":pk": {"S": partition}},
    }
