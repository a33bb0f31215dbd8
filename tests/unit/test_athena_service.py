"""Athena on the wire: work groups, states, statistics, errors, pages of results."""

import json
import logging
import threading
import time
import uuid

import pyarrow as pa
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws
from starlette.testclient import TestClient

from localstack.companion.app import Companion
from localstack.companion.athena.execution import (
    Column,
    QueryCancelled,
    QueryFailed,
    Result,
)
from localstack.companion.athena.service import Athena
from localstack.companion.athena.submission import LONGEST_QUERY, kind_of
from tests.aws import client

BUCKET = "results"
OUTPUT = f"s3://{BUCKET}/athena"
PATIENCE = 20
"""Seconds until a statement that has not ended fails its test."""


def numbered(count):
    """A result of so many rows; every second text is null."""
    texts = [f"text {n}" if n % 2 == 0 else None for n in range(count)]
    rows = pa.table({"n": list(range(count)), "t": texts})
    return Result("DML", "SELECT", (Column("n", "bigint"), Column("t", "varchar")), rows)


class FakeEngine:
    """Answers each statement with what was put in for it: a result, an error, or a wait."""

    def __init__(self):
        self.answers = {}
        self.statements = []
        self.reads = 120
        self.release = threading.Event()

    def run(self, statement, meter):
        self.statements.append(statement)
        meter.add(self.reads)
        answer = self.answers.get(statement.sql, numbered(2))
        if answer == "wait":
            while not self.release.wait(0.005):
                meter.check()
            answer = numbered(1)
        if answer == "deaf":
            assert self.release.wait(PATIENCE)
            answer = numbered(1)
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeEmulator:
    """S3 and the work groups, from moto; a work group can be switched off."""

    def __init__(self):
        self.disabled = set()
        self.fault = None
        self.made = []
        self._clients = {name: client(name) for name in ("s3", "athena")}

    def client(self, service):
        self.made.append(service)
        return self if service == "athena" else self._clients[service]

    def get_work_group(self, **request):
        if self.fault:
            raise self.fault
        found = self._clients["athena"].get_work_group(**request)
        if request["WorkGroup"] in self.disabled:
            found["WorkGroup"]["State"] = "DISABLED"
        return found

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
    """Athena behind the companion, asked as an SDK asks."""

    def __init__(self, most_kept=5000):
        self.engine, self.emulator = FakeEngine(), FakeEmulator()
        self.athena = Athena(self.engine, self.emulator, most_kept)
        self.http = TestClient(Companion([self.athena], self.emulator, {}).app())

    def call(self, action, **members):
        headers = {"X-Amz-Target": f"AmazonAthena.{action}"}
        return self.http.post("/", content=json.dumps(members), headers=headers)

    def ask(self, action, **members):
        response = self.call(action, **members)
        assert response.status_code == 200, response.text
        return response.json()

    def refused(self, action, **members):
        response = self.call(action, **members)
        assert response.status_code == 400, response.text
        assert response.json()["__type"] == "InvalidRequestException"
        assert response.json()["AthenaErrorCode"]
        return response.json()["message"]

    def asked(self, sql="SELECT 1", **members):
        members = {"ResultConfiguration": {"OutputLocation": OUTPUT}, **members}
        return {"QueryString": sql, "ClientRequestToken": str(uuid.uuid4()), **members}

    def start(self, sql="SELECT 1", **members):
        asked = self.asked(sql, **members)
        return self.ask("StartQueryExecution", **asked)["QueryExecutionId"]

    def get(self, name):
        return self.ask("GetQueryExecution", QueryExecutionId=name)["QueryExecution"]

    def until(self, name, *states):
        deadline = time.monotonic() + PATIENCE
        while (found := self.get(name))["Status"]["State"] not in states:
            assert time.monotonic() < deadline, found["Status"]
            time.sleep(0.005)
        return found

    def ended(self, name):
        return self.until(name, "SUCCEEDED", "FAILED", "CANCELLED")

    def run(self, sql="SELECT 1", answer=None, **members):
        if answer is not None:
            self.engine.answers[sql] = answer
        return self.ended(self.start(sql, **members))

    def results(self, execution, **members):
        name = execution["QueryExecutionId"]
        return self.ask("GetQueryResults", QueryExecutionId=name, **members)

    def no_results(self, name, **members):
        return self.refused("GetQueryResults", QueryExecutionId=name, **members)


