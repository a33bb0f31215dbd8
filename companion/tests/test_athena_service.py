"""Operations of Athena: work groups, states, statistics, errors, pages of results."""

import json
import logging
import threading
import time
import uuid
from functools import cache

import boto3
import pyarrow as pa
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws
from starlette.testclient import TestClient

from aws_companion.app import Companion
from aws_companion.athena.execution import (
    Column,
    QueryCancelled,
    QueryFailed,
    Result,
)
from aws_companion.athena.service import AthenaService
from aws_companion.athena.submission import MAX_QUERY_BYTES, kind_of

BUCKET = "results"
OUTPUT = f"s3://{BUCKET}/athena"
TIMEOUT = 20
"""Seconds until a statement that is still running fails its test."""


def numbered(count):
    """A result with this number of rows; every second text is null."""
    texts = [f"text {n}" if n % 2 == 0 else None for n in range(count)]
    rows = pa.table({"n": list(range(count)), "t": texts})
    return Result("DML", "SELECT", (Column("n", "bigint"), Column("t", "varchar")), rows)


class FakeEngine:
    """Returns or raises the outcome of each statement.

    The outcome "wait" waits for `release` or a stop; "deaf" waits for `release` only.
    """

    def __init__(self):
        self.outcomes = {}
        self.statements = []
        self.reads = 120
        self.release = threading.Event()

    def run(self, statement, meter):
        self.statements.append(statement)
        meter.add(self.reads)
        outcome = self.outcomes.get(statement.sql, numbered(2))
        if outcome == "wait":
            while not self.release.wait(0.005):
                meter.check()
            outcome = numbered(1)
        if outcome == "deaf":
            assert self.release.wait(TIMEOUT)
            outcome = numbered(1)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@cache
