"""LIMIT, OFFSET, FETCH and VALUES: the rows of a restricted statement, with and without a limit."""

import duckdb
import pytest
import sqlglot

from aws_companion.athena.row_limits import rewrite_limits
from echostream.domain.errors import QueryRefused
from echostream_client.tenant_sql import restrict_to_tenant

pytestmark = pytest.mark.usefixtures("documents_in_duckdb")

DOCUMENTS = list("abcdefgh")
"""The ids in `documents`; `raw` has none of them, but p to s."""


@pytest.fixture(scope="module")
def lake():
    with duckdb.connect() as database:
        tables = {"compacted_documents": DOCUMENTS[:5], "enriched": DOCUMENTS[5:], "raw": "pqrs"}
        for table, ids in tables.items():
            database.execute(f"CREATE TABLE {table} (id VARCHAR, tenant_id VARCHAR)")
            values = [(one, tenant) for tenant in ("demo", "acme") for one in ids]
            database.executemany(f"INSERT INTO {table} VALUES (?, ?)", values)
        yield database


def run(lake, sql, max_rows=None):
    """The values of the first column."""
    restricted = restrict_to_tenant(sql, "demo", max_rows)
    translated = rewrite_limits(sqlglot.parse_one(restricted, dialect="athena")).sql("duckdb")
    return [row[0] for row in lake.execute(translated).fetchall()]


IDS = "SELECT id FROM documents ORDER BY id"
ORDERED = {
    f"{IDS} LIMIT 2": "ab",
    f"{IDS} LIMIT 0": "",
    f"{IDS} LIMIT ALL": "abcdefgh",
    f"{IDS} OFFSET 6": "gh",
    f"{IDS} OFFSET 1 LIMIT 2": "bc",
    f"{IDS} OFFSET 1 ROW LIMIT ALL": "bcdefgh",
    f"{IDS} OFFSET 1 ROW FETCH NEXT 2 ROWS ONLY": "bc",
    f"{IDS} FETCH FIRST 2 ROWS ONLY": "ab",
    f"{IDS} FETCH FIRST ROW ONLY": "a",
    f"({IDS} LIMIT 5) LIMIT 3": "abc",
    f"({IDS} LIMIT 3) LIMIT 5": "abc",
    f"({IDS} LIMIT 5) ORDER BY id DESC LIMIT 3": "edc",
    f"(({IDS} DESC LIMIT 5) ORDER BY id OFFSET 1)": "efgh",
    f"SELECT id FROM ({IDS} LIMIT 7) ORDER BY id DESC LIMIT 2": "gf",
    f"WITH a AS ({IDS} LIMIT 6) SELECT id FROM a ORDER BY id DESC": "fedcba",
    f"SELECT (SELECT max(id) FROM ({IDS} LIMIT 2))": "b",
    f"({IDS} LIMIT 2) UNION ALL (SELECT id FROM raw ORDER BY id LIMIT 3) ORDER BY 1": "abpqr",
    "TABLE documents UNION ALL TABLE raw ORDER BY 1 DESC LIMIT 5": "srqph",
    "VALUES 'y', 'x', 'z' ORDER BY 1 LIMIT 2": "xy",
    "VALUES 'y', 'x', 'z' ORDER BY 1 OFFSET 1": "yz",
    "(VALUES 'y', 'x', 'z') ORDER BY 1 DESC LIMIT 2": "zy",
    "WITH a AS (TABLE documents) VALUES ((SELECT min(id) FROM a)), 'z'": "az",
    "WITH a AS (SELECT 1) VALUES 'y', 'x' ORDER BY 1": "xy",
    "WITH a AS (SELECT 1) (VALUES 'y', 'x', 'z') ORDER BY 1 LIMIT 1": "x",
    "SELECT * FROM (WITH a AS (SELECT 1) VALUES 'x', 'y') AS t(id) ORDER BY id": "xy",
    "WITH a AS (VALUES 'x', 'y') SELECT * FROM a ORDER BY 1": "xy",
    "SELECT id FROM documents WHERE id IN (WITH a AS (SELECT 1) VALUES 'a', 'p')": "a",
}


@pytest.mark.parametrize(("sql", "ids"), ORDERED.items())
@pytest.mark.parametrize("max_rows", [None, 2, 100])
def test_rows_are_those_of_the_statement(lake, sql, ids, max_rows):
    """A limit of rows cuts the result after one row more; it changes no other row."""
    assert run(lake, sql, max_rows) == list(ids)[: None if max_rows is None else max_rows + 1]


@pytest.mark.parametrize(
    ("rows", "tail"),
    [
        (3, "FETCH FIRST 3 ROWS WITH TIES"),
        (4, "FETCH FIRST 4 ROWS WITH TIES"),
        (5, "LIMIT 4"),
    ],
)
def test_ties_are_kept_up_to_the_limit(rows, tail):
    """Beyond the limit, the statement needs no ties: their rows come after those of the limit."""
    sql = f"SELECT id FROM documents ORDER BY id FETCH FIRST {rows} ROWS WITH TIES"
    assert restrict_to_tenant(sql, "demo", 3).endswith(f" ORDER BY id {tail}")


CLAUSES = [
    "LIMIT (SELECT 3)",
    "LIMIT (SELECT count(*) FROM documents)",
    "LIMIT 1 + 1",
    "LIMIT -1",
    "LIMIT '3'",
    "LIMIT 2.5",
    "LIMIT NULL",
    "LIMIT ?",
    "LIMIT 5 PERCENT",
    "OFFSET (SELECT 1)",
    "OFFSET ALL",
    "FETCH FIRST (1 + 1) ROWS ONLY",
    "FETCH FIRST 5 PERCENT ROWS ONLY",
]


@pytest.mark.parametrize("clause", CLAUSES)
@pytest.mark.parametrize(
    "sql", ["TABLE documents {}", "SELECT * FROM (TABLE raw {})", "(TABLE raw {}) UNION TABLE raw"]
)
def test_number_of_rows_must_be_a_whole_number(sql, clause):
    """Athena's grammar has no other number of rows."""
    with pytest.raises(QueryRefused, match="must be a whole number") as error:
        restrict_to_tenant(sql.format(clause), "demo", 10)
    assert error.value.code == "row_count"
