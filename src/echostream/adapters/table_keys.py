"""Keys of the documents table. The partition key says what an item is:

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
BY_TIME = "by_time"
"""The index of documents by time."""


def document_key(tenant: str, document_id: str) -> Key:
    return _key(f"doc#{tenant}#{document_id}", "doc")


def count_partition(tenant: str, day: date) -> Any:
    """The partition of a day's counts, as an attribute value."""
    return {"S": f"count#{tenant}#{day.isoformat()}"}


def count_key(tenant: str, hour: datetime, shard: int, source: str) -> Key:
    sort_key = f"{time_to_wire(hour)}#{shard}#{source}"
    return {"pk": count_partition(tenant, hour.date()), "sk": {"S": sort_key}}


def time_partition(tenant: str, day: date, shard: int) -> Any:
    """The partition of a shard of a day in the index `by_time`, as an attribute value."""
    return {"S": f"time#{tenant}#{day.isoformat()}#{shard}"}


def member_key(user: str) -> Key:
    return _key(f"member#{user}", "member")


def spend_partition(month: str) -> Any:
    """The partition of a month's (YYYY-MM) accounts, as an attribute value."""
    return {"S": f"spend#{month}"}


def spend_key(account: str, month: str) -> Key:
    return {"pk": spend_partition(month), "sk": {"S": account}}


def health_key() -> Key:
    """The key of an item that does not exist; reading it shows that the table answers."""
    return _key("health", "health")


def kind_of(item: Mapping[str, Any]) -> str:
    """What an item is: `doc`, `count`, `member` or `spend`."""
    return str(item["pk"]["S"]).split("#", 1)[0]


def tenant_of(item: Mapping[str, Any]) -> str:
    """The tenant of a document or a count."""
    return str(item["pk"]["S"]).split("#", 2)[1]


def hour_and_source(item: Mapping[str, Any]) -> tuple[str, str]:
    """The hour, as text, and the source of a count."""
    hour, _, source = item["sk"]["S"].split("#", 2)
    return hour, source


def _key(pk: str, sk: str) -> Key:
    return {"pk": {"S": pk}, "sk": {"S": sk}}
