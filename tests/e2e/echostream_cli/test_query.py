"""SQL over the lake from a shell: the shipped queries, tables, CSV, and what is refused."""

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
    """`python -m echostream_cli query`, against the tests' sandbox."""

    def ask(*arguments, **environment):
        return run({**settings.environment(), **environment}, "query", *arguments)

    return ask


@pytest.fixture(scope="module")
def source(client):
    """The source of seven documents, of which one was sent twice."""
    name = "asked-by-sql"
    texts = [LOVED] * 4 + [HATED] * 3
    made = [
        {"id": f"{name}-{i}", "text": text, "source": name, "author": f"a{i % 2}"}
        for i, text in enumerate(texts)
    ]
    client.ingest(made)
    client.ingest(made[:1])
    return name


def read_csv(done):
    assert done.returncode == 0, done.stderr
    return list(csv.reader(io.StringIO(done.stdout, newline="")))


def test_counts_what_was_sent(query, source):
    """By sentiment, each document once; the table says rows, time, bytes and dollars."""
    sql = f"SELECT sentiment, count(*) AS n FROM documents WHERE source = '{source}' GROUP BY 1"
    done = query("--sql", f"{sql} ORDER BY 1")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split() for line in lines[2:4]] == [["NEGATIVE", "3"], ["POSITIVE", "4"]]
    assert lines[-1].startswith("2 rows, ")
    assert "scanned, $0.00005 on AWS" in lines[-1]


def test_csv_is_all_that_goes_to_stdout(query, source):
    """What was read beside the rows goes to stderr, so that a program can read stdout."""
    sql = f"SELECT id, fallback, text FROM documents WHERE source = '{source}' ORDER BY id"
    done = query("--sql", sql, "--format", "csv", "--rows", "5")
    rows = read_csv(done)
    assert rows[0] == ["id", "fallback", "text"]
    assert rows[1:] == [[f"{source}-{i}", "", text] for i, text in enumerate([LOVED] * 4 + [HATED])]
    assert "the first 5 rows" in done.stderr


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.name)
def test_shipped_query(query, source, path):
    """Is Athena's SQL, starts with what it answers, names no tenant, and answers with rows."""
    sql = path.read_text("utf-8")
    assert sql.startswith("-- ")
    assert len(sqlglot.parse(sql, dialect="athena")) == 1
    assert "tenant_id" not in sql
    assert len(read_csv(query("--file", str(path), "--format", "csv"))) > 1


@pytest.mark.parametrize(
    ("sql", "says"),
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
def test_says_in_one_line_what_is_wrong(query, sql, says):
    """And exits with 1, with nothing on stdout."""
    done = query("--sql", sql)
    assert done.returncode == 1
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert says in line


def test_another_tenant_has_other_documents(query, source):
    """Of which there are none; a quote and a slash in its name change nothing."""
    for tenant in ("acme", "o'brien/x"):
        done = query("--sql", "SELECT id FROM documents", "--tenant", tenant, "--format", "csv")
        assert read_csv(done) == [["id"]]


def test_an_operator_sends_any_statement(query):
    """With an empty tenant, as it stands."""
    done = query("--sql", "SHOW TABLES", "--tenant", "")
    assert done.returncode == 0, done.stderr
    assert {"documents", "raw"} <= set(done.stdout.split())


def test_reads_too_much(query, source, settings, sandbox):
    """Past the workgroup's limit, Athena's own message."""
    athena = settings.target.client("athena")
    group = sandbox["WORKGROUP"]
    found = athena.get_work_group(WorkGroup=group)["WorkGroup"]["Configuration"]
    before = int(found["BytesScannedCutoffPerQuery"])  # the emulator gives it as text
    raw = "raw/tenant_id=demo/dt=2026-01-01/hour=00/wide.json.gz"
    s3 = settings.target.client("s3")
    s3.put_object(Bucket=sandbox["LAKE_BUCKET"], Key=raw, Body=b"\n" * 11_000_000)
    try:
        limit = {"BytesScannedCutoffPerQuery": 10_000_000}
        athena.update_work_group(WorkGroup=group, ConfigurationUpdates=limit)
        done = query("--sql", "SELECT count(text) FROM raw")
    finally:
        s3.delete_object(Bucket=sandbox["LAKE_BUCKET"], Key=raw)
        limit = {"BytesScannedCutoffPerQuery": before}
        athena.update_work_group(WorkGroup=group, ConfigurationUpdates=limit)
    assert done.returncode == 1
    assert "Bytes scanned limit" in done.stderr


def test_an_object_that_nobody_can_unpack(query, source, settings, sandbox, client):
    """Is set aside and named, and the answer is as if it had not been there."""
    s3, bucket = settings.target.client("s3"), sandbox["LAKE_BUCKET"]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="enriched/tenant_id=demo/")["Contents"]
    broken = listed[-1]["Key"].rpartition("/")[0] + "/broken.json.gz"
    s3.put_object(Bucket=bucket, Key=broken, Body=b"not gzip at all")
    done = query("--sql", f"SELECT count(*) AS n FROM documents WHERE source = '{source}'")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[2].strip() == "7"
    assert f"quarantined: s3://{bucket}/{broken}" in done.stdout
    s3.head_object(Bucket=bucket, Key=f"quarantine/{broken}")


def test_without_a_sandbox(query, tmp_path):
    """Says how to start one."""
    done = query("--sql", "SELECT 1", STATE_DIR=str(tmp_path), EMULATOR_PORT=str(free_port()))
    assert done.returncode == 1
    assert "make up" in done.stderr


def test_a_file_that_is_not_there(query):
    """Is named."""
    done = query("--file", "nowhere.sql")
    assert done.returncode == 1
    assert "nowhere.sql" in done.stderr
