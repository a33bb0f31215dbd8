"""Keys of the documents table. The partition key has the kind of an item:

    pk                       sk                       item
    doc#T#<id>               doc                      a document
    days#T#<month>           <day>                    a day that has documents
    hours#T#<day>            <hour>#<shard>           a partition of the index that has documents
    count#T#<year>#<shard>   <day>#<source>           documents of a day, counted by hour
    counted#T                counted                  the time up to which documents are counted
    sources#T#<day>          sources                  the sources of a day with counts of their own
    stream                   <shard of the stream>    the last change that is counted
    corrections              corrections              the number of corrections of the counts
    received#T#<shard>       received                 the time up to which documents are stored
    person#<pool>#<user>     member                   the tenant and the roles of a person
    machine#<pool>#<client>  member                   the tenant and the roles of a machine
    members#T                person#… or machine#…    the members of a tenant
    tenants                  T                        a tenant: its state, its number of admins
    member#<sub>             member                   version 1.0: the tenant of a person
    members                  copied                   those of version 1.0 are in the directory
    quota#T                  <kind>#<window>          what a tenant used of a quota
    spend#<month>            <account>                paid units, reserved
    erasure#T                <id>                     an erasure, see `erasure_items`
    audit#T#<month>          <time>#<random>          an event of the audit log, see `audit_items`
    live                     T#<name>                 a live source, see `live_source_items`
    cursor#T                 <name>                   how far a live source was read
    alerts#T                 <hour>#<subject>         an alert, see `alert_items`
    alerts#T                 watched                  the time up to which hours are compared
    destinations#T           <name>                   see `destination_items`

The index `by_time` has the documents under time#T#<hour>#<shard>, sorted by time. There, and in the
directory of its partitions (`days` and `hours`), an hour is like 2026-11-26T10.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from echostream.domain.document_store import TimePartition
from echostream.domain.members import Identity
from echostream.domain.model import sort_time

Key = dict[str, Any]
Query = dict[str, Any]
"""Arguments of a query or a scan."""

PARTITION, SORT = "pk", "sk"
TIME_PARTITION, TIME_SORT = "time_pk", "time_sk"
BY_TIME = "by_time"
"""The index of documents by time."""
MAX_SHARDS = 64
"""The largest value of the template's parameters Shards and CounterShards."""
DERIVED = frozenset(
    {
        *("days", "hours", "count", "counted", "corrections", "quota", "sources", "stream"),
        *("received", "audit", "alerts"),
    }
)
"""The kinds of items that a restore does not copy: they follow from documents or requests.

A file could also forge what happened: only the operations themselves write events.
"""


def document_key(tenant: str, document_id: str) -> Key:
    return _key(f"doc#{tenant}#{document_id}", "doc")


def count_key(tenant: str, day: date, source: str, shard: int) -> Key:
    return _key(_count_partition(tenant, day, shard), f"{day.isoformat()}#{source}")


def counts_query(tenant: str, start: date, end: date, shard: int) -> Query:
    """Selects the counts of the days in [start, end), which are in one year."""
    partition = _count_partition(tenant, start, shard)
    return _range_query(partition, start.isoformat(), end.isoformat())


def _count_partition(tenant: str, day: date, shard: int) -> str:
    return f"count#{tenant}#{day:%Y}#{shard}"


def is_count(item: Mapping[str, Any]) -> bool:
    """Whether an item of the kind `count` is in a partition of a year.

    Version 1.0 had a partition for each day. Its counts are not read any more.
    """
    period = str(item[PARTITION]["S"]).split("#")[2]
    return len(period) == len("2026")


def corrections_key() -> Key:
    """The key of the number of corrections of the counters by `make recount`."""
    return _key("corrections", "corrections")


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


def received_key(tenant: str, shard: int) -> Key:
    """The key of a time of receipt: every request writes one, so that it has shards."""
    return _key(f"received#{tenant}#{shard}", "received")


def time_key(tenant: str, partition: TimePartition, position: str) -> Key:
    """The key of a document in the index `by_time`."""
    return {TIME_PARTITION: {"S": _time_partition(tenant, partition)}, TIME_SORT: {"S": position}}


def documents_query(tenant: str, partition: TimePartition, before: str | None = None) -> Query:
    """Selects the documents of a partition, those before a position if one is given."""
    condition = f"{TIME_PARTITION} = :pk"
    values = {":pk": {"S": _time_partition(tenant, partition)}}
    if before is not None:
        condition += f" AND {TIME_SORT} < :before"
        values[":before"] = {"S": before}
    return {
        "IndexName": BY_TIME,
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
    }


def _time_partition(tenant: str, partition: TimePartition) -> str:
    return f"time#{tenant}#{_hour_text(partition.hour)}#{partition.shard}"


def day_key(tenant: str, hour: datetime) -> Key:
    """The key of the directory's entry for the day of an hour."""
    day = _hour_text(hour)[:10]
    return _key(f"days#{tenant}#{day[:7]}", day)


def hour_key(tenant: str, partition: TimePartition) -> Key:
    """The key of the directory's entry for a partition of the index."""
    hour = _hour_text(partition.hour)
    return _key(f"hours#{tenant}#{hour[:10]}", f"{hour}#{partition.shard}")


