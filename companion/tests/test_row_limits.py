"""Limits of rows in parentheses, which DuckDB's parser rejects."""

from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from aws_companion.athena.execution import QueryFailed
from aws_companion.athena.translate import parse, translate

ROWS = "SELECT n FROM (VALUES 1, 2, 3, 4, 5, 6) AS t(n) ORDER BY n"


def translated(sql):
    tables: Any = {}
    return translate(parse(sql), "default", tables.__getitem__, datetime.now(UTC)).sql


@pytest.mark.parametrize(
    ("sql", "numbers"),
    [
        (f"({ROWS} LIMIT 5) LIMIT 3", [1, 2, 3]),
        (f"({ROWS} LIMIT 3) LIMIT 5", [1, 2, 3]),
        (f"({ROWS} LIMIT 4) ORDER BY n DESC LIMIT 3", [4, 3, 2]),
        (f"({ROWS} LIMIT 4) ORDER BY 1 DESC OFFSET 2", [2, 1]),
        (f"(({ROWS} DESC LIMIT 4) ORDER BY n OFFSET 1) LIMIT 2", [4, 5]),
        (f"SELECT * FROM (({ROWS} LIMIT 4) ORDER BY n DESC LIMIT 2) AS t ORDER BY n", [3, 4]),
        (f"SELECT * FROM (({ROWS} LIMIT 4) LIMIT 1)", [1]),
        (f"WITH a AS (({ROWS} LIMIT 4) OFFSET 3) SELECT * FROM a", [4]),
        (f"WITH a AS ({ROWS} LIMIT 4) (SELECT * FROM a) ORDER BY n DESC LIMIT 1", [4]),
        (f"(WITH a AS ({ROWS}) SELECT * FROM a ORDER BY n LIMIT 2) OFFSET 1", [2]),
        (f"SELECT 0 UNION ALL (({ROWS} LIMIT 2) LIMIT 1) ORDER BY 1", [0, 1]),
        (f"SELECT 7 WHERE 2 IN (({ROWS} LIMIT 2) ORDER BY n DESC LIMIT 1)", [7]),
    ],
)
def test_clauses_after_parentheses_apply_to_their_result(sql, numbers):
    """Each inner limit is applied before the outer order and limit."""
    with duckdb.connect() as database:
        assert [number for [number] in database.execute(translated(sql)).fetchall()] == numbers


def test_ties_are_refused():
    """DuckDB has no WITH TIES; without it the result would lack rows."""
    with pytest.raises(QueryFailed, match="NOT_SUPPORTED"):
        translated(f"{ROWS} FETCH FIRST 3 ROWS WITH TIES")
