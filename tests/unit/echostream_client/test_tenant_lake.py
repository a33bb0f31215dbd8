"""Queries of the lake: restricted to one tenant, repeated after a quarantine."""

from typing import Any

import pytest

from echostream.adapters.athena import Column, QueryResult
from echostream.domain.audit import Action, statement_hash
from echostream.domain.errors import CallRefused, QueryRefused, TryAgain
from echostream.domain.lake import UnreadableObject
from echostream.domain.lake_sql import FIRST_DAY
from echostream_client.tenant_lake import Reader, TenantLake
from tests.fakes import MemoryAudit

DEMO = Reader("demo", "person#pool_1#ann")

RESULT = QueryResult("q", (Column("n", "bigint"),), [("1",)], False, 10, 0.1)
BAD = QueryRefused("query_failed", "HIVE_CURSOR_ERROR: incorrect header check")
WRONG = QueryRefused("query_failed", "COLUMN_NOT_FOUND: nope")


class FakeAthena:
    """Returns or raises these outcomes in order, and records the statements."""

    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)
        self.statements = []

    def query(self, sql, max_rows=None, on_poll=None):
        self.statements.append(sql)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class FakeFiles:
    """A lake whose last report names a day that no view reads; `broken` are days with an
    unreadable object."""

    def __init__(self, broken):
        self.broken = broken
        self.examined = []

    def read_report(self):
        return {"compacted_to": "2026-11-23"}

    def days(self, zone):
        return {
            "2026-11-20": ["demo"],
            "2026-11-21": ["acme", "demo"],
            "2026-11-22": ["acme"],
            "2026-11-23": ["demo"],
        }, []

    def quarantine(self, tenant, day, zone):
        self.examined.append((tenant, day) if zone == "enriched" else (tenant, f"{zone}/{day}"))
        return [UnreadableObject(f"s3://lake/{day}", "not gzip", 0)] if day in self.broken else []


class FakeCatalog:
    """A catalog whose view reads Parquet up to a day, or that fails."""

    def __init__(self, day):
        self.day = day

    def compacted_to(self):
        if isinstance(self.day, Exception):
            raise self.day
        return self.day


CATALOG: Any = FakeCatalog("2026-11-20")


def lake_of(athena: Any, files: Any, audit: Any = None, catalog: Any = CATALOG) -> TenantLake:
    """A lake whose statements of the tenant `demo`, and only those, run on this Athena."""
    sessions: Any = {"demo": athena}
    operators: Any = FakeAthena()
    audit = audit or MemoryAudit()
    return TenantLake(operators, sessions.__getitem__, catalog, files, audit)


def test_query_is_restricted_to_the_tenant():
    """Athena gets the restricted statement with a limit, of the days that the view has."""
    athena = FakeAthena(RESULT)
    outcome = lake_of(athena, FakeFiles([])).query("SELECT id FROM documents", DEMO, 5)
    assert outcome.result is RESULT
    assert outcome.quarantined == []
    [sql] = athena.statements
    assert sql.count("WHERE tenant_id = 'demo'") == 2
    assert "dt <= '2026-11-20'" in sql
    assert sql.endswith("LIMIT 6")


def test_query_is_repeated_after_a_quarantine():
    """Only the tenant's days that it reads as JSON are examined; the outcome names objects."""
    athena, files = FakeAthena(BAD, RESULT), FakeFiles(["2026-11-23"])
    outcome = lake_of(athena, files).query("SELECT id FROM documents", DEMO)
    assert files.examined == [("demo", "2026-11-21"), ("demo", "2026-11-23")]
    assert [problem.object for problem in outcome.quarantined] == ["s3://lake/2026-11-23"]
    assert len(athena.statements) == 2
    assert outcome.result is RESULT


def test_days_are_examined_that_the_statement_reads():
    """The catalog decides, as for the statement, whatever the last report says."""
    athena, files = FakeAthena(BAD, RESULT), FakeFiles(["2026-11-20"])
    lake = lake_of(athena, files, catalog=FakeCatalog(FIRST_DAY))
    outcome = lake.query("SELECT id FROM documents", DEMO)
    assert f"dt > '{FIRST_DAY}'" in athena.statements[0]
    assert [problem.object for problem in outcome.quarantined] == ["s3://lake/2026-11-20"]


@pytest.mark.parametrize(
    ("sql", "error"),
    [("SELECT id FROM documents", CallRefused), ("SELECT id FROM nothing", QueryRefused)],
)
def test_statement_is_checked_before_the_catalog_is_asked(sql, error):
    """An invalid statement has its own error, also without the right to read the catalog."""
    catalog = FakeCatalog(CallRefused("glue: AccessDeniedException"))
    with pytest.raises(error):
        lake_of(FakeAthena(), FakeFiles([]), catalog=catalog).query(sql, DEMO)


def test_raw_objects_of_all_days_are_examined():
    """The raw zone is never compacted. Only for a statement that reads `raw`."""
    athena, files = FakeAthena(BAD, RESULT), FakeFiles(["2026-11-20"])
    outcome = lake_of(athena, files).query("SELECT id FROM Raw", DEMO)
    assert ("demo", "raw/2026-11-20") in files.examined
    assert [problem.object for problem in outcome.quarantined] == ["s3://lake/2026-11-20"]


@pytest.mark.parametrize(
    ("outcomes", "broken", "calls"),
    [([BAD], [], 1), ([WRONG], ["2026-11-23"], 1), ([BAD, BAD], ["2026-11-23"], 2)],
)
def test_failed_query_is_repeated_once_at_most(outcomes, broken, calls):
    """Not if nothing was quarantined, nor after an error of the statement itself."""
    athena = FakeAthena(*outcomes)
    with pytest.raises(QueryRefused, match=str(outcomes[-1])):
        lake_of(athena, FakeFiles(broken)).query("SELECT id FROM documents", DEMO)
    assert len(athena.statements) == calls


def test_unrestricted_query_is_unchanged():
    """For operators."""
    operators: Any = FakeAthena(RESULT)
    sessions: Any = {}
    files: Any = FakeFiles([])
    lake = TenantLake(operators, sessions.__getitem__, CATALOG, files, MemoryAudit())
    lake.query_unrestricted("SHOW TABLES")
    assert operators.statements == ["SHOW TABLES"]


def test_statement_is_in_the_audit_log_without_its_text():
    """With the tables that it reads; common table expressions are none of them."""
    audit, sql = MemoryAudit(), "WITH r AS (SELECT id FROM RAW) SELECT * FROM documents, r"
    lake_of(FakeAthena(RESULT), FakeFiles([]), audit).query(sql, DEMO)
    [event] = audit.events
    assert (event.tenant, event.actor, event.action) == ("demo", DEMO.actor, Action.SQL_RUN)
    assert (event.subject, dict(event.details)) == (
        "documents raw",
        {"sha256": statement_hash(sql)},
    )


def test_statement_runs_after_its_event():
    """One that cannot be recorded does not run; one that is refused is no event."""
    athena, audit = FakeAthena(RESULT), MemoryAudit()
    with pytest.raises(QueryRefused):
        lake_of(athena, FakeFiles([]), audit).query("SELECT * FROM nothing", DEMO)
    assert audit.events == []
    with pytest.raises(TryAgain):
        lake_of(athena, FakeFiles([]), Refusing()).query("SELECT id FROM documents", DEMO)
    assert athena.statements == []


class Refusing:
    """An audit log that stores nothing."""

    def record(self, event):
        raise TryAgain("table: is not available")
