"""The counters in DynamoDB: an item per hour and source, and one per day and source.

A transaction adds a batch of changes to them and moves the position in the stream, on the condition
that the position is before the batch. Nothing else writes to a counter, so that only the functions
of other shards of the stream can be in the way of a transaction; they have other counters if
`shards` is high enough.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters import table_counts, table_keys
from echostream.adapters.aws_errors import translated
from echostream.adapters.dynamodb_reads import get, query
from echostream.adapters.dynamodb_sources import DynamoDBSources
from echostream.adapters.retry import backoff
from echostream.adapters.table_counts import (
    CountRow,
    correction_update,
    corrections_from_item,
    count_from_item,
    count_update,
    counted_update,
    position_update,
    sequence_from_item,
    time_from_item,
)
from echostream.domain.counters import Change
from echostream.domain.document_store import shard_of
from echostream.domain.errors import TryAgain
from echostream.domain.model import Count, add_up

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_ACTIONS = 100
"""In one transaction (DynamoDB's limit)."""
MAX_ATTEMPTS = 8
BACKOFF = 0.05
"""Seconds, doubled with each attempt."""

_Rows = dict[CountRow, Count]
_Time = TypeVar("_Time", date, datetime)


class DynamoDBCounters:
    """`Counters` in the documents table.

    `retention` is that of documents: a count expires when the last document of its period does.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        retention: timedelta,
        shards: int,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._table = table
        self._retention = retention
        self._shards = shards
        self._sleep = sleep
        self._sources = DynamoDBSources(client, table, retention)

    def hours(self, tenant: str, start: datetime, end: datetime) -> Iterator[Count]:
        for shard in range(self._shards):
            for first, after in pairwise(_split(start, end, _month_after)):
                selection = table_keys.hour_counts_query(tenant, first, after, shard)
                yield from map(count_from_item, query(self._client, self._table, **selection))

    def days(self, tenant: str, start: date, end: date) -> Iterator[Count]:
        for shard in range(self._shards):
            for first, after in pairwise(_split(start, end, _year_after)):
                selection = table_keys.day_counts_query(tenant, first, after, shard)
                yield from map(count_from_item, query(self._client, self._table, **selection))

    def counted_to(self, tenant: str) -> datetime | None:
        item = get(self._client, self._table, table_keys.counted_key(tenant))
        if item is None:
            return None
        shards = query(self._client, self._table, **table_keys.stream_query())
        return min(map(time_from_item, [item, *filter(table_counts.is_behind, shards)]))

    def add(self, shard: str, changes: Sequence[Change], is_behind: bool) -> None:
        key = table_keys.stream_key(shard)
        position = get(self._client, self._table, key, is_consistent=True)
        last = sequence_from_item(position) if position else ""
        new = [change for change in changes if change.sequence > last]
        for chunk, rows in self._chunks(new):
            self._transact(
                [
                    position_update(shard, chunk, is_behind or chunk[-1] is not new[-1]),
                    *self._count_updates(shard, rows),
                ]
            )
        for tenant, at in _received(changes).items():
            self._mark_counted(tenant, at)

    def rows_of(self, tenant: str, counts: Iterable[Count]) -> dict[CountRow, Count]:
        """The items that counts of hours belong to, of hours and of days, with their sums."""
        rows: _Rows = {}
        for row, part in self._rows_of(tenant, counts):
            rows[row] = rows[row] + part if row in rows else part
        return {row: replace(part, hour=row.start, source=row.source) for row, part in rows.items()}

    def rows_of_day(self, tenant: str, day: date) -> dict[CountRow, Count]:
        """What is counted of a day, in its hours and of the whole day."""
        start = datetime.combine(day, datetime.min.time(), UTC)
        hours = add_up(self.hours(tenant, start, start + timedelta(days=1)))
        days = add_up(self.days(tenant, day, day + timedelta(days=1)))
        return {
            **{CountRow(tenant, part.source, day, part.hour): part for part in hours},
            **{CountRow(tenant, part.source, day, None): part for part in days},
        }

    def corrections(self) -> int:
        """The number of corrections so far; `correct` needs it."""
        key = table_keys.corrections_key()
        return corrections_from_item(get(self._client, self._table, key, is_consistent=True))

    def correct(self, rows: Mapping[CountRow, Count], corrections: int) -> int:
        """Add differences to counts, if no other correction was made; the new number of them.

        Raises `TryAgain` if another was made.
        """
        updates = [count_update(row, part, 0, self._retention) for row, part in rows.items()]
        for start in range(0, len(updates), MAX_ACTIONS - 1):
            batch = updates[start : start + MAX_ACTIONS - 1]
            self._transact([correction_update(corrections), *batch])
            corrections += 1
        return corrections

    def _chunks(self, changes: Sequence[Change]) -> Iterator[tuple[list[Change], _Rows]]:
        """Changes in parts that fit into one transaction, and what each part adds to the counts."""
        chunk: list[Change] = []
        rows: _Rows = {}
        for change in changes:
            parts = self._rows_of(change.tenant, change.counts)
            if chunk and len(rows.keys() | {row for row, _ in parts}) >= MAX_ACTIONS:
                yield chunk, rows
                chunk, rows = [], {}
            chunk.append(change)
            for row, part in parts:
                rows[row] = rows[row] + part if row in rows else part
        if chunk:
            yield chunk, rows

    def _rows_of(self, tenant: str, counts: Iterable[Count]) -> list[tuple[CountRow, Count]]:
        """The items that counts of hours belong to, of hours and of days."""
        parts = []
        for part in counts:
            day = part.hour.date()
            source = self._sources.name_of(tenant, day, part.source)
            parts.append((CountRow(tenant, source, day, part.hour), part))
            parts.append((CountRow(tenant, source, day, None), part))
        return parts

    def _count_updates(self, shard: str, rows: _Rows) -> Iterator[Any]:
        number = shard_of(shard, self._shards)
        for row, part in rows.items():
            if part != part + -part:  # something is left of additions and removals
                yield count_update(row, part, number, self._retention)

    def _transact(self, updates: Sequence[Any]) -> None:
        """Make all updates or none. The first has a condition: nobody else makes these updates."""
        actions: Any = [{"Update": {"TableName": self._table, **update}} for update in updates]
        for attempt in range(MAX_ATTEMPTS):
            try:
                self._client.transact_write_items(TransactItems=actions)
                return
            except self._client.exceptions.TransactionCanceledException as error:
                first, *_ = error.response["CancellationReasons"]
                if first["Code"] == "ConditionalCheckFailed":
                    raise TryAgain("counters: another call made these updates") from error
            except (ClientError, BotoCoreError) as error:
                raise translated("counters", error) from error
            self._sleep(backoff(attempt, BACKOFF))
        raise TryAgain(f"counters: no transaction succeeded in {MAX_ATTEMPTS} attempts")

    def _mark_counted(self, tenant: str, at: datetime) -> None:
        update = counted_update(tenant, at, self._retention)
        try:
            self._client.update_item(TableName=self._table, **update)
        except self._client.exceptions.ConditionalCheckFailedException:
            return
        except (ClientError, BotoCoreError) as error:
            raise translated("counters", error) from error


def _received(changes: Sequence[Change]) -> dict[str, datetime]:
    """The latest time of receipt of each tenant."""
    latest: dict[str, datetime] = {}
    for change in changes:
        if change.received:
            earlier = latest.get(change.tenant, change.received)
            latest[change.tenant] = max(change.received, earlier)
    return latest


def _split(start: _Time, end: _Time, after: Callable[[_Time], _Time]) -> list[_Time]:
    """The start, the starts of the months or years within, and the end."""
    bounds: list[_Time] = []
    while start < end:
        bounds.append(start)
        start = after(start)
    bounds.append(end)
    return bounds


def _month_after(moment: datetime) -> datetime:
    """The start of the next month."""
    first = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=31)).replace(day=1)


def _year_after(day: date) -> date:
    """The first day of the next year."""
    return date(day.year + 1, 1, 1)
