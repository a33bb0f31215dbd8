"""Compares the counters with the documents and mends them: `make recount`.

Documents that version 1.0 stored also get the keys under which this version finds them by time.

Counts of a day are compared while nothing of that day is written: a day that changes meanwhile is
read again. Hours of which some documents have expired are left out. What is added to an hour is
added to its day.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from echostream.adapters.dynamodb_counters import DynamoDBCounters
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.table_counts import midnight, row_from_item
from echostream.adapters.table_items import InvalidItem, stored_document_from_item
from echostream.adapters.table_keys import kind_of
from echostream.domain.model import Count, add_up, count
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
Hours = dict[tuple[datetime, str], Count]
"""Counts by hour and source."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A count that was mended: what was counted, and the documents."""

    tenant: str
    hour: datetime
    source: str
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
                    if stored.is_listed:
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
            tenant, _ = day
            version = self.counters.correct(tenant, differences.values(), version)
            report.mended += [
                Difference(tenant, *hour, _total(counted, hour), _total(documents[day], hour))
                for hour in differences
            ]
            report.documents += sum(part.total for part in documents[day].values())
            advance(1)
        return changed

    def _drain(self) -> None:
        if not wait_until_counted(self.client, self.table, TIMEOUT, self.window):
            raise UserError(
                f"the function derive did not count within {TIMEOUT:.0f} s; nothing was mended."
                " Read docs/runbook.md#counting"
            )

    def _counted(self, day: Day, now: datetime) -> Hours:
        """The stored counts of a day that can be compared."""
        tenant, date_ = day
        start = midnight(date_)
        return self._comparable(self.counters.hours(tenant, start, start + timedelta(days=1)), now)

    def _documents(self, day: Day, now: datetime) -> Hours:
        """The counts that the documents of a day must have."""
        tenant, date_ = day
        start = midnight(date_)
        question = Question(max(start, now - self.retention), start + timedelta(days=1))
        counts: list[Count] = []
        position: str | None = None
        while True:
            page = newest(self.store, tenant, question, MAX_LIMIT, position)
            counts += count(page.documents)
            position = page.position
            if position is None:
                break
        return self._comparable(self.counters.named(tenant, counts), now)

    def _comparable(self, counts: Iterable[Count], now: datetime) -> Hours:
        """The sums of hours of which no document has expired."""
        oldest = now - self.retention
        return {(part.hour, part.source): part for part in add_up(counts) if part.hour > oldest}


def _differences(counted: Hours, documents: Hours) -> Hours:
    """What has to be added to the counts."""
    differences = {}
    for hour in counted.keys() | documents.keys():
        nothing = Count(*hour)
        difference = documents.get(hour, nothing) + -counted.get(hour, nothing)
        if difference != nothing:
            differences[hour] = difference
    return differences


def _total(hours: Hours, hour: tuple[datetime, str]) -> int:
    return hours[hour].total if hour in hours else 0


def recount_report(report: RecountReport) -> Iterator[str]:
    """The lines that the command prints."""
    for one in report.mended:
        source = one.source or "other sources"
        yield (
            f"  {one.tenant}, {one.hour:%Y-%m-%d %H:00}, {source}:"
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
