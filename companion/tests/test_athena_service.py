"""Results of Athena's executions: descriptions, pages, manifests, kinds of statements."""

import time

import pyarrow as pa
import pytest
from athena_wire import BUCKET, OUTPUT, cells, clients, numbered

from aws_companion.athena.execution import (
    Column,
    Result,
)
from aws_companion.athena.submission import kind_of


def test_successful_query_is_described(wire):
    """The description has statement, state, statistics and result location."""
    context = {"Database": "lake", "Catalog": "AwsDataCatalog"}
    sql = "SELECT n FROM t WHERE a = ?"
    before = time.time()
    execution = wire.run(sql, QueryExecutionContext=context, ExecutionParameters=["'x'"])
    assert execution["Query"] == sql
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DML", "SELECT")
    assert execution["WorkGroup"] == "primary"
    assert execution["QueryExecutionContext"] == {"Database": "lake", "Catalog": "awsdatacatalog"}
    assert execution["ExecutionParameters"] == ["'x'"]
    assert execution["EngineVersion"]["EffectiveEngineVersion"] == "Athena engine version 3"
    status = execution["Status"]
    assert status["State"] == "SUCCEEDED"
    assert before <= status["SubmissionDateTime"] <= status["CompletionDateTime"] <= time.time()
    assert not {"StateChangeReason", "AthenaError"} & set(status)
    statistics = execution["Statistics"]
    assert statistics["DataScannedInBytes"] == 120
    parts = ("QueryQueueTime", "EngineExecutionTime", "ServiceProcessingTime")
    total = sum(statistics[f"{part}InMillis"] for part in parts)
    assert statistics["TotalExecutionTimeInMillis"] == total
    assert statistics["ResultReuseInformation"] == {"ReusedPreviousResult": False}
    place = f"{OUTPUT}/{execution['QueryExecutionId']}.csv"
    assert execution["ResultConfiguration"]["OutputLocation"] == place
    assert wire.emulator.texts(place) == ['"n","t"', '"0","text 0"', '"1",']
    [statement] = wire.engine.statements
    assert (statement.sql, statement.database) == (sql, "lake")
    assert list(statement.parameters) == ["'x'"]
    assert statement.output == f"{OUTPUT}/tables/{execution['QueryExecutionId']}/"


def test_results_start_with_the_column_names(wire):
    """The rows follow; a null has no value; columns have types."""
    page = wire.results(wire.run())
    assert cells(page) == [["n", "t"], ["0", "text 0"], ["1", None]]
    info = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [(one["Name"], one["Type"]) for one in info] == [("n", "bigint"), ("t", "varchar")]
    assert page["UpdateCount"] == 0
    assert "NextToken" not in page


def test_database_without_a_context_is_default(wire):
    """The execution has no context."""
    assert "QueryExecutionContext" not in wire.run()
    assert wire.engine.statements[0].database == "default"


def test_ddl_results_are_lines_without_a_header(wire):
    """Each line of the text file is a row of one cell; there is no update count."""
    columns = (Column("database_name", "string"),)
    names = pa.table({"x": ["a", "b"]})
    execution = wire.run("SHOW DATABASES", Result("UTILITY", "SHOW_DATABASES", columns, names))
    place = execution["ResultConfiguration"]["OutputLocation"]
    assert place.endswith(".txt")
    assert wire.emulator.texts(place) == ["a", "b"]
    assert cells(wire.results(execution)) == [["a"], ["b"]]
    execution = wire.run("CREATE DATABASE d", Result("DDL", "CREATE_DATABASE"))
    assert wire.results(execution) == {
        "ResultSet": {"Rows": [], "ResultSetMetadata": {"ColumnInfo": []}}
    }
    token = "bm90IGEgcGxhY2U="
    assert cells(wire.results(execution, NextToken=token)) == []


def test_explain_results_are_lines_with_a_header(wire):
    """The name of the column is first; there is no update count, as on AWS."""
    columns, rows = (Column("Query Plan", "varchar"),), pa.table({"x": ["a\nb"]})
    execution = wire.run("EXPLAIN SELECT 1", Result("DML", "EXPLAIN", columns, rows))
    assert wire.emulator.texts(execution["ResultConfiguration"]["OutputLocation"]) == ["a", "b"]
    page = wire.results(execution)
    assert cells(page) == [["Query Plan"], ["a"], ["b"]]
    assert "UpdateCount" not in page


@pytest.mark.parametrize(
    ("sql", "kind", "substatement", "place"),
    [
        ("INSERT INTO t SELECT 1", "DML", "INSERT", ""),
        ("UNLOAD (SELECT 1) TO 's3://x/'", "DML", "UNLOAD", ""),
        ("CREATE TABLE t AS SELECT 1", "DDL", "CREATE_TABLE_AS_SELECT", "/tables"),
    ],
)
def test_writing_statement_has_a_manifest_and_a_count(wire, sql, kind, substatement, place):
    """A manifest lists the objects; the response has a count and no rows."""
    written = ("s3://lake/1", "s3://lake/2")
    execution = wire.run(sql, Result(kind, substatement, written=written, updated=5))
    address = f"{OUTPUT}{place}/{execution['QueryExecutionId']}"
    assert execution["ResultConfiguration"]["OutputLocation"] == address
    manifest = execution["Statistics"]["DataManifestLocation"]
    assert manifest == f"{address}-manifest.csv"
    assert wire.emulator.texts(manifest) == list(written)
    page = wire.results(execution)
    assert page["UpdateCount"] == 5
    assert cells(page) == []
    [column] = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert (column["Name"], column["Type"]) == ("rows", "bigint")


