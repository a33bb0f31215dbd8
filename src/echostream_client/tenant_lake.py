"""SQL over the lake for one tenant. A query that meets an unreadable object is repeated once.

Needs sqlglot (see `tenant_sql`), which the Lambda layers do not have.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from echostream.adapters.athena import Athena, OnPoll, QueryResult
from echostream.domain.errors import QueryRefused
from echostream.domain.lake import UNREADABLE_OBJECT, LakeFiles, UnreadableObject, Zone
from echostream.domain.lake_sql import FIRST_DAY
from echostream_client.tenant_sql import restrict_to_tenant


@dataclass(frozen=True, slots=True)
class QueryOutcome:
    """A result, and the objects that were moved to quarantine to get it."""

    result: QueryResult
    quarantined: list[UnreadableObject] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TenantLake:
    """The lake's documents, queried with SQL.

    `athena_of` returns Athena with the credentials of a tenant's session: a statement that named
    another tenant after all could read none of its objects. `athena` and `files` have an
    operator's credentials.
    """

    athena: Athena
    athena_of: Callable[[str], Athena]
    files: LakeFiles

    def query(
        self, sql: str, tenant: str, max_rows: int | None = None, on_poll: OnPoll | None = None
    ) -> QueryOutcome:
        """Run a SELECT over a tenant's `documents` and `raw`; reads up to `max_rows` rows.

        If an object cannot be read, objects that cannot be unpacked are moved to quarantine (those
        of days that are not compacted, and raw ones if the statement names `raw`), and the
        statement runs a second time. Raises `QueryRefused` and `TryAgain`.
        """
        restricted = restrict_to_tenant(sql, tenant, max_rows)
        athena = self.athena_of(tenant)
        try:
            return QueryOutcome(athena.query(restricted, max_rows, on_poll))
        except QueryRefused as error:
            if not error.message.startswith(UNREADABLE_OBJECT):
                raise
            moved = self._quarantine(tenant, names_raw=bool(re.search(r"\braw\b", sql, re.I)))
            if not moved:
                raise
            return QueryOutcome(athena.query(restricted, max_rows, on_poll), moved)

    def query_unrestricted(
        self, sql: str, max_rows: int | None = None, on_poll: OnPoll | None = None
    ) -> QueryOutcome:
        """Run any statement, for operators. Raises `QueryRefused` and `TryAgain`."""
        return QueryOutcome(self.athena.query(sql, max_rows, on_poll))

    def _quarantine(self, tenant: str, names_raw: bool) -> list[UnreadableObject]:
        last_days: dict[Zone, str] = {
            "enriched": self.files.read_report().get("compacted_to", FIRST_DAY)
        }
        if names_raw:
            last_days["raw"] = FIRST_DAY
        return [
            problem
            for zone, last_day in last_days.items()
            for day, tenants in sorted(self.files.days(zone)[0].items())
            if day > last_day and tenant in tenants
            for problem in self.files.quarantine(tenant, day, zone)
        ]
