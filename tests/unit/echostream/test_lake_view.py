"""The view `documents` is recognised in the catalog, though Athena stores its SQL formatted."""

import base64
import json
from datetime import date
from typing import Any

import pytest
from botocore.exceptions import ClientError

from echostream.adapters.glue_catalog import GlueCatalog
from echostream.domain.errors import CallRefused, TryAgain
from echostream.domain.lake_sql import (
    FIRST_DAY,
    compact_day,
    documents_of,
    documents_view,
    late_tenants,
    problems_of_day,
    view_definition,
)

sqlglot = pytest.importorskip("sqlglot")  # the environment of the functions alone has none
exp = sqlglot.exp
DAY = "2026-11-20"


class NoTable(Exception):
    """Glue's EntityNotFoundException."""


class FakeGlue:
    """Glue with the one view `documents`, or none."""

    class exceptions:  # noqa: N801 (boto3's name)
        EntityNotFoundException = NoTable

    def __init__(self, sql: str | None):
        self.sql = sql

    def get_table(self, **_: Any) -> dict[str, Any]:
        if self.sql is None:
            raise NoTable
        encoded = base64.b64encode(json.dumps({"originalSql": self.sql}).encode()).decode()
        return {"Table": {"ViewOriginalText": f"/* Presto View: {encoded} */"}}


def catalog(sql: str | None) -> GlueCatalog:
    glue: Any = FakeGlue(sql)
    return GlueCatalog(glue, "lake")


def formatted(sql: str) -> str:
    """The query of a CREATE VIEW as Trino's formatter prints it, by another program."""
    return str(sqlglot.parse_one(sql, dialect="athena").expression.sql("trino", pretty=True))


def test_formatted_view_is_recognised():
    """The formatted text differs from the statement; the definition in it does not."""
    stored = catalog(formatted(documents_view(DAY)))
    assert formatted(documents_view(DAY)) not in documents_view(DAY)
    assert stored.is_view("documents", documents_view(DAY))
    assert stored.compacted_to() == DAY
    assert stored.is_divided("documents")


def test_view_of_another_day_is_not_the_view():
    """So the compaction replaces it."""
    assert not catalog(formatted(documents_view(DAY))).is_view(
        "documents", documents_view("2026-11-21")
    )


def test_view_of_another_statement_is_not_the_view(monkeypatch):
    """A new column changes the definition, also with the same day."""
    before = formatted(documents_view(DAY))
    monkeypatch.setattr("echostream.domain.lake_sql.COLUMNS", ("tenant_id", "id"))
    assert not catalog(before).is_view("documents", documents_view(DAY))


@pytest.mark.parametrize("sql", [None, "SELECT 1", "SELECT * FROM compacted WHERE dt <= '2026'"])
def test_view_of_an_older_version_is_replaced(sql):
    """Without a definition no day counts as compacted: everything is read from JSON."""
    assert not catalog(sql).is_view("documents", documents_view(DAY))
    assert catalog(sql).compacted_to() == FIRST_DAY


@pytest.mark.parametrize(
    ("code", "error"),
    [("ThrottlingException", TryAgain), ("AccessDeniedException", CallRefused)],
)
def test_failing_catalog_is_an_error_of_ours(code, error):
    """Pages and commands show it with what to do."""
    glue: Any = FakeGlue(None)
    glue.get_table = fail_with(code)
    with pytest.raises(error):
        GlueCatalog(glue, "lake").compacted_to()


def fail_with(code: str) -> Any:
    def call(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "GetTable")

    return call


def test_first_day_is_a_date_before_every_day():
    """Athena compares it with projected days, which are dates."""
    assert view_definition(documents_view(FIRST_DAY)) is not None
    assert date.fromisoformat(FIRST_DAY) < date(2000, 1, 1)


def query_of(unload: str) -> str:
    return unload.partition("UNLOAD (")[2].split("\nTO")[0].rstrip().removesuffix(")")


LATE = {"acme": "2026-10-01", "demo": "2026-01-31"}
STATEMENTS = {
    "documents": documents_of("demo", DAY),
    "day": query_of(compact_day(DAY, ["demo", "acme"], "s3://x/")),
    "late day": query_of(compact_day(DAY, ["demo", "acme", "none"], "s3://x/", LATE)),
    "late": late_tenants(DAY, ["demo"]),
    "problems": problems_of_day(DAY, ["demo"]),
}


def conditions(statement: str, name: str) -> list[Any]:
    """The conditions in the WHERE clause of the one SELECT from a table."""
    tree = sqlglot.parse_one(statement, dialect="athena")
    [table] = [table for table in tree.find_all(exp.Table) if table.name == name]
    select = table.parent_select
    assert select is not None
    return list(select.args["where"].this.flatten())


@pytest.mark.parametrize("name", STATEMENTS)
def test_tenant_is_in_the_where_clause_of_the_table(name):
    """Athena refuses a scan of `enriched` without an equality of its injected partition."""
    assert "tenant_id" in {
        condition.this.name
        for condition in conditions(STATEMENTS[name], "enriched")
        if isinstance(condition, exp.EQ | exp.In)
    }


def test_compaction_reads_ids_of_the_days_that_can_have_a_late_document():
    """The partitions are chosen at the table: tenants with such documents, and bounded days."""
    where = conditions(STATEMENTS["late day"], "compacted_documents")
    assert [condition.sql() for condition in where] == [
        "tenant_id IN ('acme', 'demo')",
        "dt >= '2026-01-31'",
        f"dt < '{DAY}'",
    ]


def test_compaction_without_late_documents_reads_the_day_only():
    """So a state of before, which has a hash of this statement, is current."""
    tables = {table.name for table in sqlglot.parse_one(STATEMENTS["day"]).find_all(exp.Table)}
    assert tables == {"enriched"}
    assert compact_day(DAY, ["demo"], "s3://x/", {}) == compact_day(DAY, ["demo"], "s3://x/")
