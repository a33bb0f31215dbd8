"""Keys of the documents table. The partition key has the kind of an item:

    pk                       sk                       item
    doc#T#<id>               doc                      a document
    count#T#<day>            <hour>#<shard>#<source>  documents counted by sentiment
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


def document_key(tenant: str, document_id: str) -> Key:
    return _key(f"doc#{tenant}#{document_id}", "doc")


def count_key(tenant: str, hour: datetime, shard: int, source: str) -> Key:
    return _key(_count_partition(tenant, hour.date()), f"{time_to_wire(hour)}#{shard}#{source}")


def counts_query(tenant: str, day: date) -> Query:
    """Selects the counts of a day."""
    return _partition_query(_count_partition(tenant, day))


def _count_partition(tenant: str, day: date) -> str:
    return f"count#{tenant}#{day.isoformat()}"


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
    """The kind of an item: `doc`, `count`, `member` or `spend`."""
    return str(item[PARTITION]["S"]).split("#", 1)[0]


def tenant_of(item: Mapping[str, Any]) -> str:
    """The tenant of a document or a count."""
    return str(item[PARTITION]["S"]).split("#", 2)[1]


def hour_and_source(item: Mapping[str, Any]) -> tuple[str, str]:
    """The hour, as text, and the source of a count."""
    hour, _, source = item[SORT]["S"].split("#", 2)
    return hour, source


def _key(partition: str, sort: str) -> Key:
    return {PARTITION: {"S": partition}, SORT: {"S": sort}}


def _partition_query(partition: str) -> Query:
    return {
        "KeyConditionExpression": f"{PARTITION} = :pk",
        "ExpressionAttributeValues": {":pk": {"S": partition}},
    }
