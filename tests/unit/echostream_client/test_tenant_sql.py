"""Whatever statement a user writes, it reads one tenant's documents or is refused."""

import json
import random
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack, suppress
from functools import partial
from itertools import chain

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp
from sqlglot.dialects import Trino
from sqlglot.optimizer.scope import traverse_scope

from echostream.domain.errors import QueryRefused
from echostream_cli.paths import ROOT
from echostream_client import tenant_sql
from echostream_client.tenant_sql import TABLES, _verify, restrict_to_tenant
from tests.statements import (
    ACME,
    CONSTRUCTS,
    FORBIDDEN,
    LAKE,
    OFFENCES,
    TENANTS,
    quoted,
    statements,
    write,
)

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
    # What sqlglot raises other errors for than its own
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
    "SELECT * FROM documents CROSS JOIN LATERAL read_parquet('s3://x/y') AS t": "table_function",
    "SELECT * FROM documents, LATERAL read_text('s3://x') AS t(file)": "table_function",
    "SELECT * FROM documents LATERAL VIEW explode(text) t AS x": "table_function",
    "SELECT explode(text) FROM documents": "table_function",
    "SELECT * FROM documents FOR TIMESTAMP AS OF now()": "table_option",
    "WITH raw AS (SELECT 1) SELECT * FROM raw FOR TIMESTAMP AS OF now()": "table_option",
    "WITH enriched AS (SELECT 1) SELECT * FROM enriched FOR VERSION AS OF 1": "table_option",
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
]
HEAP = r"""
SELECT * FROM documents raw enriched WHERE tenant_id = 'acme' 'demo' ( ) , JOIN ON TRUE WITH a AS
UNION TABLE "documents" "documents$partitions" x.documents -- /* */ ' " U&'\0041' LATERAL UNNEST
VALUES 1 ; EXISTS IN LIMIT \ `documents` ORDER BY id a.id RECURSIVE TABLESAMPLE U&'+0041' U&'(1'
UESCAPE '+' '(' '\' '' FETCH FIRST OFFSET CASE WHEN END [ ] { } ? :: -> => INTERVAL DATE X'zz' 1e
GROUPING SETS OVER FILTER AT TIME ZONE ROWS PERCENT BETWEEN ANY NOT"""


def constant(source):
    """VALUES in a join in parentheses, which sqlglot takes for a table."""
    return isinstance(source, exp.Table) and isinstance(source.this, exp.Values)


def assert_reads_only(sql, tenant):
    """By another way than the rewriting's: sqlglot's scopes say which tables are read, how many."""
    tree = sqlglot.parse_one(sql, dialect="athena")
    for name in tree.find_all(exp.Identifier):
        name.set("this", name.name.lower())  # Trino tells no names apart by case, quoted or not
    tables = 0
    for scope in traverse_scope(tree):
        read = [source for _, source in scope.selected_sources.values() if not constant(source)]
        if any(isinstance(source, exp.Table) for source in read):
            [table] = read
            assert table.name in TABLES
            assert not table.db
            where = scope.expression.args["where"].this
            assert where == exp.column("tenant_id").eq(exp.Literal.string(tenant))
            tables += 1
    return tables


@pytest.mark.parametrize(("sql", "code"), REFUSED.items(), ids=lambda part: part[:60])
def test_refuses(sql, code):
    """What writes, reads elsewhere or names another tenant is refused, and the message says why."""
    with pytest.raises(QueryRefused) as refused:
        restrict_to_tenant(sql, "demo")
    assert refused.value.code == code
    assert refused.value.message


def named(sql, tenant):
    """A statement that names the tenant demo, for another one: as its own user would write it."""
    return sql.replace("'demo'", quoted(tenant))


@pytest.mark.parametrize("tenant", TENANTS)
@pytest.mark.parametrize("sql", TAKEN)
def test_keeps_to_one_tenant(sql, tenant):
    """Every table of a statement is the tenant's part of it, whatever the tenant is called."""
    assert_reads_only(restrict_to_tenant(named(sql, tenant), tenant), tenant)


def test_names_stay():
    """A table keeps the name by which the rest of the statement calls it."""
    own = "(SELECT * FROM documents WHERE tenant_id = 'demo')"
    found = restrict_to_tenant("SELECT documents.id, d.id FROM documents, documents d", "demo")
    assert found == f"SELECT documents.id, d.id FROM {own} AS documents, {own} AS d"


