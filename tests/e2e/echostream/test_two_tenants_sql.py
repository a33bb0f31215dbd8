"""Hostile SQL of one of two tenants: refused, or rows of the own tenant only."""

import pytest

from echostream.domain.errors import QueryRefused
from echostream_cli.lake.query import tenant_lake
from tests.commands import run

STATEMENTS = (
    "SELECT * FROM documents",
    "SELECT * FROM raw",
    "SELECT DISTINCT tenant_id FROM documents",
    "SELECT text FROM documents WHERE true OR tenant_id = '{mine}'",
    "SELECT text FROM documents WHERE tenant_id = '{mine}' OR 1 = 1",
    "SELECT text FROM documents WHERE tenant_id <> '{mine}'",
    "SELECT text FROM documents WHERE tenant_id LIKE '{theirs}%'",
    "SELECT text FROM documents WHERE NOT tenant_id = '{mine}' UNION TABLE raw",
    "SELECT text FROM documents WHERE tenant_id || '' = '{theirs}'",
    "SELECT text FROM documents WHERE tenant_id = concat('{theirs}', '')",
    "SELECT text FROM documents WHERE tenant_id IN ('{theirs}')",
    "SELECT text FROM documents WHERE tenant_id = '{theirs}'",
    "SELECT text FROM documents UNION ALL SELECT text FROM enriched",
    "SELECT text FROM documents UNION SELECT text FROM compacted_documents",
    "SELECT text FROM documents INTERSECT SELECT text FROM raw",
    "SELECT text FROM raw EXCEPT SELECT text FROM raw WHERE tenant_id = '{mine}'",
    "WITH documents AS (SELECT * FROM documents) SELECT text FROM documents",
    "WITH raw AS (TABLE enriched) SELECT text FROM raw",
    "WITH enriched AS (TABLE documents) SELECT text FROM enriched",
    "WITH enriched AS (TABLE enriched) SELECT text FROM enriched",
    "WITH a AS (SELECT text FROM enriched), enriched AS (SELECT 1) SELECT text FROM a",
    "WITH a AS (SELECT text FROM documents), documents AS (SELECT 1) SELECT text FROM a",
    "WITH a AS (WITH raw AS (TABLE raw) TABLE raw) SELECT text FROM a",
    "WITH a AS (WITH b AS (SELECT * FROM enriched) TABLE b) TABLE a",
    "WITH \"documents\" AS (SELECT 'x' AS tenant_id) SELECT * FROM (TABLE documents), raw",
    "(WITH enriched AS (SELECT 1) TABLE enriched) UNION ALL (SELECT 1 FROM enriched)",
    'SELECT * FROM "documents"',
    'SELECT text FROM "DOCUMENTS" AS "enriched"',
    'SELECT * FROM "enriched"',
    'SELECT * FROM "enriched$partitions"',
    'SELECT * FROM "documents$path"',
    'SELECT * FROM "compacted_documents$partitions"',
    'SELECT "$path", text FROM raw',
    "SELECT * FROM information_schema.tables",
    'SELECT * FROM "information_schema"."columns"',
    "SELECT * FROM {database}.enriched",
    'SELECT * FROM awsdatacatalog."{database}".documents',
    "SELECT text FROM documents -- WHERE tenant_id = '{mine}'",
    "SELECT text FROM documents /* '; */ WHERE 1=1 /* */ OR 1=1",
    "SELECT text FROM documents WHERE id = '' -- '\n OR tenant_id > ''",
    "SELECT text FROM documents WHERE tenant_id = U&'\\0074{tail}'",
    "SELECT U&'(.*)|[\\0041' UESCAPE '\\' FROM documents",
    "SELECT text FROM documents WHERE text <> U&'.*+?^$(' UESCAPE '.'",
    "SELECT text FROM documents WHERE tenant_id = U&'$0074{tail}' UESCAPE '$'",
    "SELECT min(x), max(x) FROM documents CROSS JOIN LATERAL (SELECT text AS x FROM raw)",
    "SELECT min(x), max(x) FROM raw CROSS JOIN LATERAL (SELECT text AS x FROM enriched)",
    "SELECT * FROM (VALUES ((SELECT max(text) FROM enriched)))",
    "VALUES ((SELECT max(text) FROM documents)), ((SELECT max(text) FROM raw))",
    "SELECT (SELECT max(text) FROM documents WHERE tenant_id <> '{mine}')",
    "SELECT max(text), min(text), count(*) FROM documents GROUP BY tenant_id",
    "SELECT 1 FROM documents; SELECT * FROM enriched",
    "EXECUTE all_documents",
    "PREPARE p FROM SELECT * FROM enriched",
    "EXECUTE IMMEDIATE 'SELECT * FROM enriched'",
    "SHOW TABLES",
    "SHOW PARTITIONS enriched",
    "SHOW CREATE VIEW documents",
    "DESCRIBE enriched",
    "EXPLAIN ANALYZE SELECT * FROM enriched",
    "CREATE TABLE stolen AS SELECT * FROM enriched",
    "CREATE OR REPLACE VIEW documents AS SELECT * FROM enriched",
    "INSERT INTO documents SELECT * FROM enriched",
    "UNLOAD (SELECT * FROM documents) TO 's3://{bucket}/x/' WITH (format = 'PARQUET')",
    "DELETE FROM documents",
    "SELECT * FROM read_parquet('s3://{bucket}/compacted/**')",
    "SELECT * FROM documents, LATERAL read_text('s3://{bucket}/raw/**') AS t(x)",
    "SELECT * FROM 's3://{bucket}/raw/**'",
    'SELECT * FROM "s3://{bucket}/raw/tenant_id={theirs}/*/*/*.json.gz"',
    "SELECT * FROM TABLE(system.query(query => 'SELECT * FROM enriched'))",
    "SELECT * FROM documents FOR VERSION AS OF 1",
    "SELECT * FROM documents MATCH_RECOGNIZE (MEASURES A.text AS t PATTERN (A) DEFINE A AS true)",
    "FROM documents SELECT text",
    "SELECT * FROM query('SELECT * FROM enriched')",
    "SELECT text FROM documents PIVOT (count(*) FOR tenant_id IN ('{theirs}'))",
    "TABLE documents ORDER BY (SELECT max(text) FROM enriched)",
    "SELECT text FROM raw r JOIN documents d USING (id)",
)


