"""`make crawl` with the companion's crawlers over moto: the report and the errors."""

import contextlib
import io
import json
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from moto import mock_aws
from starlette.testclient import TestClient

from aws_companion.app import Companion
from aws_companion.crawler.service import CrawlerService
from echostream_cli.errors import UserError
from echostream_cli.lake import crawl as command
from echostream_cli.lake.crawl_report import show, to_json
from tests.aws import client, new_client

ROLE = "arn:aws:iam::123456789012:role/crawler"
TARGETS = {"S3Targets": [{"Path": "s3://lake/raw/"}]}


class Moto:
    """The emulator. Reads of S3 wait while `gate` is cleared."""

    def __init__(self):
        self.gate = threading.Event()
        self.gate.set()

    def client(self, service):
        if service != "s3":
            return client(service)
        s3 = new_client(service)
        s3.meta.events.register("before-call.s3.GetObject", self._wait)
        return s3

    def _wait(self, **_):
        assert self.gate.wait(10)


class Emulation:
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
        """Create or replace a crawler: moto has no UpdateCrawler."""
        if name in self.glue.list_crawlers()["CrawlerNames"]:
            self.glue.delete_crawler(Name=name)
        definition = {"Role": ROLE, "DatabaseName": "db", "Targets": TARGETS, **more}
        self.glue.create_crawler(Name=name, **definition)

    def call(self, action, **members):
        headers = {"X-Amz-Target": f"AWSGlue.{action}"}
        return self.http.post("/", content=json.dumps(members), headers=headers)


@pytest.fixture
def emulation(monkeypatch):
    monkeypatch.setattr(command, "FIRST_WAIT", 0.01)
    emulator: Any = Moto()
    with mock_aws():
        app = Companion([CrawlerService(emulator)], emulator).app()
        with TestClient(app, base_url="http://localhost") as http:
            yield Emulation(emulator, http)
        emulator.gate.set()


class CompanionGlue:
    """A Glue client that sends crawler actions to the companion, and the others to moto."""

    def __init__(self, emulation):
        self.exceptions, self._emulation = emulation.glue.exceptions, emulation

    def __getattr__(self, name):
        action = "".join(part.capitalize() for part in name.split("_"))
        if action not in ("StartCrawler", "StopCrawler", "GetCrawler"):
            return getattr(self._emulation.glue, name)
        return lambda **members: self._call(action, members)

    def update_crawler(self, **definition):
        self._emulation.define(definition.pop("Name"), **definition)

    def _call(self, action, members):
        response = self._emulation.call(action, **members)
        body = response.json()
        if response.status_code != 200:
            error = {"Error": {"Code": body["__type"], "Message": body["message"]}}
            raise self.exceptions.from_code(body["__type"])(error, action)
        last_crawl = body.get("Crawler", {}).get("LastCrawl")
        if last_crawl:
            last_crawl["StartTime"] = datetime.fromtimestamp(last_crawl["StartTime"], UTC)
        return body


def run(emulation, name="c"):
    states = []
    glue, logs = CompanionGlue(emulation), emulation.emulator.client("logs")
    report = command.crawl(glue, logs, name, lambda state, _: states.append(state))
    with contextlib.redirect_stdout(io.StringIO()) as out:
        show(report)
    return report, out.getvalue(), states


def test_report_lists_tables_and_skipped_objects(emulation):
    """Each table with columns and partitions, each skipped object with the reason; JSON too."""
    emulation.put("raw/dt=2026-01-01/bad.json", "hello")
    report, text, _ = run(emulation)
    assert report.status == "SUCCEEDED"
    assert "created raw, 2 partitions" in text
    assert "id  string\n" in text
    [table] = json.loads(json.dumps(to_json(report)))["tables"]
    assert table == {
        "change": "created",
        "name": "raw",
        "columns": [{"name": "id", "type": "string"}],
        "partition_keys": ["dt"],
        "partitions": 2,
    }
    assert "dt  string (partition key)" in text
    assert "Skipped s3://lake/raw/dt=2026-01-01/bad.json: not JSON" in text


def test_report_names_the_change_of_each_table(emulation):
    """Unchanged, then updated; warnings of an earlier run are not repeated."""
    emulation.put("raw/dt=2026-01-01/bad.json", "hello")
    first, _, _ = run(emulation)
    assert first.warnings
    emulation.s3.delete_object(Bucket="lake", Key="raw/dt=2026-01-01/bad.json")
    assert "unchanged raw" in run(emulation)[1]
    emulation.put("raw/dt=2026-01-03/1.json", '{"id": "a", "n": 1}\n')
    report, text, _ = run(emulation)
    assert "updated raw, 3 partitions" in text
    assert report.warnings == ()


def test_running_crawl_is_joined(emulation):
    """The command waits for a run that is in progress."""
    emulation.emulator.gate.clear()
    emulation.call("StartCrawler", Name="c")
    threading.Timer(0.1, emulation.emulator.gate.set).start()
    report, _, states = run(emulation)
    assert report.status == "SUCCEEDED"
    assert states[0] == "RUNNING"


def test_unknown_crawler_is_refused(emulation):
    """The message lists the existing crawlers."""
    with pytest.raises(UserError, match="crawler 'x' does not exist; existing crawlers: c"):
        run(emulation, "x")


def test_target_of_a_crawler_can_be_set(emulation):
    """The crawler is created, then updated; a path that is not a folder of S3 is refused."""
    glue = CompanionGlue(emulation)
    for path in ("s3://lake/raw/", "s3://lake/other/"):
        command.set_target(glue, "s-adhoc", ROLE, "db", path)
        crawler = emulation.glue.get_crawler(Name="s-adhoc")["Crawler"]
        assert crawler["Targets"]["S3Targets"][0]["Path"] == path
    with pytest.raises(UserError, match="--path"):
        command.set_target(glue, "s-adhoc", ROLE, "db", "lake/raw")
