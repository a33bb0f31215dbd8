"""`make live`: a feed on this machine is read again and again, each item stored once."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from echostream_cli.paths import ROOT
from tests.polling import wait_until
from tests.unit.echostream_sources.feeds import numbered
from tests.web_server import web_server

NUMBER = 1_200
START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=24)


@pytest.fixture
def server():
    with web_server() as served:
        yield served


@pytest.fixture
def start(settings, sandbox):
    """A function that starts `echostream live`; the processes are ended afterwards."""
    started = []

    def live(feed, channel):
        options = ["rss", f"feed={feed}", f"channel={channel}", "--interval", "1"]
        process = subprocess.Popen(
            [sys.executable, "-m", "echostream_cli", "live", *options],
            cwd=ROOT,
            env={**os.environ, **settings.environment()},
            stdin=subprocess.DEVNULL,
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


def feed_of(numbers):
    """A feed of yesterday's items, newest first."""
    return numbered(numbers[::-1], START)


def stored(client, channel):
    """The texts of a channel, oldest first."""
    texts, cursor = [], None
    while True:
        page = client.query(channel=channel, limit=500, cursor=cursor)
        texts += [one["text"] for one in page["documents"]]
        cursor = page["cursor"]
        if cursor is None:
            return texts[::-1]


def test_items_of_a_feed_are_stored_once(client, server, start, name):
    """Thousands at once; new ones within seconds; after a kill and a start again each one once."""
    feed = server.serve("/feed.xml", feed_of(range(NUMBER)))
    process = start(feed, name)
    assert f"reading rss feed={feed} channel={name} every 1 s" in process.stdout.readline()
    lines = [process.stdout.readline() for _ in range(3)]
    assert ["500 accepted, more follow" in line for line in lines] == [True, True, False]
    assert "200 accepted" in lines[2]
    process.kill()
    server.serve("/feed.xml", feed_of(range(NUMBER + 2)))
    again = start(feed, name)
    expected = [f"title {n}" for n in range(NUMBER + 2)]
    assert wait_until(lambda: len(stored(client, name)) == len(expected))
    assert stored(client, name) == expected
    server.serve("/feed.xml", b"", 503)
    assert wait_until(lambda: "HTTP 503; next try in 1 s" in again.stdout.readline())
    server.serve("/feed.xml", feed_of(range(2, NUMBER + 3)))
    assert wait_until(lambda: len(stored(client, name)) == len(expected) + 1)
    again.send_signal(signal.SIGINT)
    output, _ = again.communicate(timeout=60)
    assert output.endswith("\nstopped\n")
    assert again.returncode == 0
