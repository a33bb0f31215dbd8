"""The companion's Athena over the emulator's Glue and S3, through boto3 and the AWS CLI."""

import gzip
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from echostream.adapters.athena import Athena
from echostream.domain.errors import QueryRefused, TryAgain
from echostream_cli.paths import ROOT

AREAS = yaml.safe_load((ROOT / "docs" / "athena-statements.yaml").read_text())
STATEMENTS = [statement for area in AREAS for statement in area["statements"]]
EVENTS: dict[str, list[dict[str, Any]]] = {
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
    """An empty database, with files of several formats in the lake."""
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
    """Athena on that database, with the table `events` and its two partitions."""
    client = Athena(settings.target.client("athena"), sandbox["WORKGROUP"], database)
    for statement in STATEMENTS[:3]:
        client.query(statement["sql"].replace("{bucket}", sandbox["LAKE_BUCKET"]))
    return client


def find_difference(athena, statement, bucket):
    """How a statement's result differs from the documented one; empty if it does not."""
    try:
        rows = athena.query(statement["sql"].replace("{bucket}", bucket)).rows
    except QueryRefused as error:
        if error.message.startswith(statement.get("fails", "\0")):
            return ""
        return f"failed: {error.message}"
    if "fails" in statement:
        return f"returned {rows}, expected the error: {statement['fails']}"
    expected = [tuple(row) for row in statement.get("rows", [])]
    if "rows" in statement and sorted(map(str, rows)) != sorted(map(str, expected)):
        return f"returned {rows}, expected {expected}"
    return ""


def test_documented_statements_return_the_documented_results(athena, sandbox):
    """Each statement of docs/athena-statements.yaml; the fixture runs the first three."""
    differences = {}
    for statement in STATEMENTS[3:]:
        difference = find_difference(athena, statement, sandbox["LAKE_BUCKET"])
        if difference:
            differences[statement["sql"]] = difference
    assert not differences, "\n".join(f"{sql}\n    {text}" for sql, text in differences.items())


@pytest.mark.parametrize("deletions", [1, 2])
def test_result_that_is_deleted_before_it_is_read(settings, sandbox, database, deletions):
    """An erasure deletes results: the statement runs once more, and the second time it fails."""
    client = settings.target.client("athena")
    s3, left = settings.target.client("s3"), [None] * deletions

    def delete(params, **_):
        if left:
            left.pop()
            described = client.get_query_execution(**json.loads(params["body"]))["QueryExecution"]
            bucket, key = described["ResultConfiguration"]["OutputLocation"][5:].split("/", 1)
            s3.delete_object(Bucket=bucket, Key=key)

    client.meta.events.register("before-call.athena.GetQueryResults", delete)
    athena = Athena(client, sandbox["WORKGROUP"], database)
    if deletions == 1:
        assert athena.query("SELECT 1 AS one").rows == [("1",)]
    else:
        with pytest.raises(TryAgain, match="the result was deleted before it was read"):
            athena.query("SELECT 1 AS one")
    assert not left


def test_query_reads_only_the_partitions_in_its_condition(athena, settings, sandbox):
    """The scanned bytes are those of the objects of one day."""
    s3, bucket = settings.target.client("s3"), sandbox["LAKE_BUCKET"]
    folder = "conformance/events/dt=2026-01-02/"
    [item] = s3.list_objects_v2(Bucket=bucket, Prefix=folder)["Contents"]
    sql = "SELECT count(*) FROM (SELECT * FROM events) WHERE dt = '2026-01-02'"
    assert athena.query(sql).bytes_scanned == item["Size"]
    assert athena.query("SELECT 1").dollars == 0


def test_query_over_the_scan_limit_is_cancelled(settings, sandbox, database, name):
    """The workgroup's limit is 10 MB, the smallest that AWS accepts; the error names it."""
    client, bucket = settings.target.client("athena"), sandbox["LAKE_BUCKET"]
    configuration = {
        "BytesScannedCutoffPerQuery": 10_000_000,
        "ResultConfiguration": {"OutputLocation": f"s3://{bucket}/results/"},
    }
    client.create_work_group(Name=name, Configuration=configuration)
    row = json.dumps({"id": "x" * 1000}) + "\n"
    for part in range(2):
        key = f"conformance/{name}/{part}.json"
        settings.target.client("s3").put_object(Bucket=bucket, Key=key, Body=row.encode() * 6_000)
    limited_athena = Athena(client, name, database)
    limited_athena.query(
        f"CREATE EXTERNAL TABLE {name} (id string) ROW FORMAT SERDE"
        " 'org.openx.data.jsonserde.JsonSerDe'"
        f" LOCATION 's3://{bucket}/conformance/{name}/'"
    )
    with pytest.raises(QueryRefused, match="Bytes scanned limit was exceeded"):
        limited_athena.query(f"SELECT count(*) FROM {name}")
    limited_athena.query(f"DROP TABLE {name}")


def test_interrupted_query_is_cancelled(settings, athena):
    """Ctrl-C while the client waits also stops the query in Athena."""
    slow_sql = "SELECT count(*) FROM UNNEST(sequence(1, 9000)) a(x),"
    slow_sql += " UNNEST(sequence(1, 9000)) b(y), UNNEST(sequence(1, 9000)) c(z)"
    slow_sql += " WHERE x + y + z < 0"
    execution_ids = []

    def interrupt(execution):
        if execution["Status"]["State"] == "RUNNING":
            execution_ids.append(execution["QueryExecutionId"])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        athena.query(slow_sql, on_poll=interrupt)
    client = settings.target.client("athena")
    execution = client.get_query_execution(QueryExecutionId=execution_ids[0])["QueryExecution"]
    assert execution["Status"]["State"] == "CANCELLED"
    assert athena.query("SELECT 1").rows == [("1",)]


def test_concurrent_queries_are_independent(athena):
    """Each of 16 queries in 8 threads returns its own rows."""
    days = ["2026-01-01", "2026-01-02"] * 8

    def ids(day):
        return athena.query(f"SELECT id FROM events WHERE dt = '{day}' ORDER BY id").rows

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(ids, days))
    assert results == [[("a",), ("b",)], [("c",), ("d",)]] * 8


def test_aws_cli_lists_tables(settings, athena, database):
    """The unmodified AWS CLI, configured by environment variables only."""
    aws = Path(sys.executable).with_name("aws")
    command = [str(aws), "athena", "list-table-metadata", "--catalog-name", "AwsDataCatalog"]
    command += ["--database-name", database, "--query", "TableMetadataList[].Name"]
    environment = settings.target.environment()
    process = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "events" in json.loads(process.stdout)


def test_lake_query_without_a_tenant_is_refused(settings, sandbox):
    """The lake's tables require a condition on tenant_id, so no query reads across tenants."""
    client = settings.target.client("athena")
    lake = Athena(client, sandbox["WORKGROUP"], sandbox["DATABASE"])
    for table in ("raw", "enriched"):
        with pytest.raises(QueryRefused, match="injected projected partition column tenant_id"):
            lake.query(f"SELECT count(*) FROM {table}")
        assert lake.query(f"SELECT count(*) FROM {table} WHERE tenant_id = 'o''x/\"'").rows == [
            ("0",)
        ]
