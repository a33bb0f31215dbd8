"""Questions to the lake: kept to one tenant, and repeated where an object stood in the way."""

import pytest

from echostream.adapters.athena import Column, QueryResult
from echostream.domain.errors import QueryRefused
from echostream.domain.lake import UnreadableObject
from echostream_client.tenant_lake import TenantLake

ANSWER = QueryResult("q", (Column("n", "bigint"),), [("1",)], False, 10, 0.1)
BAD = QueryRefused("query_failed", "HIVE_CURSOR_ERROR: incorrect header check")
WRONG = QueryRefused("query_failed", "COLUMN_NOT_FOUND: nope")


class FakeAthena:
    """Gives what it was told to, in that order, and keeps what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def query(self, sql, max_rows=None, on_poll=None):
        self.asked.append(sql)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeFiles:
    """A lake compacted to the 20th, whose days hold broken objects."""

    def __init__(self, broken):
        self.broken = broken
        self.looked_at = []

    def read_report(self):
        return {"compacted_to": "2026-11-20"}

    def days(self, zone):
        return {
            "2026-11-20": ["demo"],
            "2026-11-21": ["acme", "demo"],
            "2026-11-22": ["acme"],
            "2026-11-23": ["demo"],
        }, []

    def quarantine(self, tenant, day, zone):
        self.looked_at.append((tenant, day) if zone == "enriched" else (tenant, f"{zone}/{day}"))
        return [UnreadableObject(f"s3://lake/{day}", "not gzip", 0)] if day in self.broken else []


def test_asks_for_one_tenant():
    """What Athena gets is the statement kept to the tenant, and a limit."""
    athena = FakeAthena(ANSWER)
    outcome = TenantLake(athena, FakeFiles([])).query("SELECT id FROM documents", "demo", 5)
    assert outcome.result is ANSWER
    assert outcome.quarantined == []
    [sql] = athena.asked
    assert "WHERE tenant_id = 'demo'" in sql
    assert sql.endswith("LIMIT 6")


def test_repeats_after_setting_aside():
    """Only the tenant's days that are not compacted are looked at, and the answer names them."""
    athena, files = FakeAthena(BAD, ANSWER), FakeFiles(["2026-11-23"])
    outcome = TenantLake(athena, files).query("SELECT id FROM documents", "demo")
    assert files.looked_at == [("demo", "2026-11-21"), ("demo", "2026-11-23")]
    assert [problem.object for problem in outcome.quarantined] == ["s3://lake/2026-11-23"]
    assert len(athena.asked) == 2


def test_raw_text_is_never_compacted():
    """So a broken raw object of any day is looked for, where the statement reads raw ones."""
    athena, files = FakeAthena(BAD, ANSWER), FakeFiles(["2026-11-20"])
    outcome = TenantLake(athena, files).query("SELECT id FROM Raw", "demo")
    assert ("demo", "raw/2026-11-20") in files.looked_at
    assert [problem.object for problem in outcome.quarantined] == ["s3://lake/2026-11-20"]


@pytest.mark.parametrize(
    ("answers", "broken", "asked"),
    [([BAD], [], 1), ([WRONG], ["2026-11-23"], 1), ([BAD, BAD], ["2026-11-23"], 2)],
)
def test_gives_up(answers, broken, asked):
    """Where nothing was moved, where the statement is at fault, or after one repeat."""
    athena = FakeAthena(*answers)
    with pytest.raises(QueryRefused):
        TenantLake(athena, FakeFiles(broken)).query("SELECT id FROM documents", "demo")
    assert len(athena.asked) == asked


def test_an_operator_is_not_scoped():
    """A statement runs as it stands."""
    athena = FakeAthena(ANSWER)
    TenantLake(athena, FakeFiles([])).query_unrestricted("SHOW TABLES")
    assert athena.asked == ["SHOW TABLES"]
