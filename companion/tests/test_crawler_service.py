"""Crawler operations: states, errors, metrics, history."""

import json
import threading
import time
from functools import cache
from typing import Any

import boto3
import pytest
from moto import mock_aws
from starlette.testclient import TestClient

from aws_companion.app import Companion
from aws_companion.crawler.service import CrawlerService

ROLE = "arn:aws:iam::123456789012:role/crawler"
REACH: dict[str, Any] = {
    "region_name": "us-east-1",
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
}
TARGETS = {"S3Targets": [{"Path": "s3://lake/raw/"}]}


@cache
def client(service):
    """One client for all tests: creating one takes longer than most tests."""
    return boto3.client(service, **REACH)


class Moto:
    """The emulator. While `gate` is cleared, reads of S3 wait."""

    def __init__(self):
        self.gate = threading.Event()
        self.gate.set()
        self.is_waiting = False

    def client(self, service):
        if service != "s3":
            return client(service)
        s3 = boto3.client(service, **REACH)
        s3.meta.events.register("before-call.s3.GetObject", self._wait)
        return s3

    def _wait(self, **_):
        self.is_waiting = not self.gate.is_set()
        assert self.gate.wait(10)


class World:
    """The companion over moto, a bucket with two objects, and a crawler."""

    def __init__(self, emulator, http):
        self.emulator, self.http = emulator, http
        self.glue, self.s3 = emulator.client("glue"), emulator.client("s3")
        self.s3.create_bucket(Bucket="lake")
        for number in (1, 2):
            self.put(f"raw/dt=2026-01-0{number}/1.json", '{"id": "a"}\n')
        self.define()

    def put(self, key, text):
        self.s3.put_object(Bucket="lake", Key=key, Body=text.encode())

    def define(self, name="c", **more):
        """Create a crawler or replace it: moto has no UpdateCrawler."""
        if name in self.glue.list_crawlers()["CrawlerNames"]:
            self.glue.delete_crawler(Name=name)
        definition = {"Role": ROLE, "DatabaseName": "db", "Targets": TARGETS, **more}
        self.glue.create_crawler(Name=name, **definition)

    def call(self, action, **members):
        headers = {"X-Amz-Target": f"AWSGlue.{action}"}
        return self.http.post("/", content=json.dumps(members), headers=headers)

    def crawler(self):
        response = self.call("GetCrawler", Name="c")
        assert response.status_code == 200, response.text
        return response.json()["Crawler"]

    def crawl(self):
        """Start the crawler, wait for its end and return its last crawl."""
        assert self.call("StartCrawler", Name="c").status_code == 200
        return self.wait_for_end()

    def wait_for_end(self):
        wait_until(lambda: self.crawler()["State"] == "READY")
        return self.crawler()["LastCrawl"]


@pytest.fixture
def world():
    emulator: Any = Moto()
    with mock_aws():
        app = Companion([CrawlerService(emulator)], emulator).app()
        with TestClient(app, base_url="http://localhost") as http:
            yield World(emulator, http)
        emulator.gate.set()


def wait_until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true"
        time.sleep(0.01)


def error_type(response):
    assert response.status_code == 400
    return response.json()["__type"]


def test_crawl_runs_and_succeeds(world):
    """The states are READY, RUNNING, READY; the last crawl has a status and a log."""
    assert world.crawler()["State"] == "READY"
    assert "LastCrawl" not in world.crawler()
    world.emulator.gate.clear()
    assert world.call("StartCrawler", Name="c").json() == {}
    assert world.crawler()["State"] == "RUNNING"
    world.emulator.gate.set()
    last = world.wait_for_end()
    assert last["Status"] == "SUCCEEDED"
    assert last["LogGroup"] == "/aws-glue/crawlers"
    assert last["LogStream"] == "c"
    assert world.crawler()["CrawlElapsedTime"] > 0
    assert world.crawler()["DatabaseName"] == "db"
    table = world.glue.get_table(DatabaseName="db", Name="raw")["Table"]
    assert table["StorageDescriptor"]["Location"] == "s3://lake/raw/"


@pytest.mark.parametrize("action", ["StartCrawler", "StopCrawler", "GetCrawler"])
def test_unknown_crawler_is_refused(world, action):
    """Every operation returns EntityNotFoundException."""
    assert error_type(world.call(action, Name="nobody")) == "EntityNotFoundException"
    assert error_type(world.call("ListCrawls", CrawlerName="nobody")) == "EntityNotFoundException"


def test_running_crawler_is_not_started_again(world):
    """The error is CrawlerRunningException; the current run continues."""
    world.emulator.gate.clear()
    world.call("StartCrawler", Name="c")
    assert error_type(world.call("StartCrawler", Name="c")) == "CrawlerRunningException"
    world.emulator.gate.set()
    assert world.wait_for_end()["Status"] == "SUCCEEDED"


