"""`make query`: the shipped queries, tables, CSV, and refused statements."""

import csv
import io

import pytest
import sqlglot

from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port
from tests.commands import run

QUERIES = sorted((ROOT / "queries").glob("*.sql"))
LOVED, HATED = "I love it, wonderful!", "I hate it, awful, awful!"


@pytest.fixture(scope="module")
def query(settings, sandbox):
    """Runs `echostream query` on the tests' sandbox."""

    def query(*arguments, **environment):
        return run({**settings.environment(), **environment}, "query", *arguments)

    return query


@pytest.fixture(scope="module")
def source(client):
    """The source of seven documents with ratings; the first one is sent twice."""
    name = "sql-query"
    texts = [LOVED] * 4 + [HATED] * 3
    documents = [
        {"id": f"{name}-{i}", "text": text, "source": name, "author": f"a{i % 2}"}
        | {"rating": i % 5 + 1, "attributes": {"app: version": f"2.{i % 2}"}}
        for i, text in enumerate(texts)
    ]
    client.ingest(documents)
    client.ingest(documents[:1])
    return name


def read_csv(process):
    assert process.returncode == 0, process.stderr
    return list(csv.reader(io.StringIO(process.stdout, newline="")))


def test_table_has_each_document_once(query, source):
    """Counts by sentiment, then rows, time, bytes and price."""
    sql = f"SELECT sentiment, count(*) AS n FROM documents WHERE source = '{source}' GROUP BY 1"
    process = query("--sql", f"{sql} ORDER BY 1")
    assert process.returncode == 0, process.stderr
    lines = process.stdout.splitlines()
    assert [line.split() for line in lines[2:4]] == [["NEGATIVE", "3"], ["POSITIVE", "4"]]
    assert lines[-1].startswith("2 rows, ")
    assert "scanned, $0.00005 on AWS" in lines[-1]


def test_stdout_has_only_csv(query, source):
    """Statistics go to stderr, so that a program can read stdout."""
    sql = f"SELECT id, fallback, text FROM documents WHERE source = '{source}' ORDER BY id"
    process = query("--sql", sql, "--format", "csv", "--rows", "5")
    rows = read_csv(process)
    assert rows[0] == ["id", "fallback", "text"]
    assert rows[1:] == [[f"{source}-{i}", "", text] for i, text in enumerate([LOVED] * 4 + [HATED])]
    assert "the first 5 rows" in process.stderr


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.name)
def test_shipped_query_returns_rows(query, source, path):
    """It is one statement of Athena's SQL, starts with its question, and names no tenant."""
    sql = path.read_text("utf-8")
    assert sql.startswith("-- ")
    assert len(sqlglot.parse(sql, dialect="athena")) == 1
    assert "tenant_id" not in sql
    assert len(read_csv(query("--file", str(path), "--format", "csv"))) > 1


def test_ratings_are_compared_with_scores(query, source):
    """By source, and by the values of an attribute, which may have any name."""
    by_source = query("--file", "queries/10-ratings-against-scores.sql", "--format", "csv")
    header, *rows = read_csv(by_source)
    assert header == ["source", "rated", "percent_disagree", "mean_rating", "mean_compound"]
    [row] = [row for row in rows if row[0] == source]
    assert row[:4] == [source, "7", "42.9", "2.57"]  # 1 and 2 stars and loved, 5 stars and hated
    by_attribute = query("--file", "queries/11-ratings-by-attribute.sql", "--format", "csv")
    rows = [row[:4] for row in read_csv(by_attribute) if row[0] == "app: version"]
    assert rows == [
        ["app: version", "2.0", "4", "2.75"],
        ["app: version", "2.1", "3", "2.33"],
    ]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT nope FROM documents", "nope"),
        ("SELECT (1", "line 1, column"),
        ("DROP TABLE documents", "only SELECT"),
        ("SELECT 1; SELECT 2", "one at a time"),
        ("SELECT * FROM documents WHERE tenant_id = 'acme'", "another tenant"),
        ("SELECT * FROM enriched", "use documents or raw"),
        ("", "write a SELECT"),
    ],
)
def test_refused_statement_has_a_message_of_one_line(query, sql, message):
    """The exit code is 1, and stdout is empty."""
    process = query("--sql", sql)
    assert process.returncode == 1
    assert process.stdout == ""
    [line] = process.stderr.splitlines()
    assert line.startswith("error: ")
    assert message in line


