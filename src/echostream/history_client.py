"""Questions to the lake: SQL kept to one tenant, repeated where an object was in its way.

Needs sqlglot (see `tenancy`), so no Lambda imports it.
"""

from dataclasses import dataclass, field

from echostream.athena import Answer, Athena, Waiting
from echostream.errors import QueryRefused
from echostream.history import FIRST_DAY
from echostream.lakefiles import RAW, SCORED, LakeFiles, Problem
from echostream.tenancy import scoped

BAD_OBJECT = ("HIVE_CURSOR_ERROR", "HIVE_BAD_DATA")
"""What Athena's message begins with where an object cannot be read."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, and the objects that were set aside so that it could be given."""

    answer: Answer
    set_aside: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class History:
    """The lake's documents, asked with SQL."""

    athena: Athena
    files: LakeFiles

    def ask(
        self, sql: str, tenant: str, most_rows: int | None = None, waiting: Waiting | None = None
    ) -> Told:
        """Answers a SELECT over a tenant's `documents` and `raw`; at most so many rows of it.

        Objects of days that are not compacted yet, and that nobody can unpack, are moved to
        quarantine, and the statement is repeated once. Raises `QueryRefused` and `TryAgain`.
        """
        own = scoped(sql, tenant, most_rows)
        try:
            return Told(self.athena.query(own, most_rows, waiting))
        except QueryRefused as error:
            moved = self._set_aside(tenant) if error.message.startswith(BAD_OBJECT) else []
            if not moved:
                raise
            return Told(self.athena.query(own, most_rows, waiting), moved)

    def run(self, sql: str, most_rows: int | None = None, waiting: Waiting | None = None) -> Told:
        """Runs any statement as it stands; for operators. Raises `QueryRefused`, `TryAgain`."""
        return Told(self.athena.query(sql, most_rows, waiting))

    def _set_aside(self, tenant: str) -> list[Problem]:
        compacted_to = self.files.report().get("compacted_to", FIRST_DAY)
        tenants_of, _ = self.files.days()
        return [
            problem
            for day, tenants in sorted(tenants_of.items())
            if day > compacted_to and tenant in tenants
            for problem in self.files.set_aside(tenant, day, (SCORED, RAW))
        ]