def clients():
    """Created once, because it takes long; moto resets AWS for each test."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return {name: boto3.client(name, region_name="us-east-1", **keys) for name in ("s3", "athena")}


class FakeEmulator:
    """S3 and the work groups of moto; `disabled` work groups have the state DISABLED."""

    def __init__(self):
        self.disabled = set()
        self.fault = None
        self.client_services = []
        self._clients = clients()

    def client(self, service):
        self.client_services.append(service)
        return self if service == "athena" else self._clients[service]

    def get_work_group(self, **request):
        if self.fault:
            raise self.fault
        response = self._clients["athena"].get_work_group(**request)
        if request["WorkGroup"] in self.disabled:
            response["WorkGroup"]["State"] = "DISABLED"
        return response

    def create(self, name, **configuration):
        self._clients["athena"].create_work_group(Name=name, Configuration=configuration)

    def texts(self, uri):
        bucket, key = uri.removeprefix("s3://").split("/", 1)
        body = self._clients["s3"].get_object(Bucket=bucket, Key=key)["Body"].read()
        return body.decode().splitlines()

    def delete(self, uri):
        bucket, key = uri.removeprefix("s3://").split("/", 1)
        self._clients["s3"].delete_object(Bucket=bucket, Key=key)


class Wire:
    """Athena behind the companion, called as an SDK calls it."""

    def __init__(self, max_executions=5000):
        self.engine, self.emulator = FakeEngine(), FakeEmulator()
        self.athena = AthenaService(self.engine, self.emulator, max_executions)
        self.http = TestClient(Companion([self.athena], self.emulator).app())

    def call(self, action, **members):
        headers = {"X-Amz-Target": f"AmazonAthena.{action}"}
        return self.http.post("/", content=json.dumps(members), headers=headers)

    def request(self, action, **members):
        response = self.call(action, **members)
        assert response.status_code == 200, response.text
        return response.json()

    def error_message(self, action, **members):
        response = self.call(action, **members)
        assert response.status_code == 400, response.text
        assert response.json()["__type"] == "InvalidRequestException"
        assert response.json()["AthenaErrorCode"]
        return response.json()["message"]

    def start_members(self, sql="SELECT 1", **members):
        members = {"ResultConfiguration": {"OutputLocation": OUTPUT}, **members}
        return {"QueryString": sql, "ClientRequestToken": str(uuid.uuid4()), **members}

    def start(self, sql="SELECT 1", **members):
        members = self.start_members(sql, **members)
        return self.request("StartQueryExecution", **members)["QueryExecutionId"]

    def get(self, name):
        return self.request("GetQueryExecution", QueryExecutionId=name)["QueryExecution"]

    def wait_for(self, name, *states):
        deadline = time.monotonic() + TIMEOUT
        while (execution := self.get(name))["Status"]["State"] not in states:
            assert time.monotonic() < deadline, execution["Status"]
            time.sleep(0.005)
        return execution

    def wait_for_end(self, name):
        return self.wait_for(name, "SUCCEEDED", "FAILED", "CANCELLED")

    def run(self, sql="SELECT 1", outcome=None, **members):
        if outcome is not None:
            self.engine.outcomes[sql] = outcome
        return self.wait_for_end(self.start(sql, **members))

    def results(self, execution, **members):
        name = execution["QueryExecutionId"]
        return self.request("GetQueryResults", QueryExecutionId=name, **members)

    def no_results(self, name, **members):
        return self.error_message("GetQueryResults", QueryExecutionId=name, **members)


@pytest.fixture
def aws():
    with mock_aws():
        clients()["s3"].create_bucket(Bucket=BUCKET)
        yield


@pytest.fixture
def wire(aws):
    wire = Wire()
    yield wire
    wire.engine.release.set()
    wire.athena.close()


def cells(page):
    return [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]


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
    pages, token = [], {}
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
    rows, token = [], {}
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


def test_running_query_has_statistics_and_can_be_stopped(wire):
    """It has no results while it is RUNNING; after a stop it is CANCELLED at once."""
    wire.engine.outcomes["SELECT slow"] = "wait"
    name = wire.start("SELECT slow")
    deadline = time.monotonic() + TIMEOUT
    while (execution := wire.get(name))["Statistics"]["DataScannedInBytes"] != 120:
        assert time.monotonic() < deadline
    assert execution["Status"]["State"] == "RUNNING"
    assert "CompletionDateTime" not in execution["Status"]
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DML", "SELECT")
    message = "Query has not yet finished. Current state: RUNNING"
    assert wire.no_results(name) == message
    assert wire.request("StopQueryExecution", QueryExecutionId=name) == {}
    status = wire.get(name)["Status"]
    assert status["State"] == "CANCELLED"
    assert status["StateChangeReason"] == "Query cancelled by user"
    assert "AthenaError" not in status
    assert wire.no_results(name) == "Could not find results"


def test_stop_after_the_end_changes_nothing(wire):
    """The request succeeds; the execution stays the same."""
    execution = wire.run()
    wire.request("StopQueryExecution", QueryExecutionId=execution["QueryExecutionId"])
    assert wire.get(execution["QueryExecutionId"]) == execution


def test_queued_query_can_be_stopped(wire):
    """It waits for four others, and the engine never runs it."""
    wire.engine.outcomes |= {f"SELECT {n}": "deaf" for n in range(4)}
    busy = [wire.start(f"SELECT {n}") for n in range(4)]
    for name in busy:
        wire.wait_for(name, "RUNNING")
    waiting = wire.start("SELECT waiting")
    assert wire.get(waiting)["Status"]["State"] == "QUEUED"
    assert wire.no_results(waiting).endswith("Current state: QUEUED")
    wire.request("StopQueryExecution", QueryExecutionId=waiting)
    assert wire.get(waiting)["Status"]["State"] == "CANCELLED"
    wire.engine.release.set()
    for name in busy:
        assert wire.wait_for_end(name)["Status"]["State"] == "SUCCEEDED"
    wire.run("SELECT last")  # queued later, so the engine is past the stopped query
    assert "SELECT waiting" not in [statement.sql for statement in wire.engine.statements]


def test_result_after_a_stop_is_dropped(wire):
    """An engine that finishes after a stop does not change CANCELLED to SUCCEEDED."""
    wire.engine.outcomes["SELECT deaf"] = "deaf"
    name = wire.start("SELECT deaf")
    wire.wait_for(name, "RUNNING")
    wire.request("StopQueryExecution", QueryExecutionId=name)
    wire.engine.release.set()
    wire.athena.close()
    wire.athena._runner._pool.shutdown(wait=True)
    assert wire.get(name)["Status"]["State"] == "CANCELLED"


def test_query_above_the_scan_limit_is_cancelled(wire):
    """The limit of the work group counts the bytes that the engine reads."""
    wire.emulator.create("small", BytesScannedCutoffPerQuery=10_000_000)
    wire.engine.reads = 10_000_000
    assert wire.run(WorkGroup="small")["Status"]["State"] == "SUCCEEDED"
    wire.engine.reads = 10_000_001
    execution = wire.run(WorkGroup="small")
    assert execution["Status"]["State"] == "CANCELLED"
    assert execution["Status"]["StateChangeReason"] == "Bytes scanned limit was exceeded"
    assert execution["Statistics"]["DataScannedInBytes"] == 10_000_001


@pytest.mark.parametrize(
    ("error", "category", "kind"),
    [
        (QueryFailed("TABLE_NOT_FOUND: line 1:15: Table 'lake.t' does not exist"), 2, 1301),
        (QueryFailed("SYNTAX_ERROR: line 1:8: mismatched input"), 2, 1000),
        (KeyError("secret"), 1, 200),
    ],
)
def test_failed_query_has_a_reason(wire, caplog, error, category, kind):
    """The engine's message and Athena's category; an internal error is logged in one line."""
    with caplog.at_level(logging.ERROR, "companion"):
        execution = wire.run("SELECT bad", error)
    status = execution["Status"]
    assert status["State"] == "FAILED"
    reason = status["StateChangeReason"]
    assert status["AthenaError"] == {
        "ErrorCategory": category,
        "ErrorType": kind,
        "Retryable": False,
        "ErrorMessage": reason,
    }
    message = "Query did not finish successfully. Final query state: FAILED"
    assert wire.no_results(execution["QueryExecutionId"]) == message
    lines = [json.loads(record.message) for record in caplog.records]
    if isinstance(error, QueryFailed):
        assert reason == str(error)
        assert lines == []
    else:
        assert reason.startswith("GENERIC_INTERNAL_ERROR: KeyError")
        [line] = lines
        assert (line["event"], line["error"]) == ("query_broke", "KeyError")
        assert line["query_execution_id"] == execution["QueryExecutionId"]
        assert "test_athena_service.py" in line["at"]


def test_invalid_result_of_the_engine_fails_the_query(wire):
    """For example values of another type than their column."""
    result = Result("DML", "SELECT", (Column("n", "bigint"),), pa.table({"n": ["x"]}))
    status = wire.run("SELECT bad", result)["Status"]
    assert status["State"] == "FAILED"
    assert status["StateChangeReason"].startswith("GENERIC_INTERNAL_ERROR: ArrowInvalid")


def test_engine_can_cancel_a_query(wire):
    """With a reason of its own."""
    status = wire.run("SELECT x", QueryCancelled("too big"))["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "too big")


def test_missing_bucket_fails_the_query(wire):
    """The error names the bucket and is retryable."""
    place = {"OutputLocation": "s3://nowhere/x"}
    status = wire.run(ResultConfiguration=place)["Status"]
    assert status["State"] == "FAILED"
    assert status["StateChangeReason"] == "Unable to verify/create output bucket nowhere"
    assert status["AthenaError"]["Retryable"] is True


@pytest.mark.parametrize(
    ("is_enforced", "group_place", "client_place", "expected"),
    [
        (True, "s3://results/group/", "s3://results/client", "s3://results/group"),
        (False, "s3://results/group", "s3://results/client/", "s3://results/client"),
        (False, "s3://results/group", None, "s3://results/group"),
        (True, None, "s3://results/client", "s3://results/client"),
        (True, "s3://results", None, "s3://results"),
    ],
)
def test_location_of_results(wire, is_enforced, group_place, client_place, expected):
    """An enforced work group takes precedence, otherwise the client; the other is the fallback."""
    group = {"ResultConfiguration": {"OutputLocation": group_place}} if group_place else {}
    wire.emulator.create("g", EnforceWorkGroupConfiguration=is_enforced, **group)
    members = {"OutputLocation": client_place} if client_place else None
    execution = wire.run(WorkGroup="g", ResultConfiguration=members)
    place = f"{expected}/{execution['QueryExecutionId']}.csv"
    assert execution["ResultConfiguration"]["OutputLocation"] == place
    assert len(wire.emulator.texts(place)) == 3


def test_invalid_starts_are_refused(wire):
    """With AWS's messages; no statement runs."""
    wire.emulator.create("off")
    wire.emulator.disabled.add("off")

    def message(sql="SELECT 1", **members):
        return wire.error_message("StartQueryExecution", **wire.start_members(sql, **members))

    assert message(WorkGroup="nobody") == "WorkGroup is not found."
    assert message(WorkGroup="off") == "WorkGroup is disabled."
    assert message(ResultConfiguration=None).startswith("No output location provided. An output")
    bad_place = {"OutputLocation": "http://x"}
    assert message(ResultConfiguration=bad_place) == "outputLocation is not a valid S3 path."
    assert message(" \n") == "queryString is null or empty"
    assert "less than or equal to 262144" in message("é" * (MAX_QUERY_BYTES // 2 + 1))
    assert message(ClientRequestToken=None) == "clientRequestToken is null or empty"
    assert "less than or equal to 128" in message(ClientRequestToken="x" * 129)
    assert wire.engine.statements == []


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (EndpointConnectionError(endpoint_url="http://emulator"), 500),
        (ClientError({"Error": {"Code": "InternalFailure"}}, "GetWorkGroup"), 500),
        (ClientError({"Error": {"Code": "InvalidRequestException"}}, "GetWorkGroup"), 400),
    ],
)
def test_unreachable_emulator_is_a_server_error(wire, fault, status):
    """It can be retried; an unknown work group is a client error."""
    wire.emulator.fault = fault
    response = wire.call("StartQueryExecution", **wire.start_members())
    assert response.status_code == status
    message = "WorkGroup is not found." if status == 400 else "does not respond"
    assert message in response.json()["message"]