@pytest.fixture
def aws():
    with mock_aws():
        client("s3").create_bucket(Bucket=BUCKET)
        yield


@pytest.fixture
def wire(aws):
    started = Wire()
    yield started
    started.engine.release.set()
    started.athena.close()


def cells(page):
    return [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]


def test_a_query_succeeds_and_describes_itself(wire):
    """What was asked, how it went, what it read, where its result is."""
    context = {"Database": "lake", "Catalog": "AwsDataCatalog"}
    sql = "SELECT n FROM t WHERE a = ?"
    before = time.time()
    found = wire.run(sql, QueryExecutionContext=context, ExecutionParameters=["'x'"])
    assert found["Query"] == sql
    assert (found["StatementType"], found["SubstatementType"]) == ("DML", "SELECT")
    assert found["WorkGroup"] == "primary"
    assert found["QueryExecutionContext"] == {"Database": "lake", "Catalog": "awsdatacatalog"}
    assert found["ExecutionParameters"] == ["'x'"]
    assert found["EngineVersion"]["EffectiveEngineVersion"] == "Athena engine version 3"
    status = found["Status"]
    assert status["State"] == "SUCCEEDED"
    assert before <= status["SubmissionDateTime"] <= status["CompletionDateTime"] <= time.time()
    assert not {"StateChangeReason", "AthenaError"} & set(status)
    statistics = found["Statistics"]
    assert statistics["DataScannedInBytes"] == 120
    parts = ("QueryQueueTime", "EngineExecutionTime", "ServiceProcessingTime")
    total = sum(statistics[f"{part}InMillis"] for part in parts)
    assert statistics["TotalExecutionTimeInMillis"] == total
    assert statistics["ResultReuseInformation"] == {"ReusedPreviousResult": False}
    place = f"{OUTPUT}/{found['QueryExecutionId']}.csv"
    assert found["ResultConfiguration"]["OutputLocation"] == place
    assert wire.emulator.texts(place) == ['"n","t"', '"0","text 0"', '"1",']
    [statement] = wire.engine.statements
    assert (statement.sql, statement.database) == (sql, "lake")
    assert list(statement.parameters) == ["'x'"]
    assert statement.output == f"{OUTPUT}/tables/{found['QueryExecutionId']}/"


def test_results_begin_with_the_names_of_the_columns(wire):
    """Names, then rows; a null has no value; the columns are described."""
    page = wire.results(wire.run())
    assert cells(page) == [["n", "t"], ["0", "text 0"], ["1", None]]
    info = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [(one["Name"], one["Type"]) for one in info] == [("n", "bigint"), ("t", "varchar")]
    assert page["UpdateCount"] == 0
    assert "NextToken" not in page


def test_the_database_is_default_where_none_is_named(wire):
    """Unqualified names are looked up there; the context stays as it was sent: absent."""
    assert "QueryExecutionContext" not in wire.run()
    assert wire.engine.statements[0].database == "default"


def test_ddl_gives_lines_without_a_header(wire):
    """Each line a row of one cell, in a text file; no count of rows."""
    columns = (Column("database_name", "string"),)
    names = pa.table({"x": ["a", "b"]})
    found = wire.run("SHOW DATABASES", Result("UTILITY", "SHOW_DATABASES", columns, names))
    place = found["ResultConfiguration"]["OutputLocation"]
    assert place.endswith(".txt")
    assert wire.emulator.texts(place) == ["a", "b"]
    assert cells(wire.results(found)) == [["a"], ["b"]]
    found = wire.run("CREATE DATABASE d", Result("DDL", "CREATE_DATABASE"))
    assert wire.results(found) == {
        "ResultSet": {"Rows": [], "ResultSetMetadata": {"ColumnInfo": []}}
    }
    lost = "bm90IGEgcGxhY2U="
    assert cells(wire.results(found, NextToken=lost)) == []