def days_queries(tenant: str, start: datetime, below: str) -> Iterator[Query]:
    """Selects the days from that of `start` to a position: a query per month, newest first."""
    first, last = _hour_text(start)[:10], below[:10]
    for month in months(first[:7], last[:7]):
        yield _range_query(f"days#{tenant}#{month}", first, last)


def hours_query(tenant: str, day: str, start: datetime, below: str) -> Query:
    """Selects a day's partitions, from the hour of `start` to a position.

    The sort key <hour>#<shard> is less than any position in the hour, because # is less than : in
    ASCII.
    """
    return _range_query(f"hours#{tenant}#{day}", _hour_text(start), below)


def derived_partitions(tenant: str, first: date, last: date) -> list[str]:
    """The partitions of what follows from a tenant's documents and requests, sorted.

    `first` and `last` are the days that may have documents. Shards are those of any setting.
    """
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    of_months, years = {f"{day:%Y-%m}" for day in days}, {f"{day:%Y}" for day in days}
    of_days = [f"{kind}#{tenant}#{day}" for kind in ("count", "hours", "sources") for day in days]
    counts = [f"count#{tenant}#{year}#{shard}" for year in years for shard in range(MAX_SHARDS)]
    received = [f"received#{tenant}#{shard}" for shard in range(MAX_SHARDS)]
    listed = [f"days#{tenant}#{month}" for month in of_months]
    others = [
        f"{kind}#{tenant}" for kind in ("alerts", "destinations", "counted", "cursor", "quota")
    ]
    return sorted([*others, *counts, *received, *listed, *of_days])


def partition_keys_query(partition: str) -> Query:
    """Selects the keys of the items of a partition."""
    return {**_partition_query(partition), "ProjectionExpression": f"{PARTITION}, {SORT}"}


def months(first: str, last: str) -> Iterator[str]:
    """Months like 2026-11 from the last to the first."""
    year, month = (int(part) for part in last.split("-"))
    while (name := f"{year:04}-{month:02}") >= first:
        yield name
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)


def day_of(item: Mapping[str, Any]) -> str:
    """The day of an entry of the directory, as text."""
    return str(item[SORT]["S"])


def partition_of(item: Mapping[str, Any]) -> TimePartition:
    """The partition of an entry of the directory."""
    hour, shard = item[SORT]["S"].split("#")
    return TimePartition(datetime.fromisoformat(f"{hour}:00+00:00"), int(shard))


def _hour_text(moment: datetime) -> str:
    return sort_time(moment)[:13]


def member_key(identity: Identity) -> Key:
    return _key(str(identity), "member")


def membership_key(tenant: str, identity: Identity) -> Key:
    """The key of a member in the list of a tenant's members."""
    return _key(f"members#{tenant}", str(identity))


def members_query(tenant: str) -> Query:
    return _partition_query(f"members#{tenant}")


def tenant_key(tenant: str) -> Key:
    return _key("tenants", tenant)


def tenants_query() -> Query:
    return _partition_query("tenants")


def former_member_key(subject: str) -> Key:
    return _key(f"member#{subject}", "member")


def copied_key() -> Key:
    """The key of an item that exists once the members of version 1.0 are in the directory."""
    return _key("members", "copied")


def former_members_scan() -> Query:
    """Selects the members of version 1.0; DynamoDB reads the whole table."""
    return {
        "FilterExpression": f"begins_with({PARTITION}, :prefix)",
        "ExpressionAttributeValues": {":prefix": {"S": "member#"}},
    }


def subject_of(item: Mapping[str, Any]) -> str:
    """The user (a Cognito `sub`) of a member of version 1.0."""
    return str(item[PARTITION]["S"]).removeprefix("member#")


def quota_key(tenant: str, window: str) -> Key:
    return _key(f"quota#{tenant}", window)


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


def partition_value(item: Mapping[str, Any]) -> str:
    """The value of the partition key of an item."""
    return str(item[PARTITION]["S"])


def kind_of(item: Mapping[str, Any]) -> str:
    """The kind of an item: `doc`, `count`, `member`, `spend` and so on."""
    return str(item[PARTITION]["S"]).split("#", 1)[0]


def tenant_of(item: Mapping[str, Any]) -> str:
    """The tenant of a document or a count."""
    return str(item[PARTITION]["S"]).split("#", 2)[1]


def day_and_source(item: Mapping[str, Any]) -> tuple[date, str]:
    """The day and the source of a count."""
    day, source = item[SORT]["S"].split("#", 1)
    return date.fromisoformat(day), source


def _key(partition: str, sort: str) -> Key:
    return {PARTITION: {"S": partition}, SORT: {"S": sort}}


def _partition_query(partition: str) -> Query:
    return {
        "KeyConditionExpression": f"{PARTITION} = :pk",
        "ExpressionAttributeValues": {":pk": {"S": partition}},
    }


def _range_query(partition: str, first: str, last: str) -> Query:
    query = _partition_query(partition)
    query["KeyConditionExpression"] += f" AND {SORT} BETWEEN :first AND :last"
    query["ExpressionAttributeValues"] |= {":first": {"S": first}, ":last": {"S": last}}
    return query
