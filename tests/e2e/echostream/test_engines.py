"""Paid engines on a separate sandbox: real tweets, companion crashes, rescoring."""

import signal
import threading
from collections import Counter
from datetime import UTC, datetime

import psutil
import pytest
import requests

from echostream_cli.outputs import api, outputs
from echostream_cli.paths import ROOT
from echostream_cli.sandbox import containers, lifecycle, processes
from echostream_cli.settings import load
from echostream_client.send import send
from seed.dataset import documents
from tests.commands import run
from tests.own_sandbox import own_environment

CHILD_OF_INIT = "int(open('/proc/1/task/1/children').read().split()[0])"
KILL = ["python", "-c", f"import os; os.kill({CHILD_OF_INIT}, 9)"]
"""Kills the main process of a container, as a crash would."""


@pytest.fixture(scope="module")
def environment(tmp_path_factory, mode):
    """The environment variables of a separate sandbox; the module's end removes it."""
    variables = own_environment(tmp_path_factory.mktemp("engines"), mode, "echostream-engines")
    yield variables
    lifecycle.down(load(variables, ROOT / "no.env"), volumes=True)


def start(environment, engine):
    """Start the sandbox with an engine. Returns its settings and its API."""
    settings = load({**environment, "ENGINE": engine}, ROOT / "no.env")
    lifecycle.start(settings)
    return settings, api(settings, outputs(settings))


def list_documents(client, prefix):
    """All stored documents whose id begins with a prefix."""
    cursor = None
    while True:
        page = client.query(limit=500, cursor=cursor)
        yield from (d for d in page["documents"] if d["id"].startswith(prefix))
        cursor = page["cursor"]
        if not cursor:
            return


def tweets(prefix, number):
    batch = documents("tweets", number, datetime.now(UTC))
    return [{**document, "id": f"{prefix}-{document['id']}"} for document in batch]


def kill_companion(settings):
    """Kill the companion. Returns whether it was running."""
    if settings.in_docker:
        container = containers.find(settings, "companion")
        assert container, "the sandbox has no companion"
        return container.status == "running" and container.exec_run(KILL).exit_code == 0
    companions = [p for p in processes.ours(settings.state_dir) if "aws_companion" in p.cmdline()]
    for process in companions:
        process.send_signal(signal.SIGKILL)
    psutil.wait_procs(companions, timeout=10)
    return bool(companions)


def test_companion_crashes_lose_no_document(environment):
    """The companion is killed repeatedly: either engine scores each tweet, exactly once."""
    settings, client = start(environment, "comprehend")
    batch, kills = tweets("crash", 1500), []
    is_sent = threading.Event()

    def kill_repeatedly():
        while not is_sent.wait(0.7):
            kills.append(kill_companion(settings))

    killer = threading.Thread(target=kill_repeatedly)
    killer.start()
    try:
        result = send(client, batch)
    finally:
        is_sent.set()
        killer.join()
    assert (result.accepted, result.rejected) == (len(batch), [])
    assert sum(kills) > 0
    lifecycle.start(settings)
    stored = list(list_documents(client, "crash"))
    assert sorted(d["id"] for d in stored) == sorted(d["id"] for d in batch)
    engines = Counter((d["engine"], d["fallback"]) for d in stored)
    assert set(engines) <= {("comprehend", None), ("vader", "comprehend_unavailable")}
    assert len({d["compound"] for d in stored}) > 100


def test_comprehend_scores_every_document(environment):
    """Every tweet has a score of the stand-in, and the version of its model."""
    _, client = start(environment, "comprehend")
    batch = tweets("whole", 300)
    send(client, batch)
    stored = list(list_documents(client, "whole"))
    assert len(stored) == len(batch)
    assert {d["engine"] for d in stored} == {"comprehend"}
    assert all(d["engine_version"].startswith("stand-in/") for d in stored)
    assert {d["sentiment"] for d in stored} >= {"POSITIVE", "NEGATIVE", "NEUTRAL"}


def test_rescore_adds_comprehend_scores_to_the_cascade(environment):
    """The cascade uses both engines; after a rescore, VADER's documents also have the other score.

    A document that Comprehend scored first keeps that score.
    """
    settings, client = start(environment, "cascade")
    batch = tweets("cascade", 300)
    send(client, batch)
    stored = list(list_documents(client, "cascade"))
    assert {d["engine"] for d in stored} == {"vader", "comprehend"}
    assert not any(d["fallback"] for d in stored)
    rescore = run(settings.environment(), "rescore", "--engine", "comprehend")
    assert rescore.returncode == 0, rescore.stderr
    assert "scored" in rescore.stdout
    rescored = list(list_documents(client, "cascade"))
    assert len(rescored) == len(batch)
    for document in rescored:
        engines = {document["engine"], *(other["engine"] for other in document["others"])}
        assert "comprehend" in engines
    by_vader = [d for d in rescored if d["engine"] == "vader"]
    assert len(by_vader) == sum(d["engine"] == "vader" for d in stored)
    assert all(d["others"][0]["engine"] == "comprehend" for d in by_vader)


def test_throttled_requests_are_retried(environment):
    """Two throttled requests do not make the pipeline fall back to VADER."""
    settings, client = start(environment, "comprehend")
    faults = settings.companion_url + "/_companion/faults"
    assert requests.post(faults, json={"throttle": 2}, timeout=10).ok
    try:
        send(client, tweets("throttled", 50))
        assert requests.get(faults, timeout=10).json()["throttle"] == 0
    finally:
        requests.delete(faults, timeout=10)
    stored = list(list_documents(client, "throttled"))
    assert len(stored) == 50
    assert {d["engine"] for d in stored} == {"comprehend"}
