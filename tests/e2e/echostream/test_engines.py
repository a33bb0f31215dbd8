"""The paid engines on a sandbox of their own: real tweets, a companion that dies, rescoring."""

import signal
import threading
import uuid
from collections import Counter
from datetime import UTC, datetime

import psutil
import pytest
import requests

from echostream_cli.outputs import api, outputs
from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port
from echostream_cli.sandbox import containers, lifecycle, processes
from echostream_cli.settings import load
from seed.dataset import documents
from seed.send import send
from tests.commands import run

CHILD_OF_INIT = "int(open('/proc/1/task/1/children').read().split()[0])"
KILL = ["python", "-c", f"import os; os.kill({CHILD_OF_INIT}, 9)"]
"""Ends what a container is there for, as a crash would."""


@pytest.fixture(scope="module")
def own(tmp_path_factory, mode):
    """Settings by variable of a sandbox that scores with Comprehend's stand-in."""
    environment = {
        "MODE": mode,
        "COMPOSE_PROJECT_NAME": f"echostream-test-{uuid.uuid4().hex[:8]}",
        "STATE_DIR": str(tmp_path_factory.mktemp("engines")),
        "EMULATOR_PORT": str(free_port()),
        "COMPANION_PORT": str(free_port()),
        "STACK_NAME": "echostream-engines",
        "PRODUCER": "off",
        "DASHBOARD": "off",
        "SEED_DOCUMENTS": "0",
    }
    yield environment
    lifecycle.down(load(environment, ROOT / "no.env"), volumes=True)


def started(environment, engine):
    """The sandbox with this engine, and the API of it."""
    settings = load({**environment, "ENGINE": engine}, ROOT / "no.env")
    lifecycle.start(settings)
    return settings, api(settings, outputs(settings))


def everything(client, prefix):
    cursor = None
    while True:
        page = client.query(limit=500, cursor=cursor)
        yield from (d for d in page["documents"] if d["id"].startswith(prefix))
        cursor = page["cursor"]
        if not cursor:
            return


def tweets(prefix, number):
    made = documents("tweets", number, datetime.now(UTC))
    return [{**document, "id": f"{prefix}-{document['id']}"} for document in made]


def kill_companion(settings):
    """Kill it as a crash would. True where it ran."""
    if settings.in_docker:
        container = containers.find(settings, "companion")
        return container.status == "running" and container.exec_run(KILL).exit_code == 0
    found = [p for p in processes.ours(settings.state_dir) if "aws_companion" in p.cmdline()]
    for process in found:
        process.send_signal(signal.SIGKILL)
    psutil.wait_procs(found, timeout=10)
    return bool(found)


def test_no_document_is_lost_while_the_companion_dies(own):
    """Killed twice on the way and restarted: every tweet is scored, by one engine or the other."""
    settings, client = started(own, "comprehend")
    made, killed = tweets("dying", 1500), []
    done = threading.Event()

    def kill_now_and_then():
        while not done.wait(0.7):
            killed.append(kill_companion(settings))

    killer = threading.Thread(target=kill_now_and_then)
    killer.start()
    try:
        sent = send(client, made, progress=False)
    finally:
        done.set()
        killer.join()
    assert (sent.accepted, sent.rejected) == (len(made), [])
    assert sum(killed) > 0
    lifecycle.start(settings)
    found = list(everything(client, "dying"))
    assert sorted(d["id"] for d in found) == sorted(d["id"] for d in made)
    engines = Counter((d["engine"], d["fallback"]) for d in found)
    assert set(engines) <= {("comprehend", None), ("vader", "comprehend_unavailable")}
    assert len({d["compound"] for d in found}) > 100


def test_every_document_by_comprehend(own):
    """With the companion up, every tweet is scored by it, and says by which model."""
    _, client = started(own, "comprehend")
    made = tweets("whole", 300)
    send(client, made, progress=False)
    found = list(everything(client, "whole"))
    assert len(found) == len(made)
    assert {d["engine"] for d in found} == {"comprehend"}
    assert all(d["engine_version"].startswith("stand-in/") for d in found)
    assert {d["sentiment"] for d in found} >= {"POSITIVE", "NEGATIVE", "NEUTRAL"}


def test_cascade_and_rescore(own):
    """One command switches to the cascade; rescoring then adds the other engine's word."""
    settings, client = started(own, "cascade")
    made = tweets("cascade", 300)
    send(client, made, progress=False)
    found = list(everything(client, "cascade"))
    assert {d["engine"] for d in found} == {"vader", "comprehend"}
    assert not any(d["fallback"] for d in found)
    done = run(settings.environment(), "rescore", "--engine", "comprehend")
    assert done.returncode == 0, done.stderr
    assert "scored" in done.stdout
    rescored = list(everything(client, "cascade"))
    assert len(rescored) == len(made)
    for document in rescored:
        said = {document["engine"], *(other["engine"] for other in document["others"])}
        assert "comprehend" in said
    by_vader = [d for d in rescored if d["engine"] == "vader"]
    assert len(by_vader) == sum(d["engine"] == "vader" for d in found)
    assert all(d["others"][0]["engine"] == "comprehend" for d in by_vader)


def test_throttling_is_waited_out(own):
    """A throttle now and then costs nobody their score."""
    settings, client = started(own, "comprehend")
    faults = settings.companion_url + "/_companion/faults"
    assert requests.post(faults, json={"throttle": 2}, timeout=10).ok
    try:
        made = tweets("throttled", 50)
        send(client, made, progress=False)
    finally:
        requests.delete(faults, timeout=10)
    assert {d["engine"] for d in everything(client, "throttled")} == {"comprehend"}
