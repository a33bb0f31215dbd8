"""Every statement reads the documents of one tenant only, or is refused."""

import json
import subprocess
import sys

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from echostream.domain.errors import QueryRefused
from echostream.domain.lake_sql import FIRST_DAY, documents_view
from echostream_cli.paths import ROOT
from echostream_client.tenant_sql import RESERVED, TABLES, _own_rows, _verify, restrict_to_tenant
from tests.statements import TENANTS, quoted

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
    # sqlglot raises other exceptions than its own
    "SELECT U&'\\0041' UESCAPE '\\'": "invalid_sql",
    "SELECT U&'+0041' UESCAPE '+'": "invalid_sql",
    "SELECT U&'(0041' UESCAPE '(' FROM documents": "invalid_sql",
    "SELECT VAR_MAP(id) FROM documents": "invalid_sql",
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
    "SELECT 1 LIMIT (SELECT id FROM enriched)": "row_count",
    'SELECT * FROM "documents$partitions"': "unknown_table",
    "SELECT * FROM documents$partitions": "unknown_table",
    'SELECT * FROM "s3://other/x"': "unknown_table",
    "SELECT * FROM echostream.documents": "other_database",
    "SELECT * FROM awsdatacatalog.echostream.documents": "other_database",
    "SELECT * FROM information_schema.tables": "other_database",
    'SELECT * FROM "lambda:x".a.documents': "other_database",
    "SELECT * FROM TABLE(system.query(query => 'SELECT 1'))": "table_function",
    "SELECT * FROM read_parquet('s3://x/y')": "table_function",
    "SELECT * FROM documents CROSS JOIN LATERAL read_parquet('s3://x/y') AS t": "table_function",
    "SELECT * FROM documents, LATERAL read_text('s3://x') AS t(file)": "table_function",
    "SELECT * FROM documents LATERAL VIEW explode(text) t AS x": "table_function",
    "SELECT explode(text) FROM documents": "table_function",
    "SELECT * FROM documents FOR TIMESTAMP AS OF now()": "table_option",
    "WITH raw AS (SELECT 1) SELECT * FROM raw FOR TIMESTAMP AS OF now()": "table_option",
    "WITH compacted AS (SELECT 1) SELECT * FROM compacted FOR VERSION AS OF 1": "table_option",
    "SELECT * FROM documents MATCH_RECOGNIZE (ORDER BY id MEASURES a.id AS x PATTERN (a+)"
    " DEFINE a AS true)": "match_recognize",
    # Names of WITH out of their scope, which are tables of the lake
    "WITH compacted AS (SELECT * FROM compacted) SELECT * FROM compacted": "unknown_table",
    "WITH a AS (SELECT * FROM compacted), compacted AS (SELECT 1) SELECT 1": "unknown_table",
    "SELECT * FROM (WITH compacted AS (SELECT 1) SELECT 1), compacted": "unknown_table",
    "(WITH compacted AS (SELECT 1) TABLE compacted) UNION TABLE compacted": "unknown_table",
    "WITH RECURSIVE compacted AS (SELECT * FROM compacted) SELECT * FROM compacted": "recursive",
    "WITH a AS (WITH RECURSIVE b(n) AS (SELECT 1) SELECT 1) SELECT 1": "recursive",
    # Functions, in which sqlglot finds no names of WITH
    "WITH FUNCTION f(x int) RETURNS int RETURN x SELECT f(1) FROM documents": "inline_function",
    "WITH FUNCTION f() RETURNS int RETURN (SELECT max(id) FROM enriched)"
    " SELECT f()": "inline_function",
    "WITH FUNCTION f() RETURNS int RETURN 1, a AS (SELECT 1) SELECT f() FROM a": "inline_function",
    # Names of the tables that replace `documents`
    "WITH enriched AS (SELECT 1 AS id) SELECT * FROM documents": "reserved_name",
    'SELECT * FROM (WITH "Compacted_Documents" AS (SELECT 1) TABLE documents)': "reserved_name",
    # Another tenant by name
    "SELECT * FROM documents WHERE tenant_id = 'acme'": "other_tenant",
    "SELECT * FROM documents d WHERE 'acme' = d.\"TENANT_ID\"": "other_tenant",
    "SELECT * FROM documents WHERE tenant_id IN ('demo', 'acme')": "other_tenant",
    "SELECT count(*) FILTER (WHERE tenant_id = 'acme') FROM documents": "other_tenant",
    "SELECT * FROM raw JOIN documents d ON d.tenant_id = 'acme'": "other_tenant",
}
ACCEPTED = [
    "TABLE documents",
    "VALUES 1, 2",
    "(SELECT * FROM documents)",
    "SELECT 1;",
    "select * from Documents",
    'SELECT * FROM "DOCUMENTS" AS "x y"',
    "SELECT documents.id FROM documents",
    "SELECT * FROM (documents)",
    "SELECT * FROM (documents d JOIN raw r ON d.id = r.id)",
    "SELECT * FROM ((VALUES ('a')) AS v(id) JOIN documents ON v.id = documents.id)",
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
    "SELECT count(*) FROM documents CROSS JOIN raw AS documents",
    "WITH a AS (TABLE raw) SELECT count(*) FROM a CROSS JOIN a CROSS JOIN documents AS a",
]


