"""Glue's crawlers through the companion: states, errors, metrics, history, and `make crawl`."""

import json
import threading
import time
from datetime import UTC, datetime

import pytest
from moto import mock_aws
from starlette.testclient import TestClient

from localstack import crawl as command
from localstack.companion.app import Companion
from localstack.companion.glue import Glue
from localstack.crawled import told
from localstack.settings import SandboxError
from tests.aws import client, new_client

ROLE = "arn:aws:iam::123456789012:role/crawler"
TARGETS = {"S3Targets": [{"Path": "s3://lake/raw/"}]}


class Moto:
    """Stands for the emulator. `gate` holds up reading S3 for as long as it is cleared."""

    def __init__(self):
        self.gate = threading.Event()
        self.gate.set()
        self.is_held = False

    def client(self, service):
        if service != "s3":
            return client(service)
        made = new_client(service)
        made.meta.events.register("before-call.s3.GetObject", self._wait)
        return made

    def _wait(self, **_):
        self.is_held = not self.gate.is_set()
        assert self.gate.wait(10)


class World:
    """The companion over moto, and a bucket with two objects."""

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
        """Create a crawler, or another one under its name: moto has no UpdateCrawler."""
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
        """Start the crawler and wait for its end."""
        assert self.call("StartCrawler", Name="c").status_code == 200
        return self.ended()

    def ended(self):
        until(lambda: self.crawler()["State"] == "READY")
        return self.crawler()["LastCrawl"]


@pytest.fixture
def world():
    emulator = Moto()
    with mock_aws():
        app = Companion([Glue(emulator)], emulator, {}).app()
        with TestClient(app) as http:
            yield World(emulator, http)
        emulator.gate.set()


def until(is_so, seconds=10):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it never came to be so"
        time.sleep(0.01)


def problem(response):
    assert response.status_code == 400
    return response.json()["__type"]


def test_a_crawl_from_start_to_end(world):
    """Ready, running with its seconds, ready with a last crawl that says where its log is."""
    assert world.crawler()["State"] == "READY"
    assert "LastCrawl" not in world.crawler()
    world.emulator.gate.clear()
    assert world.call("StartCrawler", Name="c").json() == {}
    assert world.crawler()["State"] == "RUNNING"
    world.emulator.gate.set()
    last = world.ended()
    assert last["Status"] == "SUCCEEDED"
    assert last["LogGroup"] == "/aws-glue/crawlers"
    assert last["LogStream"] == "c"
    assert world.crawler()["CrawlElapsedTime"] > 0
    assert world.crawler()["DatabaseName"] == "db"
    table = world.glue.get_table(DatabaseName="db", Name="raw")["Table"]
    assert table["StorageDescriptor"]["Location"] == "s3://lake/raw/"


@pytest.mark.parametrize("action", ["StartCrawler", "StopCrawler", "GetCrawler"])
def test_a_crawler_that_is_none(world, action):
    """EntityNotFoundException, as AWS says it."""
    assert problem(world.call(action, Name="nobody")) == "EntityNotFoundException"
    assert problem(world.call("ListCrawls", CrawlerName="nobody")) == "EntityNotFoundException"


def test_a_running_crawler_is_not_started_again(world):
    """CrawlerRunningException; the run that goes on is not disturbed."""
    world.emulator.gate.clear()
    world.call("StartCrawler", Name="c")
    assert problem(world.call("StartCrawler", Name="c")) == "CrawlerRunningException"
    world.emulator.gate.set()
    assert world.ended()["Status"] == "SUCCEEDED"


def test_stopping_a_crawl(world):
    """Stopping until the object at hand is done, then cancelled, with nothing written."""
    assert problem(world.call("StopCrawler", Name="c")) == "CrawlerNotRunningException"
    world.emulator.gate.clear()
    world.call("StartCrawler", Name="c")
    until(lambda: world.emulator.is_held)
    assert world.call("StopCrawler", Name="c").status_code == 200
    assert world.crawler()["State"] == "STOPPING"
    assert problem(world.call("StopCrawler", Name="c")) == "CrawlerStoppingException"
    assert problem(world.call("StartCrawler", Name="c")) == "CrawlerRunningException"
    world.emulator.gate.set()
    assert world.ended()["Status"] == "CANCELLED"
    assert world.glue.get_databases()["DatabaseList"] == []
    assert world.crawl()["Status"] == "SUCCEEDED"


def test_a_crawl_that_cannot_be(world):
    """A bucket that is none, a target of another kind: FAILED, and why."""
    world.define(Targets={"S3Targets": [{"Path": "s3://none/x"}]})
    last = world.crawl()
    assert last["Status"] == "FAILED"
    assert "bucket does not exist" in last["ErrorMessage"]
    world.define(Targets={"DynamoDBTargets": [{"Path": "t"}]})
    assert "only S3 targets" in world.crawl()["ErrorMessage"]


def test_what_nobody_foresaw_ends_a_crawl_too(world, caplog):
    """FAILED with a message; one line of the log has the traceback."""
    world.define(Configuration="not JSON")
    with caplog.at_level("INFO", logger="companion"):
        last = world.crawl()
    assert last["Status"] == "FAILED"
    assert "JSONDecodeError" in last["ErrorMessage"]
    lines = [json.loads(entry.message) for entry in caplog.records if entry.name == "companion"]
    [broke] = [line for line in lines if line["event"] == "crawl_broke"]
    assert "Traceback" in broke["traceback"]


