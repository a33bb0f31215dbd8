"""Compaction: closed days of the lake are rewritten as Parquet, each document once.

A day is compacted into a new folder, named after a hash of the day's objects. When the folder is
complete, it becomes the day's partition of `compacted`. When a day and all days before it are
registered, the view `documents` reads them from `compacted`. A crash at any step leaves readers
with either the former or the new state of a day. A day whose objects changed later (a document was
sent again) is compacted again, as long as the documents table accepts such a repeat.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from echostream.domain.errors import QueryRefused
from echostream.domain.lake import (
    UNREADABLE_OBJECT,
    LakeCatalog,
    LakeFiles,
    SqlEngine,
    UnreadableObject,
    day_of,
)
from echostream.domain.lake_sql import FIRST_DAY, compact_day, documents_view, problems_of_day

CLOSES_AFTER = timedelta(minutes=15)
"""The time after midnight (UTC) during which a day may still get objects; longer than the longest
run of a function."""
MAX_TENANTS = 1000
"""Athena's limit of values for an injected partition column in one query."""
_FORMAT = hashlib.sha256(compact_day("", [], "").encode()).hexdigest()[:8]
"""Changes with the statement that compacts a day, so that all days are compacted again."""


@dataclass
class Report:
    """The result of a run: days written, days that were current, days that failed with the reason.

    `compacted_to` is the last day that `documents` reads from Parquet. `problems` names objects
    with content that is not a document; `new_problems` of them were found by this run.
    """

    compacted_to: str = FIRST_DAY
    written: list[str] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    problems: list[UnreadableObject] = field(default_factory=list)
    new_problems: int = 0
    unchecked: set[str] = field(default_factory=set)
    """Days that this run did not check; their problems are copied from the report before."""

    def to_wire(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "compacted_to": self.compacted_to,
            "written": self.written,
            "current": len(self.current),
            "failed": self.failed,
            "problems": [problem.to_wire() for problem in self.problems],
        }


