"""Compares the counters with the documents and mends them: `make recount`.

Documents that version 1.0 stored also get the keys under which this version finds them by time.

Counts of a day are compared while nothing of that day is written: a day that changes meanwhile is
read again. Hours of which some documents have expired are left out.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from echostream.adapters.dynamodb_counters import DynamoDBCounters
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.table_counts import CountRow, row_from_item
from echostream.adapters.table_items import InvalidItem, stored_document_from_item
from echostream.adapters.table_keys import kind_of
from echostream.domain.model import Count, count
from echostream.domain.query import MAX_LIMIT, Question, newest
from echostream_cli.console import progress
from echostream_cli.counting import wait_until_counted
from echostream_cli.errors import UserError
from echostream_cli.operate.backup import scan

ATTEMPTS = 5
TIMEOUT = 300.0
"""Seconds in which the function `derive` must count all changes."""

Day = tuple[str, date]
"""A tenant and a day."""
Rows = dict[CountRow, Count]


@dataclass(frozen=True, slots=True)
class Difference:
    """A count that was mended: what was counted, and the documents."""

    row: CountRow
    counted: int
    documents: int


@dataclass
class RecountReport:
    """The number of documents and days, mended counts, and days that changed in each attempt.

    `moved` is the number of documents with a new key in the index by time.
    """

    documents: int = 0
    moved: int = 0
    days: int = 0
    mended: list[Difference] = field(default_factory=list)
    busy: list[Day] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Recount:
    """Mends the counters of a table. `client` reads the whole table once."""

    client: Any
    table: str
    store: DynamoDBStore
    counters: DynamoDBCounters
    retention: timedelta
    window: timedelta

    def __call__(self, now: datetime) -> RecountReport:
        """Compare all days. Raises `UserError` if the function `derive` does not count."""
        report = RecountReport()
        days = self._find_days(report)
        report.days = len(days)
        with progress("comparing", "days", len(days)) as advance:
            for _ in range(ATTEMPTS):
                days = self._mend(days, now, report, advance)
                if not days:
                    break
        report.busy = sorted(days)
        return report

    def _find_days(self, report: RecountReport) -> set[Day]:
        """The days that have documents or counts."""
        days = set()
        with progress("reading", "items") as advance:
            for item in scan(self.client, self.table):
                advance(1)
                if kind_of(item) == "count" and (row := row_from_item(item)):
                    days.add((row.tenant, row.day))
                elif kind_of(item) == "doc":
                    try:
                        stored = stored_document_from_item(item)
                        report.moved += self.store.update_time_key(item)
                    except InvalidItem as error:
                        report.problems.append(str(error))
                        continue
                    days.add((stored.tenant, stored.scored.document.created_at.date()))
        return days

    def _mend(
        self, days: set[Day], now: datetime, report: RecountReport, advance: Callable[[int], None]
    ) -> set[Day]:
        """Mend the counts of days; returns the days that changed meanwhile."""
        version = self.counters.corrections()
        self._drain()
        before = {day: self._counted(day, now) for day in days}
        documents = {day: self._documents(day, now) for day in days}
        self._drain()
        changed = set()
        for day in sorted(days):
            counted = self._counted(day, now)
            if counted != before[day]:
                changed.add(day)
                continue
            differences = _differences(counted, documents[day])
            version = self.counters.correct(differences, version)
            report.mended += [
                Difference(row, _total(counted, row), _total(documents[day], row))
                for row in differences
            ]
            report.documents += sum(c.total for row, c in documents[day].items() if row.hour)
            advance(1)
        return changed

    def _drain(self) -> None:
        if not wait_until_counted(self.client, self.table, TIMEOUT, self.window):
            raise UserError(
                f"the function derive did not count within {TIMEOUT:.0f} s; nothing was mended."
                " Read docs/runbook.md#counting"
            )

    def _counted(self, day: Day, now: datetime) -> Rows:
        """The stored counts of a day that can be compared."""
        return dict(self._comparable(self.counters.rows_of_day(*day).items(), now))

    def _documents(self, day: Day, now: datetime) -> Rows:
        """The counts that the documents of a day must have."""
        tenant, date_ = day
        start = datetime.combine(date_, time(), UTC)
        question = Question(max(start, now - self.retention), start + timedelta(days=1))
        counts: list[Count] = []
        position: str | None = None
        while True:
            page = newest(self.store, tenant, question, MAX_LIMIT, position)
            counts += count(page.documents)
            position = page.position
            if position is None:
                break
        return dict(self._comparable(self.counters.rows_of(tenant, counts).items(), now))

    def _comparable(
        self, rows: Iterable[tuple[CountRow, Count]], now: datetime
    ) -> Iterator[tuple[CountRow, Count]]:
        """Rows of hours and days of which no document has expired."""
        oldest = now - self.retention
        return ((row, part) for row, part in rows if row.start > oldest)


def _differences(counted: Rows, documents: Rows) -> Rows:
    """What has to be added to the counts."""
    differences = {}
    for row in counted.keys() | documents.keys():
        start = datetime.combine(row.day, time(), UTC)
        nothing = Count(row.hour or start, row.source)
        difference = documents.get(row, nothing) + -counted.get(row, nothing)
        if difference != nothing:
            differences[row] = difference
    return differences


def _total(rows: Rows, row: CountRow) -> int:
    return rows[row].total if row in rows else 0


def recount_report(report: RecountReport) -> Iterator[str]:
    """The lines that the command prints."""
    for one in report.mended:
        period = f"{one.row.hour:%Y-%m-%d %H:00}" if one.row.hour else f"{one.row.day}"
        source = one.row.source or "other sources"
        yield (
            f"  {one.row.tenant}, {period}, {source}:"
            f" counted {one.counted:,}, documents {one.documents:,}"
        )
    if report.moved:
        yield f"{report.moved:,} documents of an older version can be found by time again"
    yield (
        f"{report.documents:,} documents of {report.days:,} days compared,"
        f" {len(report.mended):,} counts mended"
    )
    for tenant, day in report.busy:
        yield f"  {tenant}, {day}: documents arrived during each comparison; run make recount again"