def test_stopped_crawl_writes_nothing(world):
    """It is STOPPING until the current object is read, then CANCELLED."""
    assert error_type(world.call("StopCrawler", Name="c")) == "CrawlerNotRunningException"
    world.emulator.gate.clear()
    world.call("StartCrawler", Name="c")
    wait_until(lambda: world.emulator.is_waiting)
    assert world.call("StopCrawler", Name="c").status_code == 200
    assert world.crawler()["State"] == "STOPPING"
    assert error_type(world.call("StopCrawler", Name="c")) == "CrawlerStoppingException"
    assert error_type(world.call("StartCrawler", Name="c")) == "CrawlerRunningException"
    world.emulator.gate.set()
    assert world.wait_for_end()["Status"] == "CANCELLED"
    assert world.glue.get_databases()["DatabaseList"] == []
    assert world.crawl()["Status"] == "SUCCEEDED"


def test_failed_crawl_has_a_reason(world):
    """For a missing bucket and for an unsupported target."""
    world.define(Targets={"S3Targets": [{"Path": "s3://none/x"}]})
    last = world.crawl()
    assert last["Status"] == "FAILED"
    assert "bucket does not exist" in last["ErrorMessage"]
    world.define(Targets={"DynamoDBTargets": [{"Path": "t"}]})
    last = world.crawl()
    assert last["Status"] == "FAILED"
    assert "only S3 targets" in last["ErrorMessage"]


def test_unexpected_error_fails_the_crawl(world, caplog):
    """The crawl has a message; one line of the log has the traceback."""
    world.define(Configuration="not JSON")
    with caplog.at_level("INFO", logger="companion"):
        last = world.crawl()
    assert last["Status"] == "FAILED"
    assert "JSONDecodeError" in last["ErrorMessage"]
    lines = [json.loads(entry.message) for entry in caplog.records if entry.name == "companion"]
    [failure] = [line for line in lines if line["event"] == "crawl_failed"]
    assert "Traceback" in failure["traceback"]


def test_metrics_describe_the_last_run(world):
    """Its tables and seconds; a second run over the same data changes no table."""
    [metrics] = world.call("GetCrawlerMetrics").json()["CrawlerMetricsList"]
    assert metrics["LastRuntimeSeconds"] == 0
    world.crawl()
    names = {"CrawlerNameList": ["c"]}
    [metrics] = world.call("GetCrawlerMetrics", **names).json()["CrawlerMetricsList"]
    assert metrics.pop("LastRuntimeSeconds") == metrics.pop("MedianRuntimeSeconds") > 0
    assert metrics == {
        "CrawlerName": "c",
        "TimeLeftSeconds": 0.0,
        "StillEstimating": False,
        "TablesCreated": 1,
        "TablesUpdated": 0,
        "TablesDeleted": 0,
    }
    world.crawl()
    [metrics] = world.call("GetCrawlerMetrics", **names).json()["CrawlerMetricsList"]
    assert (metrics["TablesCreated"], metrics["TablesUpdated"]) == (0, 0)


def test_crawls_are_listed_newest_first(world):
    """In pages, and filtered by state and by time in milliseconds."""
    world.crawl()
    for number in (1, 2):
        world.s3.delete_object(Bucket="lake", Key=f"raw/dt=2026-01-0{number}/1.json")
    world.s3.delete_bucket(Bucket="lake")
    world.crawl()
    first = world.call("ListCrawls", CrawlerName="c", MaxResults=1).json()
    assert [one["State"] for one in first["Crawls"]] == ["FAILED"]
    token = first["NextToken"]
    second = world.call("ListCrawls", CrawlerName="c", NextToken=token).json()
    assert [one["State"] for one in second["Crawls"]] == ["COMPLETED"]
    assert json.loads(second["Crawls"][0]["Summary"])["TABLE"] == {"ADD": 1}
    started = str(round(second["Crawls"][0]["StartTime"] * 1000))
    after = [{"FieldName": "START_TIME", "FilterOperator": "GT", "FieldValue": started}]
    failed = [{"FieldName": "STATE", "FilterOperator": "EQ", "FieldValue": "FAILED"}]
    for filters in (after, failed):
        crawls = world.call("ListCrawls", CrawlerName="c", Filters=filters).json()["Crawls"]
        assert [crawl["State"] for crawl in crawls] == ["FAILED"]


def test_crawlers_are_listed(world):
    """All in pages, or some by name with a list of unknown names."""
    world.define("d")
    page = world.call("GetCrawlers", MaxResults=1).json()
    rest = world.call("GetCrawlers", NextToken=page["NextToken"]).json()
    assert {one["Name"] for one in page["Crawlers"] + rest["Crawlers"]} == {"c", "d"}
    batch = world.call("BatchGetCrawlers", CrawlerNames=["d", "x"]).json()
    assert [one["Name"] for one in batch["Crawlers"]] == ["d"]
    assert batch["CrawlersNotFound"] == ["x"]
    assert error_type(world.call("GetCrawlers", NextToken="x")) == "InvalidInputException"


def test_recreated_crawler_has_no_runs(world):
    """After it is deleted and created again."""
    world.crawl()
    assert "LastCrawl" in world.crawler()
    world.define()
    assert "LastCrawl" not in world.crawler()
