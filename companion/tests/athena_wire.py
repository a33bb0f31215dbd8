"""Athena's operations through boto3, with an engine and an emulator that tests control."""

import json
import threading
import time
import uuid
from functools import cache
from typing import Any

import boto3
import pyarrow as pa
from starlette.testclient import TestClient

from aws_companion.app import Companion
from aws_companion.athena.execution import (
    Column,
    Result,
)
from aws_companion.athena.service import AthenaService

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
def clients() -> dict[str, Any]:
    """Created once, because it takes long; moto resets AWS for each test."""
    session = boto3.Session("test", "test", region_name="us-east-1")
    return {"s3": session.client("s3"), "athena": session.client("athena")}


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
        emulator: Any = FakeEmulator()
        self.engine, self.emulator = FakeEngine(), emulator
        self.athena = AthenaService(self.engine, self.emulator, max_executions)
        self.http = TestClient(
            Companion([self.athena], self.emulator).app(), base_url="http://localhost"
        )

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


def cells(page):
    return [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]