def test_explain_is_text_with_a_header(wire):
    """As Athena does: a text file, rows that begin with the column's name, no count."""
    columns, rows = (Column("Query Plan", "varchar"),), pa.table({"x": ["a\nb"]})
    found = wire.run("EXPLAIN SELECT 1", Result("DML", "EXPLAIN", columns, rows))
    assert wire.emulator.texts(found["ResultConfiguration"]["OutputLocation"]) == ["a", "b"]
    page = wire.results(found)
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
def test_what_writes_has_a_manifest_and_a_count(wire, sql, kind, substatement, place):
    """The objects written are listed beside the result; the answer has a count and no rows."""
    written = ("s3://lake/1", "s3://lake/2")
    found = wire.run(sql, Result(kind, substatement, written=written, updated=5))
    address = f"{OUTPUT}{place}/{found['QueryExecutionId']}"
    assert found["ResultConfiguration"]["OutputLocation"] == address
    manifest = found["Statistics"]["DataManifestLocation"]
    assert manifest == f"{address}-manifest.csv"
    assert wire.emulator.texts(manifest) == list(written)
    page = wire.results(found)
    assert page["UpdateCount"] == 5
    assert cells(page) == []
    [column] = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert (column["Name"], column["Type"]) == ("rows", "bigint")


def test_a_ctas_that_does_nothing_writes_nothing(wire):
    """IF NOT EXISTS of a table that is there: neither objects nor rows nor a count."""
    found = wire.run("CREATE TABLE t AS SELECT 1", Result("DDL", "CREATE_TABLE_AS_SELECT"))
    assert "DataManifestLocation" not in found["Statistics"]
    page = wire.results(found)
    assert cells(page) == []
    assert "UpdateCount" not in page
    assert "Contents" not in client("s3").list_objects_v2(Bucket=BUCKET)


def test_2500_rows_come_in_pages(wire):
    """1,000 rows a page, the header the first of them; every row once and in order."""
    found = wire.run("SELECT many", numbered(2500))
    pages, token = [], {}
    while token is not None:
        page = wire.results(found, **token)
        pages.append(cells(page))
        token = {"NextToken": page["NextToken"]} if "NextToken" in page else None
    assert [len(page) for page in pages] == [1000, 1000, 501]
    rows = [row for page in pages for row in page]
    assert rows[0] == ["n", "t"]
    assert [row[0] for row in rows[1:]] == [str(n) for n in range(2500)]


def test_a_full_last_page_has_a_token(wire):
    """Athena learns only with the next page that nothing is left."""
    found = wire.run("SELECT two", numbered(2))
    first = wire.results(found, MaxResults=3)
    assert len(cells(first)) == 3
    last = wire.results(found, MaxResults=3, NextToken=first["NextToken"])
    assert cells(last) == []
    assert "NextToken" not in last


def test_pages_may_have_one_row(wire):
    """The header alone, then row after row."""
    found = wire.run()
    seen, token = [], {}
    for _ in range(3):
        page = wire.results(found, MaxResults=1, **token)
        seen += cells(page)
        token = {"NextToken": page["NextToken"]}
    assert seen == [["n", "t"], ["0", "text 0"], ["1", None]]


def test_bad_pages_are_refused(wire):
    """Too many or too few rows; a token that is none, or of another query, or past the end."""
    found, other = wire.run(), wire.run("SELECT 2")
    name = found["QueryExecutionId"]
    assert "more than maximum allowed length 1000" in wire.no_results(name, MaxResults=1001)
    assert "greater than or equal to 1" in wire.no_results(name, MaxResults=0)
    foreign = wire.results(other, MaxResults=1)["NextToken"]
    for token in ("x", "é", "AAAA", "_-8=", foreign):
        assert wire.no_results(name, NextToken=token) == f"Malformed nextPageToken {token}"


def test_results_that_were_deleted_are_not_found(wire):
    """Answers come from the object on S3, as on AWS."""
    found = wire.run()
    wire.emulator.delete(found["ResultConfiguration"]["OutputLocation"])
    assert wire.no_results(found["QueryExecutionId"]) == "Could not find results"


def test_while_it_runs_it_shows_what_it_read(wire):
    """RUNNING, with bytes and time so far; no results yet; stopped, it is CANCELLED at once."""
    wire.engine.answers["SELECT slow"] = "wait"
    name = wire.start("SELECT slow")
    deadline = time.monotonic() + PATIENCE
    while (found := wire.get(name))["Statistics"]["DataScannedInBytes"] != 120:
        assert time.monotonic() < deadline
    assert found["Status"]["State"] == "RUNNING"
    assert "CompletionDateTime" not in found["Status"]
    assert (found["StatementType"], found["SubstatementType"]) == ("DML", "SELECT")
    message = "Query has not yet finished. Current state: RUNNING"
    assert wire.no_results(name) == message
    assert wire.ask("StopQueryExecution", QueryExecutionId=name) == {}
    status = wire.get(name)["Status"]
    assert status["State"] == "CANCELLED"
    assert status["StateChangeReason"] == "Query cancelled by user"
    assert "AthenaError" not in status
    assert wire.no_results(name) == "Could not find results"