def test_tenant_without_documents_has_no_rows(query, source):
    """The result has its columns."""
    process = query("--sql", "SELECT id FROM documents", "--tenant", "acme", "--format", "csv")
    assert read_csv(process) == [["id"]]


def test_impossible_tenant_is_refused(query):
    """It has no audit log, in which the statement would be."""
    process = query("--sql", "SELECT id FROM documents", "--tenant", "o'brien/x")
    assert process.returncode == 1
    assert "a tenant's name has" in process.stderr


def test_empty_tenant_allows_any_statement(query):
    """For operators."""
    process = query("--sql", "SHOW TABLES", "--tenant", "")
    assert process.returncode == 0, process.stderr
    assert {"documents", "raw"} <= set(process.stdout.split())


def test_query_over_the_limit_is_refused(query, source, settings, sandbox):
    """With Athena's own message about the workgroup's limit."""
    athena = settings.target.client("athena")
    group = settings.target.outputs()["TenantWorkGroup"]
    configuration = athena.get_work_group(WorkGroup=group)["WorkGroup"]["Configuration"]
    before = int(configuration["BytesScannedCutoffPerQuery"])  # text in the emulator
    raw = "raw/tenant_id=demo/dt=2026-01-01/hour=00/wide.json.gz"
    s3 = settings.target.client("s3")
    s3.put_object(Bucket=sandbox["LAKE_BUCKET"], Key=raw, Body=b"\n" * 11_000_000)
    try:
        limit = {"BytesScannedCutoffPerQuery": 10_000_000}
        athena.update_work_group(WorkGroup=group, ConfigurationUpdates=limit)
        process = query("--sql", "SELECT count(text) FROM raw")
    finally:
        s3.delete_object(Bucket=sandbox["LAKE_BUCKET"], Key=raw)
        limit = {"BytesScannedCutoffPerQuery": before}
        athena.update_work_group(WorkGroup=group, ConfigurationUpdates=limit)
    assert process.returncode == 1
    assert "Bytes scanned limit" in process.stderr


def test_unreadable_object_is_quarantined(query, source, settings, sandbox, client):
    """The query names it, and its result does not change."""
    s3, bucket = settings.target.client("s3"), sandbox["LAKE_BUCKET"]
    objects = s3.list_objects_v2(Bucket=bucket, Prefix="enriched/tenant_id=demo/")["Contents"]
    broken = objects[-1]["Key"].rpartition("/")[0] + "/broken.json.gz"
    s3.put_object(Bucket=bucket, Key=broken, Body=b"not gzip at all")
    process = query("--sql", f"SELECT count(*) AS n FROM documents WHERE source = '{source}'")
    assert process.returncode == 0, process.stderr
    assert process.stdout.splitlines()[2].strip() == "7"
    assert f"quarantined: s3://{bucket}/{broken}" in process.stdout
    s3.head_object(Bucket=bucket, Key=f"quarantine/{broken}")


def test_query_without_a_sandbox_is_refused(query, tmp_path):
    """The message names the command that starts one."""
    process = query("--sql", "SELECT 1", STATE_DIR=str(tmp_path), EMULATOR_PORT=str(free_port()))
    assert process.returncode == 1
    assert "make up" in process.stderr


def test_missing_file_is_refused(query):
    """The message names it."""
    process = query("--file", "nowhere.sql")
    assert process.returncode == 1
    assert "nowhere.sql" in process.stderr
