"""Executions that run, are stopped, are cancelled or fail."""

import json
import logging
import time

import pyarrow as pa
import pytest
from athena_wire import TIMEOUT

from aws_companion.athena.execution import (
    Column,
    QueryCancelled,
    QueryFailed,
    Result,
)


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
        assert "athena_wire.py" in line["at"]


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


def test_close_cancels_running_queries(wire):
    """Each running statement is CANCELLED."""
    wire.engine.outcomes["SELECT slow"] = "wait"
    name = wire.start("SELECT slow")
    wire.wait_for(name, "RUNNING")
    wire.athena.close()
    assert wire.get(name)["Status"]["State"] == "CANCELLED"