MAX_ROWS = 10_000
"""More than a tenant has."""


@pytest.fixture(scope="module")
def lake(settings, sandbox):
    return tenant_lake(settings.target)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_hostile_statement_reads_own_rows_only(lake, sandbox, both, statement):
    """No cell has the other tenant's name or a text of it; the lake has compacted files, too."""
    mine, theirs = both
    sql = statement.format(
        mine=mine.name,
        theirs=theirs.name,
        tail=theirs.name[1:],
        database=sandbox["DATABASE"],
        bucket=sandbox["LAKE_BUCKET"],
    )
    try:
        result = lake.query(sql, mine.reader, MAX_ROWS).result
    except QueryRefused:
        return
    columns = [column.name for column in result.columns]
    cells = {
        (column, cell)
        for row in result.rows
        for column, cell in zip(columns, row, strict=True)
        if cell is not None
    }
    assert not any(theirs.mark in cell for _, cell in cells)
    named = {column for column, cell in cells if cell == theirs.name}
    assert named <= {"author"}, "an author may have any name; no other column has the tenant's"


def test_own_rows_are_those_of_today_and_of_compacted_days(lake, tenants):
    """The statements above would find rows: each tenant reads all of its own."""
    for tenant in tenants:
        rows = lake.query("SELECT id, text FROM documents", tenant.reader).result.rows
        expected = {name: one["text"] for name, one in tenant.old.items()}
        assert dict(rows) == {**tenant.expected(), **expected}
        raw = lake.query("SELECT count(DISTINCT id) FROM raw", tenant.reader).result.rows
        assert int(raw[0][0]) == len(tenant.documents)


def test_command_reads_the_rows_of_the_tenant_that_it_names(settings, tenants):
    """`make query TENANT=`: the names in the result are those of one tenant."""
    for tenant, other in (tenants, tenants[::-1]):
        sql = "SELECT DISTINCT tenant_id, substr(text, 1, 16) FROM documents"
        process = run(settings.environment(), "query", "--sql", sql, "--tenant", tenant.name)
        assert process.returncode == 0, process.stderr
        assert tenant.mark in process.stdout
        assert other.mark not in process.stdout
