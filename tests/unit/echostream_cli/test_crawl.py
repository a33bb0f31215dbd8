"""`make crawl` against the companion's crawlers, over moto: what the command prints."""

import json
import threading
from datetime import UTC, datetime
from functools import cache

import boto3
import pytest
from moto import mock_aws
from starlette.testclient import TestClient

from aws_companion.app import Companion
from aws_companion.crawler.service import CrawlerService
from echostream_cli.errors import UserError
from echostream_cli.lake import crawl as command
from echostream_cli.lake.crawl_report import format_report

ROLE = "arn:aws:iam::123456789012:role/crawler"
REACH = {
    "region_name": "us-east-1",
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
}
TARGETS = {"S3Targets": [{"Path": "s3://lake/raw/"}]}


@cache
def client(service):
    """Made once for all tests: making one takes longer than most of them."""
    return boto3.client(service, **REACH)


class Moto:
    """Stands for the emulator. `gate` holds up reading S3 for as long as it is cleared."""

    def __init__(self):
        self.gate = threading.Event()
        self.gate.set()

    def client(self, service):
        if service != "s3":
            return client(service)
        made = boto3.client(service, **REACH)
        made.meta.events.register("before-call.s3.GetObject", self._wait)
        return made

    def _wait(self, **_):
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


@pytest.fixture
def world():
    emulator = Moto()
    with mock_aws():
        app = Companion([CrawlerService(emulator)], emulator).app()
        with TestClient(app) as http:
            yield World(emulator, http)
        emulator.gate.set()


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
    return crawled, format_report(crawled, name), states


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
    with pytest.raises(UserError, match="no crawler 'x'; there are: c"):
        run(world, "x")


def test_aiming_at_a_folder(world):
    """A crawler of its own is made, then aimed elsewhere; what is no folder of S3 is refused."""
    glue = Through(world)
    for path in ("s3://lake/raw/", "s3://lake/other/"):
        command.aim(glue, "s-adhoc", ROLE, "db", path)
        found = world.glue.get_crawler(Name="s-adhoc")["Crawler"]
        assert found["Targets"]["S3Targets"][0]["Path"] == path
    with pytest.raises(UserError, match="--path"):
        command.aim(glue, "s-adhoc", ROLE, "db", "lake/raw")
