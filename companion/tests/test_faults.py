"""Planned faults of the companion, and their plans."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from bedrock_wire import converse, user
from comprehend_requests import batch, detect, error_type

from aws_companion.faults import FaultInjector, FaultPlan, InvalidFaultPlan, parse_fault_plan


@pytest.fixture(autouse=True)
def no_faults(http):
    yield
    http.delete("/_companion/faults")


def test_faults_follow_the_plan(http):
    """One throttle, one failure, one partial batch, then normal responses."""
    plan = {"throttle": 1, "fail": 1, "partial": 1, "answered": 2}
    assert http.post("/_companion/faults", json=plan).status_code == 200
    assert error_type(batch(http, ["a"])) == "ThrottlingException"
    assert error_type(batch(http, ["a"]), 500) == "InternalServerException"
    half = batch(http, ["a", "b", "c", "d"]).json()
    assert [result["Index"] for result in half["ResultList"]] == [0, 1]
    assert [error["Index"] for error in half["ErrorList"]] == [2, 3]
    assert {error["ErrorCode"] for error in half["ErrorList"]} == {"InternalServerException"}
    assert batch(http, ["a", "b", "c", "d"]).json()["ErrorList"] == []


def test_faults_can_be_cleared(http):
    """DELETE removes the remaining faults."""
    http.post("/_companion/faults", json={"throttle": 5})
    assert http.get("/_companion/faults").json()["throttle"] == 5
    http.delete("/_companion/faults")
    assert detect(http, "a").status_code == 200


BEDROCK = "/_companion/faults?service=bedrock-runtime"


def converse_status(http):
    return converse(http, {"messages": [user("hello")]}).status_code


def test_plan_of_one_service_does_not_affect_the_others(http):
    """GET shows it and DELETE removes it under the service's name."""
    assert http.post(BEDROCK, json={"throttle": 2}).json()["throttle"] == 2
    assert detect(http, "a").status_code == 200
    assert converse_status(http) == 429
    assert http.get(BEDROCK).json()["throttle"] == 1
    assert http.get("/_companion/faults").json()["throttle"] == 0
    assert http.delete(BEDROCK).json()["throttle"] == 0
    assert converse_status(http) == 200


def test_own_plan_of_a_service_comes_before_the_shared_one(http):
    """A request takes one of the two faults; a partial batch is none for a single request."""
    http.post(BEDROCK, json={"fail": 1, "partial": 1})
    http.post("/_companion/faults", json={"throttle": 1})
    assert [converse_status(http) for _ in range(3)] == [500, 429, 200]


def test_deletion_without_a_service_removes_all_faults(http):
    """Those of single services too."""
    http.post(BEDROCK, json={"fail": 1})
    http.delete("/_companion/faults")
    assert converse_status(http) == 200


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_faults_of_an_unknown_service_are_refused(http, method):
    """The message lists the services."""
    response = http.request(method, "/_companion/faults?service=bedrok", json={})
    assert response.status_code == 400
    assert "bedrock-runtime, comprehend" in response.json()["error"]["message"]


@pytest.mark.parametrize("plan", [[], {"trottle": 1}, {"fail": -1}, {"wait": "1"}, {"fail": True}])
def test_invalid_fault_plans_are_refused(http, plan):
    """For an unknown or an invalid field."""
    assert http.post("/_companion/faults", json=plan).status_code == 400
    with pytest.raises(InvalidFaultPlan):
        parse_fault_plan(plan)


def test_concurrent_requests_get_the_planned_number_of_faults():
    """200 requests in eight threads get exactly 37 throttles."""
    injector = FaultInjector()
    injector.set(FaultPlan(throttle=37))
    with ThreadPoolExecutor(8) as pool:
        faults = list(pool.map(lambda _: injector.next(is_batch=True), range(200)))
    assert sum(fault.error is not None for fault in faults) == 37
