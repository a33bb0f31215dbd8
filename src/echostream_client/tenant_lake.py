"""Questions to the lake: SQL kept to one tenant, repeated where an object was in its way.

Needs sqlglot (see `tenancy`), so no Lambda imports it.
"""

import re
from dataclasses import dataclass, field

from echostream.adapters.athena import Answer, Athena, Waiting
from echostream.domain.errors import QueryRefused
from echostream.domain.lake import UNREADABLE_OBJECT, LakeFiles, UnreadableObject, Zone
from echostream.domain.lake_sql import FIRST_DAY
from echostream_client.tenant_sql import scoped


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, and the objects that were set aside so that it could be given."""

    answer: Answer
    set_aside: list[UnreadableObject] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class History:
    """The lake's documents, asked with SQL."""

    athena: Athena
    files: LakeFiles

    def ask(
        self, sql: str, tenant: str, most_rows: int | None = None, waiting: Waiting | None = None
    ) -> Told:
        """Answers a SELECT over a tenant's `documents` and `raw`; at most so many rows of it.

        Objects that nobody can unpack are moved to quarantine, raw ones and those of days that are
        not compacted yet, and the statement is repeated once. Raises `QueryRefused` and `TryAgain`.
        """
        own = scoped(sql, tenant, most_rows)
        try:
            return Told(self.athena.query(own, most_rows, waiting))
        except QueryRefused as error:
            if not error.message.startswith(UNREADABLE_OBJECT):
                raise
            moved = self._set_aside(tenant, names_raw=bool(re.search(r"\braw\b", sql, re.I)))
            if not moved:
                raise
            return Told(self.athena.query(own, most_rows, waiting), moved)

    def run(self, sql: str, most_rows: int | None = None, waiting: Waiting | None = None) -> Told:
        """Runs any statement as it stands; for operators. Raises `QueryRefused`, `TryAgain`."""
        return Told(self.athena.query(sql, most_rows, waiting))

    def _set_aside(self, tenant: str, names_raw: bool) -> list[UnreadableObject]:
        after: dict[Zone, str] = {
            "enriched": self.files.read_report().get("compacted_to", FIRST_DAY)
        }
        if names_raw:
            after["raw"] = FIRST_DAY
        return [
            problem
            for zone, first in after.items()
            for day, tenants in sorted(self.files.days(zone)[0].items())
            if day > first and tenant in tenants
            for problem in self.files.quarantine(tenant, day, zone)
        ]
