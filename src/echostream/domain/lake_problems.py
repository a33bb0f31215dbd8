"""Content of the lake that is not a document; objects that Athena cannot read are moved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from echostream.domain.errors import QueryRefused
from echostream.domain.lake import UNREADABLE_OBJECT, LakeFiles, SqlEngine, UnreadableObject
from echostream.domain.lake_sql import problems_of_day

MAX_TENANTS = 1000
"""Athena's limit of values for an injected partition column in one query."""


@dataclass(frozen=True, slots=True)
class LakeProblems:
    """Finds objects of `enriched/` with content that is not a document."""

    athena: SqlEngine
    files: LakeFiles

    def of_day(self, day: str, tenants: Sequence[str]) -> list[UnreadableObject]:
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
            for chunk in chunks(tenants, MAX_TENANTS)
            for row in self.athena.query(problems_of_day(day, chunk)).rows
        ]
        return empty + [
            UnreadableObject(str(path), str(problem), int(lines or 0))
            for path, problem, lines in rows
        ]


def chunks(tenants: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Tenants in parts of a size."""
    for start in range(0, len(tenants), size):
        yield tenants[start : start + size]
