"""Whatever statement a user writes, it reads one tenant's documents or is refused."""

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers
from sqlglot.optimizer.scope import traverse_scope

from echostream.domain.errors import QueryRefused
from echostream_client.tenant_sql import TABLES, _verify, restrict_to_tenant

REFUSED = {
    "CREATE TABLE x AS SELECT * FROM documents": "not_a_select",
    "INSERT INTO documents SELECT * FROM documents": "not_a_select",
    "WITH a AS (SELECT 1) INSERT INTO documents SELECT * FROM a": "not_a_select",
    "UNLOAD (SELECT 1) TO 's3://x/' WITH (format = 'PARQUET')": "not_a_select",
    "SELECT * INTO x FROM documents": "not_a_select",
    "DROP TABLE documents": "not_a_select",
    "DELETE FROM documents": "not_a_select",
    "EXPLAIN SELECT 1": "not_a_select",
    "SHOW TABLES": "not_a_select",
    "DESCRIBE documents": "not_a_select",
    "EXECUTE x USING 1": "not_a_select",
    "USING EXTERNAL FUNCTION f(x int) RETURNS int LAMBDA 'x' SELECT f(1)": "not_a_select",
    "SELECT 1; SELECT * FROM enriched": "many_statements",
    "": "no_statement",
    "-- nothing": "no_statement",
    "SELECT (1": "invalid_sql",
    "SELECT 'a": "invalid_sql",
    "SELECT * FROM documents PIVOT(sum(x) FOR y IN (1))": "table_option",
    "(" * 3000: "too_deep",
    "SELECT * FROM enriched": "unknown_table",
    "TABLE compacted": "unknown_table",
    "SELECT * FROM documents, enriched": "unknown_table",
    "SELECT * FROM documents UNION ALL TABLE enriched": "unknown_table",
    "SELECT * FROM documents WHERE EXISTS (SELECT 1 FROM enriched)": "unknown_table",
    "SELECT (SELECT max(id) FROM compacted)": "unknown_table",
    "SELECT * FROM documents CROSS JOIN LATERAL (SELECT * FROM enriched)": "unknown_table",
    "SELECT * FROM UNNEST(ARRAY[(SELECT id FROM enriched)])": "unknown_table",
    "SELECT * FROM (VALUES ((SELECT id FROM enriched)))": "unknown_table",
    "SELECT 1 ORDER BY (SELECT id FROM enriched)": "unknown_table",
    "SELECT 1 LIMIT (SELECT id FROM enriched)": "unknown_table",
    'SELECT * FROM "documents$partitions"': "unknown_table",
    "SELECT * FROM documents$partitions": "unknown_table",
    'SELECT * FROM "s3://other/x"': "unknown_table",
    "SELECT * FROM echostream.documents": "other_database",
    "SELECT * FROM awsdatacatalog.echostream.documents": "other_database",
    "SELECT * FROM information_schema.tables": "other_database",
    'SELECT * FROM "lambda:x".a.documents': "other_database",
    "SELECT * FROM TABLE(system.query(query => 'SELECT 1'))": "table_function",
    "SELECT * FROM read_parquet('s3://x/y')": "table_function",
    "SELECT * FROM documents FOR TIMESTAMP AS OF now()": "table_option",
    "SELECT * FROM documents MATCH_RECOGNIZE (ORDER BY id MEASURES a.id AS x PATTERN (a+)"
    " DEFINE a AS true)": "match_recognize",
    # Names of WITH that stand for nothing where they are used, so for a table of the lake
    "WITH enriched AS (SELECT * FROM enriched) SELECT * FROM enriched": "unknown_table",
    "WITH a AS (SELECT * FROM enriched), enriched AS (SELECT 1) SELECT 1": "unknown_table",
    "SELECT * FROM (WITH enriched AS (SELECT 1) SELECT 1), enriched": "unknown_table",
    "(WITH enriched AS (SELECT 1) TABLE enriched) UNION TABLE enriched": "unknown_table",
    "WITH RECURSIVE enriched AS (SELECT * FROM enriched) SELECT * FROM enriched": "recursive",
    "WITH a AS (WITH RECURSIVE b(n) AS (SELECT 1) SELECT 1) SELECT 1": "recursive",
    # Another tenant by name
    "SELECT * FROM documents WHERE tenant_id = 'acme'": "other_tenant",
    "SELECT * FROM documents d WHERE 'acme' = d.\"TENANT_ID\"": "other_tenant",
    "SELECT * FROM documents WHERE tenant_id IN ('demo', 'acme')": "other_tenant",
    "SELECT count(*) FILTER (WHERE tenant_id = 'acme') FROM documents": "other_tenant",
    "SELECT * FROM raw JOIN documents d ON d.tenant_id = 'acme'": "other_tenant",
}
TAKEN = [
    "TABLE documents",
    "VALUES 1, 2",
    "(SELECT * FROM documents)",
    "SELECT 1;",
    "select * from Documents",
    'SELECT * FROM "DOCUMENTS" AS "x y"',
    "SELECT documents.id FROM documents",
    "SELECT * FROM (documents)",
    "SELECT * FROM (documents d JOIN raw r ON d.id = r.id)",
    "SELECT * FROM documents, raw r, documents e",
    "SELECT * FROM documents NATURAL JOIN raw",
    "SELECT * FROM documents d TABLESAMPLE BERNOULLI (10)",
    "SELECT * FROM documents AS d(a, b)",
    "SELECT * FROM documents WHERE tenant_id = 'demo'",
    "SELECT * FROM documents WHERE id IN (TABLE raw)",
    "SELECT (SELECT max(r.id) FROM raw r WHERE r.id = d.id) FROM documents d",
    "WITH documents AS (SELECT * FROM documents) SELECT * FROM documents",
    "WITH raw AS (TABLE documents), documents AS (TABLE raw) SELECT * FROM raw, documents",
    "WITH a AS (SELECT * FROM raw) SELECT 1 UNION SELECT id FROM a",
    "WITH a AS (WITH b AS (TABLE raw) TABLE b) SELECT * FROM A",
    "WITH a AS (SELECT 1) SELECT * FROM (WITH b AS (TABLE a) SELECT * FROM b, documents)",
    "SELECT * FROM documents CROSS JOIN LATERAL (SELECT * FROM raw)",
    "SELECT w FROM documents CROSS JOIN UNNEST(split(text, ' ')) AS t(w)",
    "SELECT id /* FROM enriched */ FROM documents -- ' ; DROP TABLE documents",
    'SELECT "f"") FROM enriched --"(1) FROM documents',
    "SELECT ' FROM enriched', U&'\\0041', '\\' FROM documents",
]
HEAP = r"""
SELECT * FROM documents raw enriched WHERE tenant_id = 'acme' 'demo' ( ) , JOIN ON TRUE WITH a AS
UNION TABLE "documents" "documents$partitions" x.documents -- /* */ ' " U&'\0041' LATERAL UNNEST
VALUES 1 ; EXISTS IN LIMIT \ `documents` ORDER BY id a.id RECURSIVE TABLESAMPLE"""
WORDS = st.sampled_from(HEAP.split())