def is_values(source):
    """Whether a source is VALUES in a join in parentheses, which sqlglot parses as a table."""
    return isinstance(source, exp.Table) and isinstance(source.this, exp.Values)


def set_unique_aliases(tree):
    """Rename what FROM and JOIN name: sqlglot has no scopes for two tables with one alias."""
    for number, node in enumerate(tree.find_all(exp.Table, exp.Subquery, exp.UDTF)):
        if isinstance(node, exp.Table) or node.alias:
            alias = node.args.get("alias") or exp.TableAlias()
            alias.set("this", exp.to_identifier(f"alias_{number}"))
            node.set("alias", alias)


def conditions(select):
    """The conditions that all hold in the WHERE clause of a SELECT."""
    where = select.args["where"].this
    return list(where.flatten()) if isinstance(where, exp.And) else [where]


def assert_reads_only(sql, tenant):
    """Check each table in the scopes, which the rewriting does not use; return their number.

    The tenant is in the WHERE clause of the SELECT that reads the table, and nowhere else: Athena
    then finds the injected partition, whatever its planner does.
    """
    tree = sqlglot.parse_one(sql, dialect="athena")
    set_unique_aliases(tree)
    for name in tree.find_all(exp.Identifier):
        name.set("this", name.name.lower())  # Trino ignores case, also in quotes
    tables = 0
    for scope in traverse_scope(tree):
        sources = [source for _, source in scope.selected_sources.values() if not is_values(source)]
        if any(isinstance(source, exp.Table) for source in sources):
            [table] = sources
            assert isinstance(table, exp.Table)
            assert table.name in ("raw", *RESERVED)
            assert not table.db
            own = exp.column("tenant_id").eq(exp.Literal.string(tenant))
            assert own in conditions(scope.expression)
            tables += 1
    return tables


@pytest.mark.parametrize(("sql", "code"), REFUSED.items(), ids=lambda part: part[:60])
def test_unsupported_statements_are_refused(sql, code):
    """Writes, reads of other tables, and conditions on another tenant; with code and message."""
    with pytest.raises(QueryRefused) as error:
        restrict_to_tenant(sql, "demo")
    assert error.value.code == code
    assert error.value.message


def for_tenant(sql, tenant):
    """A statement that names the tenant demo, as a user of another tenant would write it."""
    return sql.replace("'demo'", quoted(tenant))


@pytest.mark.parametrize("tenant", TENANTS)
@pytest.mark.parametrize("sql", ACCEPTED)
def test_accepted_statements_are_restricted(sql, tenant):
    """Each table of a statement is replaced by the tenant's rows, for any name of a tenant."""
    tables = assert_reads_only(restrict_to_tenant(for_tenant(sql, tenant), tenant), tenant)
    assert (tables > 0) == any(table in sql.lower() for table in TABLES)


