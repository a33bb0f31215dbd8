"""make up, down and their like: what dies is repaired, what is stopped is gone."""

import os
import signal
import socket
import urllib.request

import psutil
import pytest

from echostream_cli.ports import free_port
from echostream_cli.sandbox import processes
from tests import commands


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Settings of a sandbox that is started and broken here, apart from the others."""
    state = tmp_path_factory.mktemp("broken sandbox")
    environment = {
        "MODE": "local",
        "STATE_DIR": str(state),
        "EMULATOR_PORT": str(free_port()),
        "COMPANION_PORT": str(free_port()),
        "DASHBOARD_PORT": str(free_port()),
        "STACK_NAME": "echostream-lifecycle",
        "PRODUCER": "on",
        "SEED_DOCUMENTS": "30",
    }
    yield environment
    run(environment, "down")


def run(environment, command, **changes):
    return commands.run({**environment, **changes}, command)


def up(environment):
    done = run(environment, "up")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def outputs(environment):
    lines = run(environment, "outputs").stdout.splitlines()
    return dict(line.split("=", 1) for line in lines)


def ours(environment):
    return processes.ours(environment["STATE_DIR"])


def named(environment, word):
    return [p for p in ours(environment) if word in " ".join(p.cmdline())]


def kill(found):
    for process in found:
        process.send_signal(signal.SIGKILL)
    psutil.wait_procs(found, timeout=10)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


def healthy(environment):
    with urllib.request.urlopen(outputs(environment)["API_URL"] + "/health", timeout=60) as answer:
        return answer.status == 200


KEYS = {
    "API_URL",
    "SITE_URL",
    "DASHBOARD_URL",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_COMPREHEND",
    "STACK_NAME",
    "TABLE_NAME",
    "LAKE_BUCKET",
    "USER_POOL_ID",
    "USER_POOL_CLIENT_ID",
    "DEMO_USERNAME",
    "DEMO_PASSWORD",
}


def test_lifecycle(own):
    """Up, up again, everything killed in turn and repaired, down, up with the data, reset."""
    assert "30 sent" in up(own)
    found = outputs(own)
    assert found.keys() >= KEYS
    assert run(own, "status").returncode == 0
    assert len(run(own, "token").stdout.strip().split(".")) == 3

    again = up(own)
    assert "sam build" not in again
    assert "is current" in again
    assert outputs(own) == found

    kill(named(own, "streamlit"))
    up(own)
    assert listens(own["DASHBOARD_PORT"])

    kill(named(own, "supervisord"))
    up(own)
    assert healthy(own)
    assert run(own, "status").returncode == 0

    kill(named(own, "ministack"))
    up(own)
    assert healthy(own)

    kill(ours(own))
    up(own)
    assert healthy(own)

    assert run(own, "down").returncode == 0
    assert ours(own) == []
    assert not listens(own["EMULATOR_PORT"])
    assert not listens(own["DASHBOARD_PORT"])
    stopped = run(own, "status")
    assert stopped.returncode == 1
    assert "does not answer" in stopped.stdout

    back = up(own)
    assert "sam build" not in back
    assert "are there" in back

    assert "30 sent" in run(own, "reset").stdout
    assert healthy(own)


def test_a_taken_port_is_named(own, tmp_path):
    """The error says which port, who holds it, and what to set."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = run(own, "up", EMULATOR_PORT=str(port), STATE_DIR=str(tmp_path))
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert f"(pid {os.getpid()})" in done.stderr
    assert "EMULATOR_PORT" in done.stderr


@pytest.mark.parametrize("command", ["outputs", "token"])
def test_without_a_sandbox(own, tmp_path, command):
    """Commands that need one say how to start it."""
    done = run(own, command, STATE_DIR=str(tmp_path), EMULATOR_PORT=str(free_port()))
    assert done.returncode == 1
    assert "make up" in done.stderr


def test_bad_settings(own):
    """A wrong setting is named, and nothing is started."""
    done = run(own, "up", PRODUCER="maybe")
    assert done.returncode == 1
    assert done.stderr.startswith("error: PRODUCER: must be")
