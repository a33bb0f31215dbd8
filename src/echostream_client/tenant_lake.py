"""SQL over the lake for one tenant. A query that meets an unreadable object is repeated once.

Needs sqlglot (see `tenant_sql`), which the Lambda layers do not have.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from echostream.adapters.athena import Athena, OnPoll, QueryResult
from echostream.domain.audit import Action, AuditEvent, AuditLog, new_event, statement_hash
from echostream.domain.errors import QueryRefused
from echostream.domain.lake import (
    UNREADABLE_OBJECT,
    LakeCatalog,
    LakeFiles,
    UnreadableObject,
    Zone,
)
from echostream.domain.lake_sql import FIRST_DAY
from echostream_client.tenant_sql import restrict_to_tenant, tables_of


@dataclass(frozen=True, slots=True)
class QueryOutcome:
    """A result, and the objects that were moved to quarantine to get it."""

    result: QueryResult
    quarantined: list[UnreadableObject] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the documents of a tenant: an actor of the audit log."""

    tenant: str
    actor: str


@dataclass(frozen=True, slots=True)
class TenantLake:
    """The lake's documents, queried with SQL.

    `athena_of` returns Athena with the credentials of a tenant's session: a statement that named
    another tenant after all could read none of its objects. The others have an operator's
    credentials.
    """

    athena: Athena
    athena_of: Callable[[str], Athena]
    catalog: LakeCatalog
    files: LakeFiles
    audit: AuditLog

    def query(
        self,
        sql: str,
        reader: Reader,
        max_rows: int | None = None,
        on_poll: OnPoll | None = None,
    ) -> QueryOutcome:
        """Run a SELECT over a tenant's `documents` and `raw`; reads up to `max_rows` rows.

        It is an event of the tenant's audit log, which is recorded before the statement runs.

        If an object cannot be read, objects that cannot be unpacked are moved to quarantine (those
        of days that are not compacted, and raw ones if the statement names `raw`), and the
        statement runs a second time. Raises `QueryRefused` (also for an invalid statement, before
        any service is asked), `TryAgain` and `CallRefused`.
        """
        tenant = reader.tenant
        restrict_to_tenant(sql, tenant)
        compacted_to = self.catalog.compacted_to()
        restricted = restrict_to_tenant(sql, tenant, max_rows, compacted_to)
        self.audit.record(_event(sql, reader))
        athena = self.athena_of(tenant)
        try:
            return QueryOutcome(athena.query(restricted, max_rows, on_poll))
        except QueryRefused as error:
            if not error.message.startswith(UNREADABLE_OBJECT):
                raise
            last_days: dict[Zone, str] = {"enriched": compacted_to}
            if re.search(r"\braw\b", sql, re.I):
                last_days["raw"] = FIRST_DAY
            moved = self._quarantine(tenant, last_days)
            if not moved:
                raise
            return QueryOutcome(athena.query(restricted, max_rows, on_poll), moved)

    def query_unrestricted(
        self, sql: str, max_rows: int | None = None, on_poll: OnPoll | None = None
    ) -> QueryOutcome:
        """Run any statement, for operators. Raises as `query` does."""
        return QueryOutcome(self.athena.query(sql, max_rows, on_poll))

    def _quarantine(self, tenant: str, last_days: Mapping[Zone, str]) -> list[UnreadableObject]:
        """Move unreadable objects of a tenant away, of each zone's days after its last day."""
        return [
            problem
            for zone, last_day in last_days.items()
            for day, tenants in sorted(self.files.days(zone)[0].items())
            if day > last_day and tenant in tenants
            for problem in self.files.quarantine(tenant, day, zone)
        ]


def _event(sql: str, reader: Reader) -> AuditEvent:
    """The event of a statement: the tables that it reads, and a hash in place of its text."""
    at, tables, digest = datetime.now(UTC), " ".join(tables_of(sql)), statement_hash(sql)
    return new_event(reader.tenant, at, reader.actor, Action.SQL_RUN, tables, sha256=digest)
