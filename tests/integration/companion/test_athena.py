"""The companion's Athena over the emulator's Glue and S3, spoken to as on AWS."""

import gzip
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from echostream.adapters.athena import Athena
from echostream.domain.errors import QueryRefused
from echostream_cli.paths import ROOT

LISTED = yaml.safe_load((ROOT / "docs" / "athena-statements.yaml").read_text())
STATEMENTS = [statement for area in LISTED for statement in area["statements"]]
EVENTS = {
    "2026-01-01/a.json.gz": [
        {
            "id": "a",
            "at": "2026-01-01T10:00:00Z",
            "n": 1,
            "tags": ["x", "y"],
            "place": {"city": "Bonn", "zip": 53111, "more": 1},
            "props": {"k": "v"},
        },
        {"id": "b", "n": 2, "tags": ["z"]},
    ],
    "2026-01-02/b.json": [{"id": "c"}, {"ID": "d", "n": None}],
}


@pytest.fixture(scope="module")
def database(settings, sandbox):
    """An empty database, with files of several formats beside it."""
    glue, s3 = settings.target.client("glue"), settings.target.client("s3")
    bucket = sandbox["LAKE_BUCKET"]
    for name, rows in EVENTS.items():
        body = "".join(json.dumps(row) + "\n" for row in rows).encode()
        key = f"conformance/events/dt={name}"
        s3.put_object(
            Bucket=bucket, Key=key, Body=gzip.compress(body) if name.endswith("gz") else body
        )
    csv = b"name,value\na,1.5\nb,much\n"
    s3.put_object(Bucket=bucket, Key="conformance/readings/r.csv", Body=csv)
    glue.create_database(DatabaseInput={"Name": "conformance"})
    return "conformance"


@pytest.fixture(scope="module")
def athena(settings, sandbox, database):
    """Athena over that database, with the table `events` there and both its days known."""
    client = Athena(settings.target.client("athena"), sandbox["WORKGROUP"], database)
    for statement in STATEMENTS[:3]:
        client.query(statement["sql"].replace("{bucket}", sandbox["LAKE_BUCKET"]))
    return client


def outcome(athena, statement, bucket):
    """What is wrong with what a statement gives; empty where nothing is."""
    try:
        found = athena.query(statement["sql"].replace("{bucket}", bucket)).rows
    except QueryRefused as refused:
        if refused.message.startswith(statement.get("fails", "\0")):
            return ""
        return f"failed: {refused.message}"
    if "fails" in statement:
        return f"gave {found}, should fail: {statement['fails']}"
    wanted = [tuple(row) for row in statement.get("rows", [])]
    if "rows" in statement and sorted(map(str, found)) != sorted(map(str, wanted)):
        return f"gave {found}, should give {wanted}"
    return ""


def test_every_listed_statement_gives_what_the_list_says(athena, sandbox):
    """docs/athena-statements.yaml is true, statement by statement (the fixture runs the first)."""
    wrong = {}
    for statement in STATEMENTS[3:]:
        problem = outcome(athena, statement, sandbox["LAKE_BUCKET"])
        if problem:
            wrong[statement["sql"]] = problem
    assert not wrong, "\n".join(f"{sql}\n    {problem}" for sql, problem in wrong.items())


def test_only_the_partitions_asked_for_are_read(athena, settings, sandbox):
    """The bytes are those of the objects below the day, not of the table."""
    s3, bucket = settings.target.client("s3"), sandbox["LAKE_BUCKET"]
    folder = "conformance/events/dt=2026-01-02/"
    [object_] = s3.list_objects_v2(Bucket=bucket, Prefix=folder)["Contents"]
    sql = "SELECT count(*) FROM (SELECT * FROM events) WHERE dt = '2026-01-02'"
    assert athena.query(sql).bytes_scanned == object_["Size"]
    assert athena.query("SELECT 1").dollars == 0


def test_a_query_that_reads_too_much_is_stopped(settings, sandbox, database, name):
    """At the work group's limit (AWS takes none below 10 MB) it is cancelled, and says why."""
    client, bucket = settings.target.client("athena"), sandbox["LAKE_BUCKET"]
    limited = {
        "BytesScannedCutoffPerQuery": 10_000_000,
        "ResultConfiguration": {"OutputLocation": f"s3://{bucket}/results/"},
    }
    client.create_work_group(Name=name, Configuration=limited)
    row = json.dumps({"id": "x" * 1000}) + "\n"
    for part in range(2):
        key = f"conformance/{name}/{part}.json"
        settings.target.client("s3").put_object(Bucket=bucket, Key=key, Body=row.encode() * 6_000)
    wide = Athena(client, name, database)
    wide.query(
        f"CREATE EXTERNAL TABLE {name} (id string) ROW FORMAT SERDE"
        " 'org.openx.data.jsonserde.JsonSerDe'"
        f" LOCATION 's3://{bucket}/conformance/{name}/'"
    )
    with pytest.raises(QueryRefused, match="Bytes scanned limit was exceeded"):
        wide.query(f"SELECT count(*) FROM {name}")
    wide.query(f"DROP TABLE {name}")


def test_a_query_that_nobody_waits_for_is_stopped(settings, sandbox, athena, database):
    """Ctrl-C while waiting ends the query at Athena too."""
    slow = "SELECT count(*) FROM UNNEST(sequence(1, 9000)) a(x), UNNEST(sequence(1, 9000)) b(y),"
    slow += " UNNEST(sequence(1, 9000)) c(z) WHERE x + y + z < 0"
    seen = []

    def interrupt(execution):
        if execution["Status"]["State"] == "RUNNING":
            seen.append(execution["QueryExecutionId"])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        athena.query(slow, on_poll=interrupt)
    found = settings.target.client("athena").get_query_execution(QueryExecutionId=seen[0])
    assert found["QueryExecution"]["Status"]["State"] == "CANCELLED"
    assert athena.query("SELECT 1").rows == [("1",)]


def test_many_at_once(athena):
    """Queries of several callers do not meet each other's tables or results."""
    days = ["2026-01-01", "2026-01-02"] * 8

    def ids(day):
        return athena.query(f"SELECT id FROM events WHERE dt = '{day}' ORDER BY id").rows

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ids, days))
    assert found == [[("a",), ("b",)], [("c",), ("d",)]] * 8


def test_the_aws_command(settings, athena, database):
    """The AWS CLI, unmodified, with what `make outputs` and the environment give it."""
    aws = Path(sys.executable).with_name("aws")
    command = [aws, "athena", "list-table-metadata", "--catalog-name", "AwsDataCatalog"]
    command += ["--database-name", database, "--query", "TableMetadataList[].Name"]
    environment = settings.target.environment()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "events" in json.loads(done.stdout)


def test_a_tenant_must_be_named(settings, sandbox):
    """Tables of the lake are not read across tenants by leaving the tenant out."""
    client = settings.target.client("athena")
    lake = Athena(client, sandbox["WORKGROUP"], sandbox["DATABASE"])
    for table in ("raw", "enriched"):
        with pytest.raises(QueryRefused, match="injected projected partition column tenant_id"):
            lake.query(f"SELECT count(*) FROM {table}")
        assert lake.query(f"SELECT count(*) FROM {table} WHERE tenant_id = 'o''x/\"'").rows == [
            ("0",)
        ]