def test_metrics(world):
    """Tables and seconds of the last run; a second run over the same data changes no table."""
    [metrics] = world.call("GetCrawlerMetrics").json()["CrawlerMetricsList"]
    assert metrics["LastRuntimeSeconds"] == 0
    world.crawl()
    asked = {"CrawlerNameList": ["c"]}
    [metrics] = world.call("GetCrawlerMetrics", **asked).json()["CrawlerMetricsList"]
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
    [metrics] = world.call("GetCrawlerMetrics", **asked).json()["CrawlerMetricsList"]
    assert (metrics["TablesCreated"], metrics["TablesUpdated"]) == (0, 0)


def test_history(world):
    """Newest first, by pages, filtered by state and by time in milliseconds."""
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
        found = world.call("ListCrawls", CrawlerName="c", Filters=filters).json()["Crawls"]
        assert [one["State"] for one in found] == ["FAILED"]


def test_lists_of_crawlers(world):
    """All by pages, some by name; those that are none are named."""
    world.define("d")
    page = world.call("GetCrawlers", MaxResults=1).json()
    rest = world.call("GetCrawlers", NextToken=page["NextToken"]).json()
    assert {one["Name"] for one in page["Crawlers"] + rest["Crawlers"]} == {"c", "d"}
    found = world.call("BatchGetCrawlers", CrawlerNames=["d", "x"]).json()
    assert [one["Name"] for one in found["Crawlers"]] == ["d"]
    assert found["CrawlersNotFound"] == ["x"]
    assert problem(world.call("GetCrawlers", NextToken="x")) == "InvalidInputException"


def test_a_crawler_made_anew_has_no_past(world):
    """Its runs are those of the definition that ran, not of the name."""
    world.crawl()
    world.define()
    assert "LastCrawl" not in world.crawler()


class Through:
    """A Glue client whose crawler actions go to the companion, as with an endpoint of its own."""

    def __init__(self, world):
        self.exceptions, self._world = world.glue.exceptions, world

    def __getattr__(self, name):
        action = "".join(part.capitalize() for part in name.split("_"))
        if action not in ("StartCrawler", "StopCrawler", "GetCrawler"):
            return getattr(self._world.glue, name)
        return lambda **members: self._call(action, members)

    def update_crawler(self, **definition):
        self._world.define(definition.pop("Name"), **definition)

    def _call(self, action, members):
        response = self._world.call(action, **members)
        if response.status_code != 200:
            body = response.json()
            error = {"Error": {"Code": body["__type"], "Message": body["message"]}}
            raise self.exceptions.from_code(body["__type"])(error, action)
        answer = response.json()
        last = answer.get("Crawler", {}).get("LastCrawl")
        if last:
            last["StartTime"] = datetime.fromtimestamp(last["StartTime"], UTC)
        return answer


def run(world, name="c"):
    states = []
    logs = world.emulator.client("logs")
    crawled = command.crawl(Through(world), logs, name, lambda state, _: states.append(state))
    return crawled, told(crawled, name), states


def test_the_command_tells_what_was_found(world):
    """Each table with columns and partitions, and each object that was left out, with why."""
    world.put("raw/dt=2026-01-01/bad.json", "hello")
    crawled, text, _ = run(world)
    assert crawled.status == "SUCCEEDED"
    assert "created raw, 2 partitions" in text
    assert "id  string\n" in text
    assert "dt  string (partition key)" in text
    assert "Left out s3://lake/raw/dt=2026-01-01/bad.json: not JSON" in text


def test_the_command_tells_what_changed(world):
    """Unchanged, then updated; a warning of an earlier run is not told again."""
    world.put("raw/dt=2026-01-01/bad.json", "hello")
    run(world)
    world.s3.delete_object(Bucket="lake", Key="raw/dt=2026-01-01/bad.json")
    assert "unchanged raw" in run(world)[1]
    world.put("raw/dt=2026-01-03/1.json", '{"id": "a", "n": 1}\n')
    crawled, text, _ = run(world)
    assert "updated raw, 3 partitions" in text
    assert crawled.warnings == ()


def test_the_command_joins_a_run(world):
    """A crawler that runs already is waited for."""
    world.emulator.gate.clear()
    world.call("StartCrawler", Name="c")
    threading.Timer(0.1, world.emulator.gate.set).start()
    crawled, _, states = run(world)
    assert crawled.status == "SUCCEEDED"
    assert states[0] == "RUNNING"


def test_the_command_names_the_crawlers_that_there_are(world):
    """A wrong name is one line with the right ones."""
    with pytest.raises(SandboxError, match="no crawler 'x'; there are: c"):
        run(world, "x")


def test_aiming_at_a_folder(world):
    """A crawler of its own is made, then aimed elsewhere; what is no folder of S3 is refused."""
    glue = Through(world)
    for path in ("s3://lake/raw/", "s3://lake/other/"):
        command.aim(glue, "s-adhoc", ROLE, "db", path)
        found = world.glue.get_crawler(Name="s-adhoc")["Crawler"]
        assert found["Targets"]["S3Targets"][0]["Path"] == path
    with pytest.raises(SandboxError, match="--path"):
        command.aim(glue, "s-adhoc", ROLE, "db", "lake/raw")