@pytest.mark.parametrize(
    ("given", "limit"),
    [
        ("", "LIMIT 11"),
        ("LIMIT 5", "LIMIT 5"),
        ("LIMIT 5000", "LIMIT 11"),
        ("LIMIT ALL", "LIMIT 11"),
        ("ORDER BY 1", "LIMIT 11"),
        ("FETCH FIRST 5 ROWS ONLY", "FETCH FIRST 5 ROWS ONLY"),
        ("FETCH FIRST ROW ONLY", "FETCH FIRST ROWS ONLY"),
        ("FETCH FIRST 5000 ROWS ONLY", "LIMIT 11"),
    ],
)
def test_computes_no_more_than_is_read(given, limit):
    """One row more than asked for at most, so that a reader knows whether there are more."""
    assert restrict_to_tenant(f"SELECT id FROM documents {given}", "demo", 10).endswith(f" {limit}")


def test_limits_what_is_joined_too():
    """Unions get their limit as a whole, and keep their order."""
    found = restrict_to_tenant("TABLE documents UNION ALL TABLE raw ORDER BY 1", "demo", 10)
    assert found.endswith("ORDER BY 1 LIMIT 11")


def test_both_sides_of_a_union_are_queries():
    """A star alone is none, though the parser takes it."""
    with pytest.raises(QueryRefused, match="not Athena's SQL"):
        restrict_to_tenant("* UNION SELECT 1", "demo")


def rows(database, sql):
    """What a statement gives, in whatever order."""
    return Counter(database.execute(sql).fetchall())


ONE_THREAD = {"threads": 1}


@pytest.fixture(scope="module")
def everybody():
    """A lake that holds documents of every tenant, of one that nobody is, and of no tenant."""
    with duckdb.connect(config=ONE_THREAD) as database:
        fill(database, (*LAKE, *FORBIDDEN, '"documents$partitions"'), [*TENANTS, ACME, None])
        yield database


@pytest.fixture(scope="module")
def alone():
    """By tenant, a lake that holds nothing but this tenant's documents and raw texts."""
    with ExitStack() as stack:
        databases = {
            tenant: stack.enter_context(duckdb.connect(config=ONE_THREAD)) for tenant in TENANTS
        }
        for tenant, database in databases.items():
            fill(database, LAKE, [tenant])
        yield databases


def fill(database, tables, tenants):
    """Each table has rows of each tenant: some in both tables, one of them twice."""
    for table in tables:
        database.execute(f"CREATE TABLE {table} (id VARCHAR, tenant_id VARCHAR, text VARCHAR)")
        numbers = (1, 2, 3) if table == "documents" else (2, 3, 3, 4)
        given_rows = [(f"{t}|{n}", t, f"{t}|some words {n}") for t in tenants for n in numbers]
        database.execute(
            f"INSERT INTO {table} VALUES {', '.join(['(?, ?, ?)'] * len(given_rows))}",
            list(chain(*given_rows)),
        )


def assert_kept_apart(statement, written, everybody, alone, most_rows=None):
    """What is run gives over everybody's lake what the statement gives over the tenant's own."""
    found = rows(everybody, written)
    own = rows(alone[statement.tenant], statement.sql)
    if most_rows is None:
        assert found == own
    else:
        assert found <= own
        assert found.total() == min(own.total(), most_rows + 1)
    others = {*TENANTS, ACME, None} - {statement.tenant}
    cells = {cell for row in found for cell in row if cell is not None}
    assert not cells & {other for other in others if other}
    assert not any(cell.startswith(f"{other}|") for cell in cells for other in others)


@settings(max_examples=120, deadline=None)
@given(statements(), st.sampled_from([None, None, 2]))
def test_anything_is_kept_to_one_tenant_or_refused(everybody, alone, statement, most_rows):
    """A statement gives what it would give if no other tenant had a document; or is refused."""
    if statement.codes:
        with pytest.raises(QueryRefused) as refused:
            restrict_to_tenant(statement.sql, statement.tenant, most_rows)
        assert refused.value.code in statement.codes
    else:
        written = restrict_to_tenant(statement.sql, statement.tenant, most_rows)
        assert_kept_apart(statement, written, everybody, alone, most_rows)
        if "WITH before parentheses" not in statement.constructs:  # sqlglot's scopes lose that WITH
            assert (assert_reads_only(written, statement.tenant) > 0) == statement.reads_lake


def examples(number):
    """The same statements in every run."""
    return [write(random.Random(seed).choice) for seed in range(number)]  # noqa: S311


