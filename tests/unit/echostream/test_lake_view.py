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


STATEMENTS = {
    "documents": documents_of("demo", DAY),
    "day": compact_day(DAY, ["demo", "acme"], "s3://x/").partition("UNLOAD (")[2].split("\nTO")[0],
    "problems": problems_of_day(DAY, ["demo"]),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_tenant_is_in_the_where_clause_of_the_table(name):
    """Athena refuses a scan of `enriched` without an equality of its injected partition."""
    tree = sqlglot.parse_one(STATEMENTS[name].rstrip().removesuffix(")"), dialect="athena")
    tables = [table for table in tree.find_all(exp.Table) if table.name == "enriched"]
    assert len(tables) == 1
    select = tables[0].parent_select
    assert select is not None
    where = select.args["where"].this
    assert "tenant_id" in {
        condition.this.name
        for condition in where.flatten()
        if isinstance(condition, exp.EQ | exp.In)
    }