@dataclass(frozen=True, slots=True)
class Compaction:
    """Compacts all closed days that need it. A second run changes nothing."""

    athena: SqlEngine
    catalog: LakeCatalog
    files: LakeFiles
    retention: timedelta

    def __call__(
        self,
        now: datetime,
        progress: Callable[[str], None] | None = None,
        rewritten: Collection[str] = (),
    ) -> Report:
        """Compact closed days, oldest first; `progress` is called with each day that was written.

        `rewritten` are days that are checked regardless of their age, because their objects may
        have changed. If a day fails, the other days are still compacted, and the view reads
        Parquet up to the day before it.
        """
        last = f"{(now - CLOSES_AFTER).astimezone(UTC) - timedelta(days=1):%Y-%m-%d}"
        tomorrow = f"{now.astimezone(UTC) + timedelta(days=1):%Y-%m-%d}"
        oldest_repeat = f"{now - self.retention - timedelta(days=2):%Y-%m-%d}"
        tenants_of, strays = self.files.days()
        registered = self.catalog.compacted_days()
        self.files.delete_unreferenced(registered, now)
        report = Report(compacted_to=last, problems=strays, unchecked=set(tenants_of))
        for day, tenants in sorted(tenants_of.items()):
            if day > tomorrow:
                report.problems += self._future_objects(day, tenants)
                report.unchecked.discard(day)
            elif day > last:
                self._check_day(day, tenants, report)
            elif day in registered and day < oldest_repeat and day not in rewritten:
                report.current.append(day)
            elif self._compact(day, tenants, registered.get(day, ""), report) and progress:
                progress(day)
        self._publish(report, registered)
        return report

    def _future_objects(self, day: str, tenants: Sequence[str]) -> list[UnreadableObject]:
        return [
            UnreadableObject(summary.uri, "in the partition of a future day; not read", 0)
            for tenant in tenants
            for summary in self.files.objects_of(tenant, day)
        ]

    def _compact(self, day: str, tenants: Sequence[str], registered: str, report: Report) -> bool:
        """Compact a day unless its objects are those of the registered folder."""
        if f"/{self._state(day, tenants)}-" in registered:
            report.current.append(day)
            return False
        if not self._check_day(day, tenants, report):
            return False
        try:
            version = f"{self._state(day, tenants)}-{uuid4().hex[:8]}"
            folder = self.files.compacted_folder(day, version)
            for number, chunk in enumerate(_chunks(tenants)):
                self.athena.query(compact_day(day, chunk, f"{folder}part-{number:05}/"))
            self.catalog.register(day, folder)
        except QueryRefused as error:
            report.failed[day] = error.message
            return False
        report.written.append(day)
        return True

    def _check_day(self, day: str, tenants: Sequence[str], report: Report) -> bool:
        """Add a day's problems to the report, and store them in case the run stops later."""
        try:
            problems = self._problems(day, tenants)
        except QueryRefused as error:
            report.failed[day] = error.message
            return False
        report.unchecked.discard(day)
        report.problems += problems
        if problems:
            former = self.files.read_report()
            known = [*report.problems, *self._former_problems(report, former)]
            wire = [problem.to_wire() for problem in known]
            self.files.write_report({**former, "problems": wire})
        return True

    def _state(self, day: str, tenants: Sequence[str]) -> str:
        """A hash of the day's objects and of the statement that compacts them."""
        digest = hashlib.sha256(_FORMAT.encode())
        summaries = [one for tenant in tenants for one in self.files.objects_of(tenant, day)]
        for summary in sorted(summaries, key=lambda summary: summary.uri):
            digest.update(f"{summary.uri} {summary.etag}\n".encode())
        return digest.hexdigest()[:16]

    def _problems(self, day: str, tenants: Sequence[str]) -> list[UnreadableObject]:
        """The day's content that is not a document. Objects that Athena cannot read are moved."""
        try:
            return self._problem_lines(day, tenants)
        except QueryRefused as error:
            if not error.message.startswith(UNREADABLE_OBJECT):
                raise
            moved = [one for tenant in tenants for one in self.files.quarantine(tenant, day)]
            if not moved:
                raise
            return moved + self._problem_lines(day, tenants)

    def _problem_lines(self, day: str, tenants: Sequence[str]) -> list[UnreadableObject]:
        empty = [
            UnreadableObject(summary.uri, "empty", 0)
            for tenant in tenants
            for summary in self.files.objects_of(tenant, day)
            if not summary.size
        ]
        rows = [
            row
            for chunk in _chunks(tenants)
            for row in self.athena.query(problems_of_day(day, chunk)).rows
        ]
        return empty + [
            UnreadableObject(str(path), str(problem), int(lines or 0))
            for path, problem, lines in rows
        ]

    def _publish(self, report: Report, registered: Mapping[str, str]) -> None:
        """Point the view at the compacted days, and store the report."""
        closed = (day for day in report.failed if day <= report.compacted_to)
        missing = [day for day in closed if day not in registered]
        if missing:
            report.compacted_to = _day_before(min(missing))
        sql = documents_view(report.compacted_to)
        if not self.catalog.is_view("documents", sql):
            self.athena.query(sql)
        report.new_problems = len(report.problems)
        report.problems += self._former_problems(report, self.files.read_report())
        self.files.write_report(report.to_wire())

    def _former_problems(self, report: Report, former: Mapping[str, Any]) -> list[UnreadableObject]:
        """Problems of the report before, of days not checked now, and all quarantined objects."""
        problems = [UnreadableObject(**wire) for wire in former.get("problems", [])]
        quarantined = self.files.quarantined()
        lasting = {one.object for one in quarantined} - {one.object for one in report.problems}
        known = [
            problem
            for problem in problems
            if problem.object in lasting or day_of(problem.object) in report.unchecked
        ]
        unnamed = lasting - {problem.object for problem in known}
        return known + [problem for problem in quarantined if problem.object in unnamed]


def _chunks(tenants: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(tenants), MAX_TENANTS):
        yield tenants[start : start + MAX_TENANTS]


def _day_before(day: str) -> str:
    return f"{datetime.fromisoformat(day) - timedelta(days=1):%Y-%m-%d}"