def test_ctas_of_an_existing_table_writes_nothing(wire):
    """With IF NOT EXISTS there are no objects, rows or count."""
    execution = wire.run("CREATE TABLE t AS SELECT 1", Result("DDL", "CREATE_TABLE_AS_SELECT"))
    assert "DataManifestLocation" not in execution["Statistics"]
    page = wire.results(execution)
    assert cells(page) == []
    assert "UpdateCount" not in page
    assert "Contents" not in clients()["s3"].list_objects_v2(Bucket=BUCKET)


def test_2500_rows_are_in_three_pages(wire):
    """1,000 rows per page including the header; every row once and in order."""
    execution = wire.run("SELECT many", numbered(2500))
    pages = []
    token: dict[str, str] | None = {}
    while token is not None:
        page = wire.results(execution, **token)
        pages.append(cells(page))
        token = {"NextToken": page["NextToken"]} if "NextToken" in page else None
    assert [len(page) for page in pages] == [1000, 1000, 501]
    rows = [row for page in pages for row in page]
    assert rows[0] == ["n", "t"]
    assert [row[0] for row in rows[1:]] == [str(n) for n in range(2500)]


def test_full_last_page_has_a_token(wire):
    """The page after it is empty, as on AWS."""
    execution = wire.run("SELECT two", numbered(2))
    first = wire.results(execution, MaxResults=3)
    assert len(cells(first)) == 3
    last = wire.results(execution, MaxResults=3, NextToken=first["NextToken"])
    assert cells(last) == []
    assert "NextToken" not in last


def test_pages_of_one_row(wire):
    """The header is the first page."""
    execution = wire.run()
    rows = []
    token: dict[str, str] = {}
    for _ in range(3):
        page = wire.results(execution, MaxResults=1, **token)
        rows += cells(page)
        token = {"NextToken": page["NextToken"]}
    assert rows == [["n", "t"], ["0", "text 0"], ["1", None]]


def test_invalid_pages_are_refused(wire):
    """Invalid sizes, and invalid tokens or tokens of another execution."""
    execution, other = wire.run(), wire.run("SELECT 2")
    name = execution["QueryExecutionId"]
    assert "more than maximum allowed length 1000" in wire.no_results(name, MaxResults=1001)
    assert "greater than or equal to 1" in wire.no_results(name, MaxResults=0)
    foreign = wire.results(other, MaxResults=1)["NextToken"]
    for token in ("x", "é", "AAAA", "_-8=", foreign):
        assert wire.no_results(name, NextToken=token) == f"Malformed nextPageToken {token}"


def test_deleted_results_are_not_found(wire):
    """Results are read from the object in S3, as on AWS."""
    execution = wire.run()
    wire.emulator.delete(execution["ResultConfiguration"]["OutputLocation"])
    assert wire.no_results(execution["QueryExecutionId"]) == "Could not find results"


def test_runtime_statistics_count_rows_and_bytes(wire):
    """Times, bytes scanned, rows and bytes of the result."""
    execution = wire.run()
    name = execution["QueryExecutionId"]
    response = wire.request("GetQueryRuntimeStatistics", QueryExecutionId=name)
    statistics = response["QueryRuntimeStatistics"]
    assert statistics["Rows"]["InputBytes"] == 120
    assert statistics["Rows"]["OutputRows"] == 2
    assert statistics["Rows"]["OutputBytes"] > 0
    total = execution["Statistics"]["TotalExecutionTimeInMillis"]
    assert statistics["Timeline"]["TotalExecutionTimeInMillis"] == total


def test_clients_are_created_once(wire):
    """Statements share the boto3 clients."""
    wire.results(wire.run())
    wire.results(wire.run("SELECT 2"))
    assert sorted(wire.emulator.client_services) == ["athena", "s3"]


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("select 1", ("DML", "SELECT")),
        ("-- c\n /* d */ WITH a AS (SELECT 1) SELECT * FROM a", ("DML", "SELECT")),
        ("(SELECT 1)", ("DML", "SELECT")),
        ("create table t with (format='JSON') as\nselect 1", ("DDL", "CREATE_TABLE_AS_SELECT")),
        ("CREATE TABLE t AS(SELECT 1)", ("DDL", "CREATE_TABLE_AS_SELECT")),
        ("CREATE EXTERNAL TABLE t (a int)", ("DDL", "")),
        ("CREATE VIEW v AS SELECT 1", ("DDL", "")),
        ("MSCK REPAIR TABLE t", ("DDL", "")),
        ("SHOW TABLES", ("UTILITY", "")),
        ("insert into t select 1", ("DML", "INSERT")),
        ("-- only a comment", ("DDL", "")),
    ],
)
def test_kind_follows_the_first_words(sql, kind):
    """Until the engine reports the kind."""
    assert kind_of(sql) == kind