def test_tables_keep_their_aliases():
    """The rest of the statement refers to a table by the same name as before."""
    own = "(SELECT * FROM raw WHERE tenant_id = 'demo')"
    sql = restrict_to_tenant("SELECT raw.id, r.id FROM raw, raw r", "demo")
    assert sql == f"SELECT raw.id, r.id FROM {own} AS raw, {own} AS r"
    sql = restrict_to_tenant("SELECT d.id FROM documents, documents d", "demo")
    aliases = [query.alias for query in sqlglot.parse_one(sql).args["from_"].find_all(exp.Subquery)]
    assert aliases[0] == "documents"
    assert sqlglot.parse_one(sql).args["joins"][0].this.alias == "d"


@pytest.mark.parametrize("day", [FIRST_DAY, "2026-11-20"])
def test_documents_are_read_as_the_view_reads_them(day):
    """Up to a day from Parquet, then JSON, with the view's columns and expressions."""
    sql = restrict_to_tenant("SELECT * FROM documents", "demo", compacted_to=day)
    own = next(sqlglot.parse_one(sql, dialect="athena").find_all(exp.Subquery)).this
    view = sqlglot.parse_one(documents_view(day), dialect="athena").expression
    for select in own.find_all(exp.Select):
        where = select.args.get("where")
        if where and isinstance(where.this, exp.And) and "dt" in where.sql():
            where.set("this", where.this.expression)  # without the tenant
    for select in view.find_all(exp.Select):
        select.set("expressions", [e for e in select.expressions if e.alias != "definition"])
    assert own == view


def test_union_of_a_star_is_refused():
    """The parser accepts it, though it is no query."""
    with pytest.raises(QueryRefused, match="not Athena's SQL"):
        restrict_to_tenant("* UNION SELECT 1", "demo")


WITHOUT_SQLGLOT = """
import importlib, importlib.util, json, pathlib, pkgutil, sys
sys.modules["sqlglot"] = None
sys.path.insert(0, "")
import echostream, echostream_client
failed = {}
for package in (echostream, echostream_client):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        try:
            importlib.import_module(module.name)
        except ImportError as error:
            failed[module.name] = str(error)
handlers = sorted(pathlib.Path("lambdas").glob("*/handler.py"))
for path in handlers:
    sys.path[0] = str(path.parent)
    sys.modules.pop("wiring", None)  # that of another function
    spec = importlib.util.spec_from_file_location("handler", path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
print(json.dumps([sorted(failed), len(handlers)]))
"""


def test_no_function_needs_sqlglot():
    """The layers have no sqlglot. Three modules, which no function imports, need it."""
    process = subprocess.run(
        [sys.executable, "-c", WITHOUT_SQLGLOT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    failed, handlers = json.loads(process.stdout.splitlines()[-1])
    assert failed == [
        "echostream_client.sql_parser",
        "echostream_client.tenant_lake",
        "echostream_client.tenant_sql",
    ]
    assert handlers >= 5


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM documents",
        "SELECT * FROM (SELECT * FROM documents WHERE tenant_id = 'demo') AS documents",
        "SELECT * FROM (SELECT * FROM raw WHERE tenant_id = 'acme') AS raw",
        "SELECT * FROM (SELECT * FROM raw WHERE tenant_id = 'demo' OR true) AS raw",
        "SELECT * FROM (SELECT * FROM raw WHERE tenant_id = 'demo') AS raw, enriched",
        "SELECT * FROM (SELECT * FROM raw WHERE tenant_id = 'demo') AS raw JOIN raw AS r ON true",
        "WITH x AS (SELECT * FROM raw) SELECT * FROM x",
    ],
)
def test_verification_refuses_an_unrestricted_table(sql):
    """The generated statement is verified before it is run."""
    with pytest.raises(QueryRefused, match="is ambiguous"):
        _verify(sql, _own_rows("demo", FIRST_DAY))
