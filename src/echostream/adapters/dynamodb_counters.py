"""The counters in DynamoDB: an item per day and source, which counts the hours and the day.

A transaction adds a batch of changes to them and moves the position in the stream, on the condition
that the position is before the batch. Nothing else writes to a counter, so that only the functions
of other shards of the stream can be in the way of a transaction; they have other counters if
`shards` is high enough.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters import dynamodb_writes, table_counts, table_keys
from echostream.adapters.aws_errors import translated
from echostream.adapters.dynamodb_reads import get, query
from echostream.adapters.dynamodb_sources import DynamoDBSources
from echostream.adapters.retry import backoff
from echostream.adapters.side_by_side import SideBySide
from echostream.adapters.table_counts import (
    DAY_PROJECTION,
    CountRow,
    correction_update,
    corrections_from_item,
    count_update,
    counted_update,
    day_from_item,
    hours_from_item,
    midnight,
    position_update,
    sequence_from_item,
    time_from_item,
)
from echostream.adapters.table_items import Item
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
AT_ONCE = 4
"""Years of a shard that are read side by side: a year may have 36,500 counts."""

CountsOf = Callable[[Item], Iterable[Count]]
_Rows = dict[CountRow, list[Count]]
"""Counts of hours, by item."""


class DynamoDBCounters:
    """`Counters` in the documents table.

    `retention` is that of documents: a count expires when the last document of its day does.
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
        self._side_by_side = SideBySide()

    def remember(self, seconds: float) -> None:
        """Set the time for which this process remembers the sources of a day."""
        self._sources.memory = seconds

    def hours(self, tenant: str, start: datetime, end: datetime) -> Iterator[Count]:
        for part in self._read(tenant, start.date(), _first_day_from(end), hours_from_item):
            if start <= part.hour < end:
                yield part

    def days(self, tenant: str, start: date, end: date) -> Iterator[Count]:
        projection = {"ProjectionExpression": DAY_PROJECTION}
        return self._read(tenant, start, end, lambda item: [day_from_item(item)], **projection)

    def _read(
        self, tenant: str, start: date, end: date, counts_of: CountsOf, **options: Any
    ) -> Iterator[Count]:
        """The counts of the days in [start, end); shards and years are read side by side.

        An item takes many times as much memory as its counts.
        """

        def read(selection: table_keys.Query) -> list[Count]:
            items = query(self._client, self._table, **selection, **options)
            return [part for item in items for part in counts_of(item)]

        selections = [
            table_keys.counts_query(tenant, first, after, shard)
            for shard in range(self._shards)
            for first, after in pairwise(_split_by_year(start, end))
        ]
        for first in range(0, len(selections), AT_ONCE):
            part = selections[first : first + AT_ONCE]
            yield from chain.from_iterable(self._side_by_side.map(read, part))

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
                    *self._count_updates(shard_of(shard, self._shards), rows),
                ]
            )
        self._side_by_side.map(self._mark_counted, list(_received(changes).items()))

    def named(self, tenant: str, counts: Iterable[Count]) -> list[Count]:
        """Counts of hours with the sources that they are counted under."""
        sources = self._sources
        return [
            replace(part, source=sources.name_of(tenant, part.hour.date(), part.source))
            for part in counts
        ]

    def corrections(self) -> int:
        """The number of corrections so far; `correct` needs it."""
        key = table_keys.corrections_key()
        return corrections_from_item(get(self._client, self._table, key, is_consistent=True))

    def correct(self, tenant: str, named: Iterable[Count], corrections: int) -> int:
        """Add differences to counts, if no other correction was made; the new number of them.

        `named` are of the sources that they are counted under. Raises `TryAgain` if another
        correction was made.
        """
        updates = list(self._count_updates(0, _rows_of(tenant, named)))
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
            more = _rows_of(change.tenant, self.named(change.tenant, change.counts))
            if chunk and len(rows.keys() | more.keys()) >= MAX_ACTIONS:
                yield chunk, rows
                chunk, rows = [], {}
            chunk.append(change)
            for row, parts in more.items():
                rows.setdefault(row, []).extend(parts)
        if chunk:
            yield chunk, rows

    def _count_updates(self, shard: int, rows: _Rows) -> Iterator[Any]:
        """Updates of the items of which something is left of additions and removals."""
        for row, parts in rows.items():
            hours = [part for part in add_up(parts) if part != part + -part]
            if hours:
                yield count_update(row, hours, shard, self._retention)

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

    def _mark_counted(self, received: tuple[str, datetime]) -> None:
        """Move a tenant's time of receipt that is counted; never back."""
        update = counted_update(*received, self._retention)
        dynamodb_writes.update(self._client, self._table, **update)


def _received(changes: Sequence[Change]) -> dict[str, datetime]:
    """The latest time of receipt of each tenant."""
    latest: dict[str, datetime] = {}
    for change in changes:
        if change.received:
            earlier = latest.get(change.tenant, change.received)
            latest[change.tenant] = max(change.received, earlier)
    return latest


def _rows_of(tenant: str, named: Iterable[Count]) -> _Rows:
    """The items of counts of hours."""
    rows: _Rows = {}
    for part in named:
        rows.setdefault(CountRow(tenant, part.source, part.hour.date()), []).append(part)
    return rows


def _first_day_from(moment: datetime) -> date:
    """The first day that begins at a time or after it."""
    day = moment.date()
    return day if moment == midnight(day) else day + timedelta(days=1)


def _split_by_year(start: date, end: date) -> list[date]:
    """The start, the first days of the years within, and the end."""
    bounds: list[date] = []
    while start < end:
        bounds.append(start)
        start = date(start.year + 1, 1, 1)
    return [*bounds, end]
