"""`make live`: posts of each kind of service, over servers on this machine, are stored once."""

import json
import os
import signal
import subprocess
import sys
from gzip import decompress

import pytest

from echostream_cli.paths import ROOT
from tests.live_services import live_services
from tests.polling import wait_until

NUMBER = 900


@pytest.fixture(scope="module")
def services():
    with live_services() as opened:
        yield opened


@pytest.fixture
def start(settings, sandbox, tmp_path):
    """A function that starts `echostream live`; the processes are ended afterwards."""
    started = []

    def live(kind, channel, values, credentials=()):
        secrets = tmp_path / kind
        secrets.write_text("".join(f"{one}\n" for one in credentials))
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "echostream_cli", "live", kind, "--interval", "1"),
                *(f"{name}={value}" for name, value in {**values, "channel": channel}.items()),
            ],
            cwd=ROOT,
            env={**os.environ, **settings.environment()},
            stdin=secrets.open(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield live
    for process in started:
        process.kill()
        process.communicate()


def stored(client, channel):
    """The texts of a channel, sorted."""
    texts, cursor = [], None
    while True:
        page = client.query(channel=channel, limit=500, cursor=cursor)
        texts += [one["text"] for one in page["documents"]]
        cursor = page["cursor"]
        if cursor is None:
            return sorted(texts)


@pytest.fixture
def ids_in_lake(settings, sandbox):
    """A function that returns the ids of a channel's documents in `enriched/`."""
    s3, bucket = settings.target.client("s3"), sandbox["LAKE_BUCKET"]

    def read(channel):
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix="enriched/tenant_id=demo/"
        )
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        bodies = (s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys)
        rows = (json.loads(line) for body in bodies for line in decompress(body).splitlines())
        return [row["id"] for row in rows if row.get("channel") == channel]

    return read


def counted(client):
    return {one["source"]: one["total"] for one in client.stats()["sources"]}


def test_sample_data_needs_no_service(client, start, name):
    """The documents of a minute, then those of each further one."""
    process = start("replay", name, {"per_minute": "500"})
    assert process.stdout.readline().startswith("reading replay per_minute=500 ")
    assert wait_until(lambda: len(stored(client, name)) > 50)


def test_posts_of_each_service_are_stored_once(client, services, start, ids_in_lake, name):
    """Hundreds at once, new ones within seconds, and after failures: table, lake and counts."""
    before = counted(client)
    for service in services.values():
        service.posts.add([f"post {n}" for n in range(10)])
    processes = {
        kind: start(kind, f"{name}-{kind}", one.settings, one.secrets.values())
        for kind, one in services.items()
    }
    for kind, process in processes.items():
        assert process.stdout.readline().startswith(f"reading {kind} ")
        assert "10 accepted" in process.stdout.readline()
    for service in services.values():
        service.posts.add([f"post {n}" for n in range(10, NUMBER)])
    expected = sorted(f"post {n}" for n in range(NUMBER))
    for kind, process in processes.items():
        channel = f"{name}-{kind}"
        assert wait_until(lambda: len(stored(client, channel)) == NUMBER, 120), kind  # noqa: B023
        assert stored(client, channel) == expected, kind
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
        assert output.endswith("\nstopped\n")
        assert process.returncode == 0
    for kind in services:
        assert wait_until(lambda: counted(client)[kind] - before.get(kind, 0) == NUMBER), kind  # noqa: B023
        ids = ids_in_lake(f"{name}-{kind}")
        assert len(ids) == len(set(ids)) == NUMBER