def test_most_statements_of_the_grammar_are_accepted_and_read():
    """The property above is about what is accepted, and about all that SQL can be made of."""
    written = examples(600)
    accepted = [statement for statement in written if not statement.codes]
    assert len(accepted) > 0.7 * len(written)
    assert sum(statement.reads_lake for statement in accepted) > 0.6 * len(written)
    assert set().union(*(statement.constructs for statement in accepted)) == CONSTRUCTS
    assert {statement.tenant for statement in accepted} == set(TENANTS)


def test_one_offence_is_enough():
    """A statement of which one part alone must be refused is refused for it, for each kind."""
    bad = [statement for statement in examples(600) if len(statement.codes) == 1]
    assert set().union(*(statement.codes for statement in bad)) == OFFENCES
    for statement in bad:
        with pytest.raises(QueryRefused) as refused:
            restrict_to_tenant(statement.sql, statement.tenant)
        assert {refused.value.code} == statement.codes


def own_conditions(tree, tenant):
    """The conditions that the rewriting added; users' own name a table before the column."""
    own = exp.column("tenant_id").eq(exp.Literal.string(tenant))
    return [where for where in tree.find_all(exp.Where) if where.this == own]


def nothing(rewrite, tree, tenant):
    return tree


def for_another(rewrite, tree, tenant):
    return rewrite(tree, ACME)


def all_but_one(rewrite, tree, tenant):
    tree = rewrite(tree, tenant)
    own_conditions(tree, tenant)[-1].pop()
    return tree


def with_a_way_out(rewrite, tree, tenant):
    tree = rewrite(tree, tenant)
    for where in own_conditions(tree, tenant):
        where.set("this", exp.or_(where.this, exp.true()))
    return tree


@pytest.mark.parametrize("fault", [nothing, for_another, all_but_one, with_a_way_out])
def test_a_fault_of_the_rewriting_lets_nothing_out(fault, monkeypatch):
    """A table that the rewriting left open is seen in what was written, which is not run."""
    monkeypatch.setattr(tenant_sql, "_filtered", partial(fault, tenant_sql._filtered))
    written = examples(60)
    reading = [one for one in written if one.reads_lake and not one.codes]
    assert len(reading) > 30
    for statement in reading:
        with pytest.raises(QueryRefused, match="statement is ambiguous"):
            restrict_to_tenant(statement.sql, statement.tenant)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(TAKEN), st.text(min_size=1, max_size=12))
def test_any_tenant_is_a_literal(sql, tenant):
    """No tenant's name ends its literal."""
    assert_reads_only(restrict_to_tenant(named(sql, tenant), tenant), tenant)


FRAGMENTS = (*HEAP.split(), *(f"{name}(" for name in sorted(Trino.Parser.FUNCTIONS)))
HEAPS = st.one_of(
    st.lists(st.sampled_from(FRAGMENTS), max_size=16),
    st.tuples(
        st.sampled_from([*TAKEN, *REFUSED]).map(str.split),
        st.lists(st.tuples(st.integers(0, 12), st.sampled_from(FRAGMENTS)), max_size=3),
    ).map(lambda parts: with_words_between(*parts)),
).map(" ".join)


def with_words_between(words, more):
    for place, word in more:
        words = [*words[:place], word, *words[place:]]
    return words


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(), st.text().map("SELECT {}".format), HEAPS), st.sampled_from([None, 10]))
def test_any_text_is_kept_to_one_tenant_or_refused(sql, most_rows):
    """Whatever is sent as a statement, nothing but a refusal is raised."""
    with suppress(QueryRefused):
        assert_reads_only(restrict_to_tenant(sql, "demo", most_rows), "demo")


WITHOUT_SQLGLOT = """
import importlib, importlib.util, json, pathlib, pkgutil, sys
sys.modules["sqlglot"] = None
import echostream, echostream_client
failed = {}
for package in (echostream, echostream_client):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        try:
            importlib.import_module(module.name)
        except ImportError as error:
            failed[module.name] = str(error)
sys.path.insert(0, "lambdas/producer")
handlers = sorted(pathlib.Path("lambdas").glob("*/handler.py"))
for path in handlers:
    spec = importlib.util.spec_from_file_location("handler", path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
print(json.dumps([sorted(failed), len(handlers)]))
"""


def test_no_lambda_needs_sqlglot():
    """The layer has no sqlglot: every handler, and all but what callers use, goes without."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SQLGLOT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    failed, handlers = json.loads(done.stdout.splitlines()[-1])
    assert failed == ["echostream_client.tenant_lake", "echostream_client.tenant_sql"]
    assert handlers >= 5


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
    with pytest.raises(QueryRefused, match="statement is ambiguous"):
        _verify(written, "demo")