def test_stopping_what_has_ended_changes_nothing(wire):
    """It answers, and the execution stays as it was."""
    found = wire.run()
    wire.ask("StopQueryExecution", QueryExecutionId=found["QueryExecutionId"])
    assert wire.get(found["QueryExecutionId"]) == found


def test_a_queued_query_can_be_stopped(wire):
    """It waits while four others run, and is never given to the engine."""
    wire.engine.answers |= {f"SELECT {n}": "deaf" for n in range(4)}
    busy = [wire.start(f"SELECT {n}") for n in range(4)]
    for name in busy:
        wire.until(name, "RUNNING")
    waiting = wire.start("SELECT waiting")
    assert wire.get(waiting)["Status"]["State"] == "QUEUED"
    assert wire.no_results(waiting).endswith("Current state: QUEUED")
    wire.ask("StopQueryExecution", QueryExecutionId=waiting)
    assert wire.get(waiting)["Status"]["State"] == "CANCELLED"
    wire.engine.release.set()
    for name in busy:
        assert wire.ended(name)["Status"]["State"] == "SUCCEEDED"
    assert "SELECT waiting" not in [one.sql for one in wire.engine.statements]


def test_a_result_that_comes_after_the_stop_is_not_taken(wire):
    """An engine that hears of the stop late does not turn CANCELLED into SUCCEEDED."""
    wire.engine.answers["SELECT deaf"] = "deaf"
    name = wire.start("SELECT deaf")
    wire.until(name, "RUNNING")
    wire.ask("StopQueryExecution", QueryExecutionId=name)
    wire.engine.release.set()
    wire.athena.close()
    wire.athena._runner._pool.shutdown(wait=True)
    assert wire.get(name)["Status"]["State"] == "CANCELLED"


def test_a_query_past_its_bytes_is_cancelled(wire):
    """The work group's limit holds whether or not its settings are enforced."""
    wire.emulator.create("small", BytesScannedCutoffPerQuery=10_000_000)
    wire.engine.reads = 10_000_000
    assert wire.run(WorkGroup="small")["Status"]["State"] == "SUCCEEDED"
    wire.engine.reads = 10_000_001
    found = wire.run(WorkGroup="small")
    assert found["Status"]["State"] == "CANCELLED"
    assert found["Status"]["StateChangeReason"] == "Bytes scanned limit was exceeded"
    assert found["Statistics"]["DataScannedInBytes"] == 10_000_001


@pytest.mark.parametrize(
    ("error", "category", "kind"),
    [
        (QueryFailed("TABLE_NOT_FOUND: line 1:15: Table 'lake.t' does not exist"), 2, 1301),
        (QueryFailed("SYNTAX_ERROR: line 1:8: mismatched input"), 2, 1000),
        (KeyError("secret"), 1, 200),
    ],
)
def test_failures_say_why(wire, caplog, error, category, kind):
    """FAILED with the engine's words and Athena's category; what broke is logged in one line."""
    with caplog.at_level(logging.ERROR, "companion"):
        found = wire.run("SELECT bad", error)
    status = found["Status"]
    assert status["State"] == "FAILED"
    reason = status["StateChangeReason"]
    assert status["AthenaError"] == {
        "ErrorCategory": category,
        "ErrorType": kind,
        "Retryable": False,
        "ErrorMessage": reason,
    }
    message = "Query did not finish successfully. Final query state: FAILED"
    assert wire.no_results(found["QueryExecutionId"]) == message
    lines = [json.loads(record.message) for record in caplog.records]
    if isinstance(error, QueryFailed):
        assert reason == str(error)
        assert lines == []
    else:
        assert reason.startswith("GENERIC_INTERNAL_ERROR: KeyError")
        [line] = lines
        assert (line["event"], line["error"]) == ("query_broke", "KeyError")
        assert line["query_execution_id"] == found["QueryExecutionId"]
        assert "test_athena_service.py" in line["at"]


def test_a_bad_result_of_the_engine_is_a_failure_too(wire):
    """Rows that do not fit their columns end as FAILED, not as a query that never ends."""
    bad = Result("DML", "SELECT", (Column("n", "bigint"),), pa.table({"n": ["x"]}))
    status = wire.run("SELECT bad", bad)["Status"]
    assert status["State"] == "FAILED"
    assert status["StateChangeReason"].startswith("GENERIC_INTERNAL_ERROR: ArrowInvalid")


