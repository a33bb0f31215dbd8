"""Compaction: closed days of the lake rewritten as Parquet, each document once.

A day is compacted into a folder of its own, named after what it was made of. Only when that
folder is complete is it registered as the day's partition of `compacted`, and only when a day and
all before it are registered does the view `documents` move on: whatever dies, a reader sees the
day as it was or as it is now. A day whose objects have changed since (a document that was sent
again) is compacted anew as long as the fast table may still answer such a repeat.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from echostream.adapters.athena import Athena
from echostream.adapters.glue_catalog import Catalog
from echostream.adapters.s3_lake_files import LakeFiles
from echostream.domain.errors import QueryRefused
from echostream.domain.lake import BAD_OBJECT, UnreadableObject, day_of
from echostream.domain.lake_sql import FIRST_DAY, compact_day, documents_view, problems_of_day

CLOSES_AFTER = timedelta(minutes=15)
"""How long after midnight (UTC) a day may still get objects; longer than a function runs."""
TENANTS_AT_ONCE = 1000
"""Athena takes at most so many values of an injected partition column in one query."""
_FORMAT = hashlib.sha256(compact_day("", [], "").encode()).hexdigest()[:8]
"""Changes when the way days are compacted does."""


@dataclass
class Report:
    """What a run did: days it wrote, days that were current, days that failed and why.

    `compacted_to` is the last day that `documents` reads from Parquet; `problems` names objects
    that hold something else than documents, of which this run `found` so many itself.
    """

    compacted_to: str = FIRST_DAY
    written: list[str] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    problems: list[UnreadableObject] = field(default_factory=list)
    found: int = 0
    unseen: set[str] = field(default_factory=set)
    """Days of which only earlier runs know what they hold beside documents."""

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
    """Compacts what is to be compacted; a second run finds nothing to do."""

    athena: Athena
    catalog: Catalog
    files: LakeFiles
    retention: timedelta

    def __call__(
        self,
        now: datetime,
        progress: Callable[[str], None] | None = None,
        rewritten: Collection[str] = (),
    ) -> Report:
        """Compacts every closed day that needs it, oldest first; `progress` hears of each.

        `rewritten` are days whose objects may have changed, however old they are.

        A day that fails costs only itself, and the view goes no further than the day before it.
        """
        last = f"{(now - CLOSES_AFTER).astimezone(UTC) - timedelta(days=1):%Y-%m-%d}"
        tomorrow = f"{now.astimezone(UTC) + timedelta(days=1):%Y-%m-%d}"
        oldest_repeat = f"{now - self.retention - timedelta(days=2):%Y-%m-%d}"
        tenants_of, strays = self.files.days()
        registered = self.catalog.compacted_days()
        self.files.sweep(registered, now)
        run = Report(compacted_to=last, problems=strays, unseen=set(tenants_of))
        for day, tenants in sorted(tenants_of.items()):
            if day > tomorrow:
                run.problems += self.files.unread(day, tenants)
                run.unseen.discard(day)
            elif day > last:
                self._look_at(day, tenants, run)
            elif day in registered and day < oldest_repeat and day not in rewritten:
                run.current.append(day)
            elif self._day(day, tenants, registered.get(day, ""), run) and progress:
                progress(day)
        self._publish(run, registered)
        return run

    def _day(self, day: str, tenants: Sequence[str], registered: str, run: Report) -> bool:
        """Compacts a day if its objects are not those that it was last made of."""
        if f"/{self._state(day, tenants)}-" in registered:
            run.current.append(day)
            return False
        if not self._look_at(day, tenants, run):
            return False
        try:
            folder = self.files.folder(day, f"{self._state(day, tenants)}-{uuid4().hex[:8]}")
            for part, some in enumerate(_chunks(tenants)):
                self.athena.query(compact_day(day, some, f"{folder}part-{part:05}/"))
            self.catalog.register(day, folder)
        except QueryRefused as error:
            run.failed[day] = error.message
            return False
        run.written.append(day)
        return True

    def _look_at(self, day: str, tenants: Sequence[str], run: Report) -> bool:
        """Names what a day holds beside documents, also where the run dies after it."""
        try:
            found = self._problems(day, tenants)
        except QueryRefused as error:
            run.failed[day] = error.message
            return False
        run.unseen.discard(day)
        run.problems += found
        if found:
            before = self.files.report()
            problems = [*run.problems, *self._known_problems(run, before)]
            self.files.keep_report({**before, "problems": [one.to_wire() for one in problems]})
        return True

    def _state(self, day: str, tenants: Sequence[str]) -> str:
        """A name for what a day is made of, and how."""
        digest = hashlib.sha256(_FORMAT.encode())
        objects = [one for tenant in tenants for one in self.files.objects_of(tenant, day)]
        for one in sorted(objects, key=lambda listed: listed.uri):
            digest.update(f"{one.uri} {one.etag}\n".encode())
        return digest.hexdigest()[:16]

    def _problems(self, day: str, tenants: Sequence[str]) -> list[UnreadableObject]:
        """What a day holds beside documents; objects that no query can read are set aside."""
        try:
            return self._lines(day, tenants)
        except QueryRefused as error:
            if not error.message.startswith(BAD_OBJECT):
                raise
            moved = [one for tenant in tenants for one in self.files.set_aside(tenant, day)]
            if not moved:
                raise
            return moved + self._lines(day, tenants)

    def _lines(self, day: str, tenants: Sequence[str]) -> list[UnreadableObject]:
        empty = [
            UnreadableObject(one.uri, "empty", 0)
            for tenant in tenants
            for one in self.files.objects_of(tenant, day)
            if not one.size
        ]
        rows = [
            row
            for some in _chunks(tenants)
            for row in self.athena.query(problems_of_day(day, some)).rows
        ]
        return empty + [
            UnreadableObject(str(path), str(why), int(lines or 0)) for path, why, lines in rows
        ]

    def _publish(self, run: Report, registered: Mapping[str, str]) -> None:
        """Has readers see what was compacted, and keeps the report."""
        closed = (day for day in run.failed if day <= run.compacted_to)
        missing = [day for day in closed if day not in registered]
        if missing:
            run.compacted_to = _day_before(min(missing))
        sql = documents_view(run.compacted_to)
        if not self.catalog.is_view("documents", sql):
            self.athena.query(sql)
        run.found = len(run.problems)
        run.problems += self._known_problems(run, self.files.report())
        self.files.keep_report(run.to_wire())

    def _known_problems(self, run: Report, report: Mapping[str, Any]) -> list[UnreadableObject]:
        """What earlier runs said of days that this one did not look at, and what lies aside."""
        before = [UnreadableObject(**one) for one in report.get("problems", [])]
        aside = self.files.aside()
        lasting = {one.object for one in aside} - {one.object for one in run.problems}
        known = [one for one in before if one.object in lasting or day_of(one.object) in run.unseen]
        unnamed = lasting - {one.object for one in known}
        return known + [one for one in aside if one.object in unnamed]


def _chunks(tenants: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(tenants), TENANTS_AT_ONCE):
        yield tenants[start : start + TENANTS_AT_ONCE]


def _day_before(day: str) -> str:
    return f"{datetime.fromisoformat(day) - timedelta(days=1):%Y-%m-%d}"
