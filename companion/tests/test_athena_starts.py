"""Starts of executions, and their lists."""

import pytest
from athena_wire import OUTPUT, Wire
from botocore.exceptions import ClientError, EndpointConnectionError

from aws_companion.athena.submission import MAX_QUERY_BYTES


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