def test_the_engine_may_cancel(wire):
    """With a reason of its own."""
    status = wire.run("SELECT x", QueryCancelled("too big"))["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "too big")


def test_a_missing_bucket_fails_the_query(wire):
    """It names the bucket, and may be tried again."""
    place = {"OutputLocation": "s3://nowhere/x"}
    status = wire.run(ResultConfiguration=place)["Status"]
    assert status["State"] == "FAILED"
    assert status["StateChangeReason"] == "Unable to verify/create output bucket nowhere"
    assert status["AthenaError"]["Retryable"] is True


@pytest.mark.parametrize(
    ("is_enforced", "group_place", "asked_place", "taken"),
    [
        (True, "s3://results/group/", "s3://results/asked", "s3://results/group"),
        (False, "s3://results/group", "s3://results/asked/", "s3://results/asked"),
        (False, "s3://results/group", None, "s3://results/group"),
        (True, None, "s3://results/asked", "s3://results/asked"),
        (True, "s3://results", None, "s3://results"),
    ],
)
def test_where_results_go(wire, is_enforced, group_place, asked_place, taken):
    """An enforced work group decides, else the client; the other one where that is silent."""
    group = {"ResultConfiguration": {"OutputLocation": group_place}} if group_place else {}
    wire.emulator.create("g", EnforceWorkGroupConfiguration=is_enforced, **group)
    asked = {"OutputLocation": asked_place} if asked_place else None
    found = wire.run(WorkGroup="g", ResultConfiguration=asked)
    place = f"{taken}/{found['QueryExecutionId']}.csv"
    assert found["ResultConfiguration"]["OutputLocation"] == place
    assert len(wire.emulator.texts(place)) == 3


def test_bad_starts_are_refused(wire):
    """Each with the words that say what is wrong; nothing is run."""
    wire.emulator.create("off")
    wire.emulator.disabled.add("off")

    def refused(sql="SELECT 1", **members):
        return wire.refused("StartQueryExecution", **wire.asked(sql, **members))

    assert refused(WorkGroup="nobody") == "WorkGroup is not found."
    assert refused(WorkGroup="off") == "WorkGroup is disabled."
    assert refused(ResultConfiguration=None).startswith("No output location provided. An output")
    bad_place = {"OutputLocation": "http://x"}
    assert refused(ResultConfiguration=bad_place) == "outputLocation is not a valid S3 path."
    assert refused(" \n") == "queryString is null or empty"
    assert "less than or equal to 262144" in refused("é" * (LONGEST_QUERY // 2 + 1))
    assert refused(ClientRequestToken=None) == "clientRequestToken is null or empty"
    assert "less than or equal to 128" in refused(ClientRequestToken="x" * 129)
    assert wire.engine.statements == []


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (EndpointConnectionError(endpoint_url="http://emulator"), 500),
        (ClientError({"Error": {"Code": "InternalFailure"}}, "GetWorkGroup"), 500),
        (ClientError({"Error": {"Code": "InvalidRequestException"}}, "GetWorkGroup"), 400),
    ],
)
def test_no_work_group_without_the_emulator(wire, fault, status):
    """An emulator that is down is no unknown work group: the caller may try again."""
    wire.emulator.fault = fault
    response = wire.call("StartQueryExecution", **wire.asked())
    assert response.status_code == status
    words = "WorkGroup is not found." if status == 400 else "does not answer"
    assert words in response.json()["message"]


def test_a_long_query_is_run(wire):
    """262,144 bytes are not too long."""
    assert wire.run("x" * LONGEST_QUERY)["Status"]["State"] == "SUCCEEDED"


def test_a_token_starts_one_query(wire):
    """Sent again it is the same execution, ended or not; with another statement it is refused."""
    asked = wire.asked("SELECT 1", QueryExecutionContext={"Database": "a"})
    first = wire.ask("StartQueryExecution", **asked)["QueryExecutionId"]
    wire.ended(first)
    assert wire.ask("StartQueryExecution", **asked)["QueryExecutionId"] == first
    assert len(wire.engine.statements) == 1
    for other in (
        {"QueryString": "SELECT 2"},
        {"QueryExecutionContext": {"Database": "b"}},
        {"ResultConfiguration": {"OutputLocation": f"{OUTPUT}/other"}},
    ):
        message = wire.refused("StartQueryExecution", **{**asked, **other})
        assert message == "Idempotent parameters do not match"
    assert len(wire.engine.statements) == 1


@pytest.mark.parametrize(
    "action",
    ["GetQueryExecution", "GetQueryResults", "StopQueryExecution", "GetQueryRuntimeStatistics"],
)
def test_unknown_executions_are_refused(wire, action):
    """By name, whatever is asked of them."""
    message = wire.refused(action, QueryExecutionId="nobody")
    assert message == "QueryExecution nobody was not found"


def test_a_batch_tells_the_unknown_from_the_known(wire):
    """The known are described, the others listed with a code; no more than 50."""
    found = wire.run()
    names = [found["QueryExecutionId"], "nobody"]
    answer = wire.ask("BatchGetQueryExecution", QueryExecutionIds=names)
    assert answer["QueryExecutions"] == [found]
    [missing] = answer["UnprocessedQueryExecutionIds"]
    assert missing["QueryExecutionId"] == "nobody"
    assert missing["ErrorMessage"] == "QueryExecution nobody was not found"
    assert missing["ErrorCode"] == "QUERY_EXECUTION_NOT_FOUND"
    message = wire.refused("BatchGetQueryExecution", QueryExecutionIds=["x"] * 51)
    assert "less than or equal to 50" in message


def test_executions_are_listed_newest_first(wire):
    """Those of one work group, in pages."""
    wire.emulator.create("other")
    started = [wire.start() for _ in range(5)]
    other = wire.start(WorkGroup="other")
    assert wire.ask("ListQueryExecutions")["QueryExecutionIds"] == started[::-1]
    assert wire.ask("ListQueryExecutions", WorkGroup="other")["QueryExecutionIds"] == [other]
    first = wire.ask("ListQueryExecutions", MaxResults=2)
    assert first["QueryExecutionIds"] == [started[4], started[3]]
    wire.start()
    rest = wire.ask("ListQueryExecutions", MaxResults=3, NextToken=first["NextToken"])
    assert rest == {"QueryExecutionIds": started[2::-1]}
    assert not wire.ask("ListQueryExecutions", WorkGroup="nobody").get("QueryExecutionIds")
    assert "less than or equal to 50" in wire.refused("ListQueryExecutions", MaxResults=51)
    assert "Malformed" in wire.refused("ListQueryExecutions", NextToken="bm9ib2R5")


def test_the_oldest_executions_are_forgotten(aws):
    """Only ended ones, with their tokens: the same token starts a new query then."""
    wire = Wire(most_kept=2)
    wire.engine.answers["SELECT slow"] = "wait"
    slow = wire.start("SELECT slow")
    asked = wire.asked()
    first = wire.ask("StartQueryExecution", **asked)["QueryExecutionId"]
    wire.ended(first)
    second = wire.run()["QueryExecutionId"]
    assert wire.ask("ListQueryExecutions")["QueryExecutionIds"] == [second, slow]
    assert "not found" in wire.refused("GetQueryExecution", QueryExecutionId=first)
    again = wire.ask("StartQueryExecution", **asked)["QueryExecutionId"]
    assert again != first
    wire.athena.close()


def test_runtime_statistics_count_rows_and_bytes(wire):
    """Times, bytes read, rows and bytes given."""
    found = wire.run()
    name = found["QueryExecutionId"]
    answer = wire.ask("GetQueryRuntimeStatistics", QueryExecutionId=name)
    statistics = answer["QueryRuntimeStatistics"]
    assert statistics["Rows"]["InputBytes"] == 120
    assert statistics["Rows"]["OutputRows"] == 2
    assert statistics["Rows"]["OutputBytes"] > 0
    total = found["Statistics"]["TotalExecutionTimeInMillis"]
    assert statistics["Timeline"]["TotalExecutionTimeInMillis"] == total


def test_closing_stops_what_runs(wire):
    """Every statement ends as CANCELLED."""
    wire.engine.answers["SELECT slow"] = "wait"
    name = wire.start("SELECT slow")
    wire.until(name, "RUNNING")
    wire.athena.close()
    assert wire.get(name)["Status"]["State"] == "CANCELLED"


def test_clients_are_made_once(wire):
    """However many statements run."""
    wire.results(wire.run())
    wire.results(wire.run("SELECT 2"))
    assert sorted(wire.emulator.made) == ["athena", "s3"]


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
def test_what_a_statement_seems_to_be(sql, kind):
    """By its first words, for as long as the engine has not said."""
    assert kind_of(sql) == kind