def test_longest_query_is_run(wire):
    """262,144 bytes are accepted."""
    assert wire.run("x" * MAX_QUERY_BYTES)["Status"]["State"] == "SUCCEEDED"


def test_request_token_starts_one_query(wire):
    """A repeated request returns the same execution; other parameters are refused."""
    members = wire.start_members("SELECT 1", QueryExecutionContext={"Database": "a"})
    first = wire.request("StartQueryExecution", **members)["QueryExecutionId"]
    wire.wait_for_end(first)
    assert wire.request("StartQueryExecution", **members)["QueryExecutionId"] == first
    assert len(wire.engine.statements) == 1
    for other in (
        {"QueryString": "SELECT 2"},
        {"QueryExecutionContext": {"Database": "b"}},
        {"ResultConfiguration": {"OutputLocation": f"{OUTPUT}/other"}},
    ):
        message = wire.error_message("StartQueryExecution", **{**members, **other})
        assert message == "Idempotent parameters do not match"
    assert len(wire.engine.statements) == 1


@pytest.mark.parametrize(
    "action",
    ["GetQueryExecution", "GetQueryResults", "StopQueryExecution", "GetQueryRuntimeStatistics"],
)
def test_unknown_executions_are_refused(wire, action):
    """Every operation refuses an unknown execution."""
    message = wire.error_message(action, QueryExecutionId="nobody")
    assert message == "QueryExecution nobody was not found"


