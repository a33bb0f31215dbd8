"""Compaction: closed days of the lake are rewritten as Parquet, each document once.

A day of a tenant is compacted into a new folder. When the folder is complete, it becomes the
partition of `compacted_documents` for this tenant and day. When a day and all days before it are
registered for all tenants, the view `documents` reads them from there. A crash at any step leaves
readers with either the former or the new state of a tenant's day. A tenant's day whose objects
changed later (a document was sent again) is compacted again, as long as the documents table accepts
such a repeat.

After that the table takes a repeat for a new document. It gets a row on its day of arrival, which
the compaction of that day leaves out if an earlier compacted day has the document.

Up to 100 tenants are written by one statement: Athena bills 10 MB for each, however small.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from echostream.domain.errors import QueryRefused
from echostream.domain.lake import (
    CompactedDay,
    LakeCatalog,
    LakeFiles,
    SqlEngine,
    UnreadableObject,
    compacted_tenant_folder,
    day_of,
)
from echostream.domain.lake_problems import LakeProblems, chunks
from echostream.domain.lake_sql import FIRST_DAY, compact_day, documents_view, late_tenants

CLOSES_AFTER = timedelta(minutes=15)
"""The time after midnight (UTC) during which a day may still get objects; longer than the longest
run of a function."""
ATTEMPTS = 5
"""Runs of a statement whose objects an erasure rewrites meanwhile."""
MAX_WRITTEN = 100
"""Athena's limit of partitions that one statement writes."""
_FORMAT = hashlib.sha256(compact_day("", [], "").encode()).hexdigest()[:8]
"""Changes with the statement that compacts a day, so that all days are compacted again. What it
adds for tenants with late documents is no part of it."""


_Result = TypeVar("_Result")
HasTime = Callable[[], bool]
"""Whether the time of a run is enough for more work that can wait for the next run."""


def always() -> bool:
    """Without a limit of time."""
    return True