def assert_reads_only(sql, tenant):
    """By another way than the rewriting's: sqlglot's scopes say which tables are read."""
    tree = normalize_identifiers(sqlglot.parse_one(sql, dialect="athena"), dialect="athena")
    for scope in traverse_scope(tree):
        read = [source for _, source in scope.selected_sources.values()]
        if any(isinstance(source, exp.Table) for source in read):
            [table] = read
            assert table.name in TABLES
            assert not table.db
            where = scope.expression.args["where"].this
            assert where == exp.column("tenant_id").eq(exp.Literal.string(tenant))


@pytest.mark.parametrize(("sql", "code"), REFUSED.items(), ids=lambda part: part[:60])
def test_refuses(sql, code):
    """What writes, reads elsewhere or names another tenant is refused, and the message says why."""
    with pytest.raises(QueryRefused) as refused:
        restrict_to_tenant(sql, "demo")
    assert refused.value.code == code
    assert refused.value.message


@pytest.mark.parametrize("tenant", ["demo", "o'brien", "a/b", "x' OR '1' = '1", "\\'", "ü\n--"])
@pytest.mark.parametrize("sql", TAKEN)
def test_keeps_to_one_tenant(sql, tenant):
    """Every table of a statement is the tenant's part of it, whatever the tenant is called."""
    if "'demo'" in sql and tenant != "demo":
        return
    assert_reads_only(restrict_to_tenant(sql, tenant), tenant)


def test_names_stay():
    """A table keeps the name by which the rest of the statement calls it."""
    own = "(SELECT * FROM documents WHERE tenant_id = 'demo')"
    found = restrict_to_tenant("SELECT documents.id, d.id FROM documents, documents d", "demo")
    assert found == f"SELECT documents.id, d.id FROM {own} AS documents, {own} AS d"


@pytest.mark.parametrize(
    ("given", "limit"),
    [("", 11), ("LIMIT 5", 5), ("LIMIT 5000", 11), ("LIMIT ALL", 11), ("ORDER BY 1", 11)],
)
def test_computes_no_more_than_is_read(given, limit):
    """One row more than asked for at most, so that a reader knows whether there are more."""
    assert restrict_to_tenant(f"SELECT id FROM documents {given}", "demo", 10).endswith(
        f" LIMIT {limit}"
    )


def test_limits_what_is_joined_too():
    """Unions get their limit as a whole, and keep their order."""
    found = restrict_to_tenant("TABLE documents UNION ALL TABLE raw ORDER BY 1", "demo", 10)
    assert found.endswith("ORDER BY 1 LIMIT 11")


def test_both_sides_of_a_union_are_queries():
    """A star alone is none, though the parser takes it."""
    with pytest.raises(QueryRefused, match="not Athena's SQL"):
        restrict_to_tenant("* UNION SELECT 1", "demo")


@settings(max_examples=400, deadline=None)
@given(st.lists(WORDS, max_size=24).map(" ".join), st.text(min_size=1, max_size=12))
def test_anything_is_kept_to_one_tenant_or_refused(sql, tenant):
    """Any heap of words, any tenant: refused, or each table is read for this tenant alone."""
    try:
        found = restrict_to_tenant(sql, tenant)
    except QueryRefused:
        return
    assert_reads_only(found, tenant)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([sql for sql in TAKEN if "'demo'" not in sql]), st.text(min_size=1, max_size=12)
)
def test_any_tenant_is_a_literal(sql, tenant):
    """No tenant's name ends its literal."""
    assert_reads_only(restrict_to_tenant(sql, tenant), tenant)


@pytest.mark.parametrize(
    "written",
    [
        "SELECT * FROM documents",
        "SELECT * FROM (SELECT * FROM documents WHERE tenant_id = 'acme') AS documents",
        "SELECT * FROM (SELECT * FROM documents WHERE tenant_id = 'demo' OR true) AS documents",
        "WITH x AS (SELECT * FROM raw) SELECT * FROM x",
    ],
)
def test_what_is_written_is_looked_at_again(written):
    """Should the rewriting ever leave a table as it was, the statement is not run."""
    with pytest.raises(QueryRefused, match="read in two ways"):
        _verify(written, "demo")