def test_batch_lists_unknown_executions(wire):
    """Existing executions are described, the others have a code; at most 50."""
    execution = wire.run()
    names = [execution["QueryExecutionId"], "nobody"]
    response = wire.request("BatchGetQueryExecution", QueryExecutionIds=names)
    assert response["QueryExecutions"] == [execution]
    [missing] = response["UnprocessedQueryExecutionIds"]
    assert missing["QueryExecutionId"] == "nobody"
    assert missing["ErrorMessage"] == "QueryExecution nobody was not found"
    assert missing["ErrorCode"] == "QUERY_EXECUTION_NOT_FOUND"
    message = wire.error_message("BatchGetQueryExecution", QueryExecutionIds=["x"] * 51)
    assert "less than or equal to 50" in message


def test_executions_are_listed_newest_first(wire):
    """The executions of one work group, in pages."""
    wire.emulator.create("other")
    started = [wire.start() for _ in range(5)]
    other = wire.start(WorkGroup="other")
    assert wire.request("ListQueryExecutions")["QueryExecutionIds"] == started[::-1]
    assert wire.request("ListQueryExecutions", WorkGroup="other")["QueryExecutionIds"] == [other]
    first = wire.request("ListQueryExecutions", MaxResults=2)
    assert first["QueryExecutionIds"] == [started[4], started[3]]
    wire.start()
    rest = wire.request("ListQueryExecutions", MaxResults=3, NextToken=first["NextToken"])
    assert rest == {"QueryExecutionIds": started[2::-1]}
    assert not wire.request("ListQueryExecutions", WorkGroup="nobody").get("QueryExecutionIds")
    assert "less than or equal to 50" in wire.error_message("ListQueryExecutions", MaxResults=51)
    assert "Malformed" in wire.error_message("ListQueryExecutions", NextToken="bm9ib2R5")


def test_oldest_executions_are_dropped(aws):
    """Only ended ones, with their request tokens; a repeated token then starts a new query."""
    wire = Wire(max_executions=2)
    wire.engine.outcomes["SELECT slow"] = "wait"
    slow = wire.start("SELECT slow")
    members = wire.start_members()
    first = wire.request("StartQueryExecution", **members)["QueryExecutionId"]
    wire.wait_for_end(first)
    second = wire.run()["QueryExecutionId"]
    assert wire.request("ListQueryExecutions")["QueryExecutionIds"] == [second, slow]
    assert "not found" in wire.error_message("GetQueryExecution", QueryExecutionId=first)
    repeat = wire.request("StartQueryExecution", **members)["QueryExecutionId"]
    assert repeat != first
    wire.athena.close()


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


def test_close_cancels_running_queries(wire):
    """Each running statement is CANCELLED."""
    wire.engine.outcomes["SELECT slow"] = "wait"
    name = wire.start("SELECT slow")
    wire.wait_for(name, "RUNNING")
    wire.athena.close()
    assert wire.get(name)["Status"]["State"] == "CANCELLED"


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
