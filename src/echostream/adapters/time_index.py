"""The documents by time: partitions of an hour, and the directory of those that have documents."""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters import dynamodb_batches, dynamodb_reads, table_keys
from echostream.adapters.aws_errors import translated
from echostream.adapters.side_by_side import SideBySide, growing
from echostream.adapters.table_items import DOCUMENT, Item, directory_items, scored_from_item
from echostream.domain.document_store import PartitionPage, PartitionQuery, TimePartition
from echostream.domain.model import sort_time

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BATCH = 25
"""Items in one BatchWriteItem (a limit of DynamoDB)."""
DIRECTORY_PAGE = 100
"""Entries in one read of the directory: a day of four shards, about 7 KB."""
MAX_LISTED = 20_000
"""Partitions that a process remembers as listed, 4 MB."""
MEMORY = 300.0
"""Seconds after which it forgets them, so that entries that were deleted come back; a default."""


class TimeIndex:
    """The index `by_time` of the documents table and its directory.

    `retention` is the age at which a document expires; `sleep` waits between attempts; `clock` has
    the seconds since some moment.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        retention: timedelta,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._table = table
        self._retention = retention
        self._sleep = sleep
        self._clock = clock
        self.memory = MEMORY
        self._listed: set[tuple[str, TimePartition]] = set()
        self._listed_since = clock()
        self._side_by_side = SideBySide()

    def add(self, tenant: str, partitions: Iterable[TimePartition]) -> None:
        """List partitions in the directory. Raises `TryAgain` unless all of them are listed.

        An entry does not depend on when it is written, so this process writes it once, and again
        only after some minutes.
        """
        if self._clock() - self._listed_since > self.memory:
            self._forget()
        new = [part for part in dict.fromkeys(partitions) if (tenant, part) not in self._listed]
        entries = [e for part in new for e in directory_items(tenant, part, self._retention)]
        items = list({repr(table_keys.key_of(item)): item for item in entries}.values())
        for start in range(0, len(items), BATCH):
            puts = [{"PutRequest": {"Item": item}} for item in items[start : start + BATCH]]
            dynamodb_batches.write(self._client.batch_write_item, {self._table: puts}, self._sleep)
        if len(self._listed) + len(new) > MAX_LISTED:
            self._forget()
        self._listed.update((tenant, part) for part in new)

    def _forget(self) -> None:
        self._listed.clear()
        self._listed_since = self._clock()

    def partitions(self, tenant: str, start: datetime, below: str) -> Iterator[list[TimePartition]]:
        """The partitions of each hour from that of `start` to a position, newest hour first.

        Reads are consistent: a document in the index implies its entry. Years are read side by
        side, as far as the caller iterates.
        """
        if sort_time(start) > below:
            return
        days = self._days(tenant, start, below)
        queries = (table_keys.hours_query(tenant, day, start, below) for day in days)
        for entries in self._directories(queries):
            partitions = map(table_keys.partition_of, entries)
            for _, hour in itertools.groupby(partitions, key=attrgetter("hour")):
                yield list(hour)

    def _days(self, tenant: str, start: datetime, below: str) -> Iterator[str]:
        """The last day of the period, which mostly has documents, then the other days that do."""
        last = below[:10]
        yield last
        queries = table_keys.days_queries(tenant, start, below)
        for entries in self._directories(queries):
            yield from (day for day in map(table_keys.day_of, entries) if day != last)

    def _directories(self, queries: Iterable[table_keys.Query]) -> Iterator[Iterable[Item]]:
        """The entries of each query; those of the first one page by page, as they are needed."""
        for batch in growing(queries):
            if len(batch) == 1:
                yield self._directory(batch[0])
            else:
                yield from self._side_by_side.map(lambda one: list(self._directory(one)), batch)

    def _directory(self, query: table_keys.Query) -> Iterator[Item]:
        options = {
            "ScanIndexForward": False,
            "ConsistentRead": True,
            "Limit": DIRECTORY_PAGE,
            "ProjectionExpression": table_keys.SORT,
        }
        return dynamodb_reads.query(self._client, self._table, **query, **options)

    def newest(self, tenant: str, queries: Sequence[PartitionQuery]) -> list[PartitionPage]:
        """The page of each query, in order."""
        return self._side_by_side.map(lambda query: self._page(tenant, query), queries)

    def _page(self, tenant: str, query: PartitionQuery) -> PartitionPage:
        arguments = table_keys.documents_query(tenant, query.partition, query.before)
        page = self._read(
            **arguments,
            ScanIndexForward=False,
            Limit=query.limit,
            ProjectionExpression=DOCUMENT,
        )
        documents = [scored_from_item(item) for item in page["Items"]]
        return PartitionPage(documents, "LastEvaluatedKey" not in page)

    def _read(self, **arguments: Any) -> Any:
        try:
            return self._client.query(TableName=self._table, **arguments)
        except (ClientError, BotoCoreError) as error:
            raise translated("table", error) from error
