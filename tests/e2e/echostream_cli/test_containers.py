"""The sandbox in containers: what dies is repaired, what is removed is gone. MODE=docker only."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid

import pytest

from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port
from echostream_cli.sandbox import containers, docker_engine
from echostream_cli.settings import load
from tests import commands

pytestmark = pytest.mark.skipif(
    os.environ.get("MODE") != "docker", reason="runs with: make test MODE=docker"
)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Settings of a sandbox that is started and broken here, apart from the others."""
    environment = {
        "MODE": "docker",
        "COMPOSE_PROJECT_NAME": f"echostream-test-{uuid.uuid4().hex[:8]}",
        "STATE_DIR": str(tmp_path_factory.mktemp("broken sandbox")),
        "EMULATOR_PORT": str(free_port()),
        "COMPANION_PORT": str(free_port()),
        "DASHBOARD_PORT": str(free_port()),
        "STACK_NAME": "echostream-containers",
        "SEED_DOCUMENTS": "30",
    }
    yield environment
    run(environment, "down", "--volumes")


@pytest.fixture(scope="module")
def settings(own):
    return load(own, ROOT / "no.env")


def run(environment, *command, **changes):
    return commands.run({**environment, **changes}, *command)


def up(environment):
    done = run(environment, "up")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def outputs(environment):
    lines = run(environment, "outputs").stdout.splitlines()
    return dict(line.split("=", 1) for line in lines)


def healthy(environment):
    with urllib.request.urlopen(outputs(environment)["API_URL"] + "/health", timeout=60) as answer:
        return answer.status == 200


def left_of(settings):
    """Names of everything that Docker still has of a sandbox."""
    docker = docker_engine.client()
    label = {"label": f"com.docker.compose.project={settings.compose_project_name}"}
    kinds = (docker.containers.list(all=True, filters=label), docker.volumes.list(filters=label))
    return [one.name for kind in (*kinds, docker.networks.list(filters=label)) for one in kind]


def test_lifecycle(own, settings):
    """Up, up again, parts killed and repaired, down, up with the data, reset."""
    run(own, "down", "--volumes")
    assert "30 sent" in up(own)
    found = outputs(own)
    status = run(own, "status")
    assert status.returncode == 0
    assert "MB" in status.stdout
    assert len(run(own, "token").stdout.strip().split(".")) == 3
    assert "processor" in run(own, "logs").stdout

    again = up(own)
    assert "is current" in again
    assert outputs(own) == found

    containers.find(settings, "dashboard").kill()
    containers.find(settings, "emulator").kill()
    assert run(own, "status").returncode == 1
    up(own)
    assert healthy(own)

    assert run(own, "down").returncode == 0
    assert left_of(settings) == [f"{settings.compose_project_name}_emulator"]
    assert "are there" in up(own)

    assert "30 sent" in run(own, "reset").stdout
    assert healthy(own)


def test_a_port_that_a_container_has(own, settings, tmp_path):
    """The error names the container and the setting."""
    taken = {
        "COMPOSE_PROJECT_NAME": f"{settings.compose_project_name}-other",
        "STATE_DIR": str(tmp_path),
    }
    up(own)
    done = run(own, "up", **taken)
    assert done.returncode == 1
    assert f"port {settings.emulator_port}" in done.stderr
    assert f"{settings.compose_project_name}-localstack-1" in done.stderr
    assert "EMULATOR_PORT" in done.stderr


def test_a_volume_of_another_version(own, settings):
    """The emulator does not touch it, and says what to do."""
    up(own)
    write = "open('/data/made-by', 'w').write('ministack==1.0.0')"
    containers.find(settings, "emulator").exec_run(["python", "-c", write])
    run(own, "down")
    done = run(own, "up")
    assert done.returncode == 1
    assert "made by ministack==1.0.0" in done.stderr
    assert "VOLUMES=1" in done.stderr
    run(own, "down", "--volumes")
    up(own)


def test_interrupted_while_deploying(own, settings):
    """Ctrl-C leaves nobody at work; `up` goes on, and `down` removes what was half made."""
    run(own, "down", "--volumes")
    process = subprocess.Popen(
        [sys.executable, "-m", "echostream_cli", "up"],
        cwd=ROOT,
        env={**os.environ, **own},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    await_line(process.stdout, "companion")
    await_deployer(settings)
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "make up" in said
    assert not deployers(settings)
    assert "30 sent" in up(own)


def await_line(lines, word):
    for line in lines:
        if word in line:
            return
    pytest.fail(f"{word} was not said")


def await_deployer(settings):
    deadline = time.monotonic() + 30
    while not deployers(settings):
        assert time.monotonic() < deadline, "no deployer starts"


def deployers(settings):
    label = f"com.docker.compose.project={settings.compose_project_name}"
    found = docker_engine.client().containers.list(filters={"label": label})
    return [one for one in found if one.labels["com.docker.compose.service"] == "deployer"]


def test_nothing_is_left(own, settings):
    """Containers, network and volumes go with VOLUMES=1, and the ports are free again."""
    up(own)
    assert run(own, "down", "--volumes").returncode == 0
    assert left_of(settings) == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", settings.emulator_port)) != 0


def test_down_of_what_was_never_started(own, tmp_path):
    """Nothing to do is no error."""
    done = run(own, "down", COMPOSE_PROJECT_NAME="echostream-never", STATE_DIR=str(tmp_path))
    assert done.returncode == 0
    assert "nothing was running" in done.stdout