Registered = Mapping[str, Mapping[str, CompactedDay]]
"""What is registered, by day and tenant."""


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
    postponed: list[str] = field(default_factory=list)
    """Expired days that are left for the next run."""
    unchecked: set[str] = field(default_factory=set)
    """Days that this run did not check; their problems are copied from the report before."""

    def to_wire(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "compacted_to": self.compacted_to,
            "written": self.written,
            "current": len(self.current),
            "failed": self.failed,
            "postponed": len(self.postponed),
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
        expired: Collection[str] = (),
        has_time: HasTime = always,
    ) -> Report:
        """Compact closed days, oldest first; `progress` is called with each day that was written.

        `rewritten` are days that are checked regardless of their age, because their objects may
        have changed. So are those that `expired` for a tenant, after all others: they are postponed
        when there is no time left. If a day fails, the other days are still compacted, and the view
        reads Parquet up to the day before it.
        """
        last = f"{(now - CLOSES_AFTER).astimezone(UTC) - timedelta(days=1):%Y-%m-%d}"
        tomorrow = f"{now.astimezone(UTC) + timedelta(days=1):%Y-%m-%d}"
        oldest_repeat = f"{now - self.retention - timedelta(days=2):%Y-%m-%d}"
        tenants_of, strays = self.files.days()
        registered = self.catalog.compacted_days()
        self._delete_unused(registered, now)
        report = Report(compacted_to=last, problems=strays, unchecked=set(tenants_of))
        checked = {*rewritten, *expired}
        can_wait = _complete_days(expired, tenants_of, registered)
        days = {*tenants_of, *(checked & registered.keys())}
        for day in sorted(days, key=lambda day: (day in can_wait, day)):
            if day in can_wait and not has_time():
                report.postponed.append(day)
                continue
            tenants, known = tenants_of.get(day, []), registered.get(day, {})
            if day > tomorrow:
                report.problems += self._future_objects(day, tenants)
                report.unchecked.discard(day)
            elif day > last:
                self._check_day(day, tenants, report)
            elif known.keys() == set(tenants) and day < oldest_repeat and day not in checked:
                report.current.append(day)
            elif self._compact(day, tenants, known, report) and progress:
                progress(day)
        self._publish(report, tenants_of, registered)
        return report

    def _delete_unused(self, registered: Registered, now: datetime) -> None:
        """Delete files that no reader needs any more."""
        folders = {
            day: [one.folder for one in tenants.values()] for day, tenants in registered.items()
        }
        self.files.delete_unreferenced(folders, now)
        published = str(self.files.read_report().get("compacted_to", ""))
        if self.catalog.is_view("documents", documents_view(published)):
            self.files.delete_mixed()

    def _future_objects(self, day: str, tenants: Sequence[str]) -> list[UnreadableObject]:
        return [
            UnreadableObject(summary.uri, "in the partition of a future day; not read", 0)
            for tenant in tenants
            for summary in self.files.objects_of(tenant, day)
        ]

    def _compact(
        self,
        day: str,
        tenants: Sequence[str],
        registered: Mapping[str, CompactedDay],
        report: Report,
    ) -> bool:
        """Compact a day of the tenants whose objects are not those of the registered folders."""
        gone = registered.keys() - set(tenants)
        changed = self._changed(day, tenants, registered)
        if not gone and not changed:
            report.current.append(day)
            return False
        if not self._check_day(day, tenants, report):  # may move objects, which changes the states
            return False
        try:
            self._repeat_if_rewritten(
                day,
                tenants,
                lambda: self._write(day, self._changed(day, list(changed), registered)),
            )
        except QueryRefused as error:
            report.failed[day] = error.message
            return False
        for tenant in gone:
            self.catalog.remove(day, tenant)
        report.written.append(day)
        return True

    def _changed(
        self, day: str, tenants: Sequence[str], registered: Mapping[str, CompactedDay]
    ) -> dict[str, str]:
        """The tenants whose objects are not those of the registered folders, and their states."""
        states = {tenant: self._state(day, tenant) for tenant in tenants}
        known = {tenant: one.state for tenant, one in registered.items()}
        return {tenant: state for tenant, state in states.items() if known.get(tenant) != state}

    def _write(self, day: str, states: Mapping[str, str]) -> None:
        """Write and register a day of some tenants."""
        folder = self.files.compacted_folder(day, uuid4().hex)
        for number, tenants in enumerate(chunks(list(states), MAX_WRITTEN)):
            part = f"{folder}part-{number:05}/"
            self.athena.query(compact_day(day, tenants, part, self._late(day, tenants)))
            compacted = {
                tenant: CompactedDay(compacted_tenant_folder(part, tenant), states[tenant])
                for tenant in tenants
            }
            self.catalog.register(day, compacted)

    def _late(self, day: str, tenants: Sequence[str]) -> dict[str, str]:
        """The tenants with late documents, and the first day on which these may have arrived.

        That is the day before they were written, because of the clocks of senders.
        """
        rows = self.athena.query(late_tenants(day, tenants)).rows
        return {str(tenant): _day_before(str(written)) for tenant, written in rows}

    def _check_day(self, day: str, tenants: Sequence[str], report: Report) -> bool:
        """Add a day's problems to the report, and store them in case the run stops later."""
        try:
            of_day = LakeProblems(self.athena, self.files).of_day
            problems = self._repeat_if_rewritten(day, tenants, lambda: of_day(day, tenants))
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

    def _repeat_if_rewritten(
        self, day: str, tenants: Sequence[str], run: Callable[[], _Result]
    ) -> _Result:
        """What `run` returns; it runs again if it failed while an object was replaced or removed.

        New objects make no statement fail, and an open day gets them all the time.
        """
        for _ in range(ATTEMPTS - 1):
            before = self._objects(day, tenants)
            try:
                return run()
            except QueryRefused:
                if before <= self._objects(day, tenants):
                    raise
        return run()

    def _objects(self, day: str, tenants: Sequence[str]) -> set[tuple[str, str]]:
        """The address and the content's hash of each object of a day."""
        listed = (summary for tenant in tenants for summary in self.files.objects_of(tenant, day))
        return {(summary.uri, summary.etag) for summary in listed}

    def _state(self, day: str, tenant: str) -> str:
        """A hash of the objects of a tenant's day and of the statement that compacts them."""
        digest = hashlib.sha256(_FORMAT.encode())
        for summary in sorted(self.files.objects_of(tenant, day), key=lambda summary: summary.uri):
            digest.update(f"{summary.uri} {summary.etag}\n".encode())
        return digest.hexdigest()[:16]

    def _publish(
        self, report: Report, tenants_of: Mapping[str, Sequence[str]], registered: Registered
    ) -> None:
        """Point the view at the compacted days, and store the report."""
        closed = (day for day in report.failed if day <= report.compacted_to)
        missing = [
            day for day in closed if set(tenants_of.get(day, ())) - registered.get(day, {}).keys()
        ]
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


def _complete_days(
    days: Collection[str], tenants_of: Mapping[str, Sequence[str]], registered: Registered
) -> set[str]:
    """The days that the view can read as they are: all their tenants are registered."""
    return {day for day in days if set(tenants_of.get(day, ())) <= registered.get(day, {}).keys()}


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
