"""The sandbox in containers: start, repair, stop, reset, errors. Only with MODE=docker."""

import os
import signal
import socket
import subprocess
import sys
import time
import uuid

import pytest

from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port
from echostream_cli.sandbox import containers, docker_engine
from echostream_cli.settings import load
from tests.commands import is_healthy, outputs, run, up

pytestmark = pytest.mark.skipif(
    os.environ.get("MODE") != "docker", reason="runs with: make test MODE=docker"
)


@pytest.fixture(scope="module")
def sandbox_variables(tmp_path_factory):
    """The environment of a separate sandbox, whose containers these tests kill."""
    variables = {
        "MODE": "docker",
        "COMPOSE_PROJECT_NAME": f"echostream-test-{uuid.uuid4().hex[:8]}",
        "STATE_DIR": str(tmp_path_factory.mktemp("broken sandbox")),
        "EMULATOR_PORT": str(free_port()),
        "COMPANION_PORT": str(free_port()),
        "DASHBOARD_PORT": str(free_port()),
        "STACK_NAME": "echostream-containers",
        "SEED_DOCUMENTS": "30",
    }
    yield variables
    run(variables, "down", "--volumes")


@pytest.fixture(scope="module")
def settings(sandbox_variables):
    return load(sandbox_variables, ROOT / "no.env")


def container_of(settings, service):
    """The container of a service, which must exist."""
    container = containers.find(settings, service)
    assert container, f"there is no container of {service}"
    return container


def list_resources(settings):
    """The names of a sandbox's containers, volumes and networks."""
    docker = docker_engine.client()
    label = {"label": f"com.docker.compose.project={settings.compose_project_name}"}
    resources = [
        *docker.containers.list(all=True, filters=label),
        *docker.volumes.list(filters=label),
        *docker.networks.list(filters=label),
    ]
    return [resource.name for resource in resources]


def test_lifecycle(sandbox_variables, settings):
    """Up, up again, parts killed and repaired, down, up with the stored data, reset."""
    variables = sandbox_variables
    run(variables, "down", "--volumes")
    assert "30 sent" in up(variables)
    first_outputs = outputs(variables)
    status = run(variables, "status")
    assert status.returncode == 0
    assert "MB" in status.stdout
    assert len(run(variables, "token").stdout.strip().split(".")) == 3
    assert "processor" in run(variables, "logs").stdout

    second = up(variables)
    assert "sam build" not in second
    assert "is current" in second
    assert outputs(variables) == first_outputs

    container_of(settings, "dashboard").kill()
    container_of(settings, "emulator").kill()
    assert run(variables, "status").returncode == 1
    up(variables)
    assert is_healthy(variables)

    assert run(variables, "down").returncode == 0
    assert list_resources(settings) == [f"{settings.compose_project_name}_emulator"]
    assert "already stored" in up(variables)

    assert "30 sent" in run(variables, "reset").stdout
    assert is_healthy(variables)


def test_port_of_another_container_is_refused(sandbox_variables, settings, tmp_path):
    """The error has the port, the container's name and the setting to change."""
    changes = {
        "COMPOSE_PROJECT_NAME": f"{settings.compose_project_name}-other",
        "STATE_DIR": str(tmp_path),
    }
    up(sandbox_variables)
    process = run(sandbox_variables, "up", **changes)
    assert process.returncode == 1
    assert f"port {settings.emulator_port}" in process.stderr
    assert f"{settings.compose_project_name}-localstack-1" in process.stderr
    assert "EMULATOR_PORT" in process.stderr


def test_volume_of_another_version_is_refused(sandbox_variables, settings):
    """The error has the version that wrote the volume, and the command that deletes it."""
    up(sandbox_variables)
    write = "open('/data/made-by', 'w').write('ministack==1.0.0')"
    container_of(settings, "emulator").exec_run(["python", "-c", write])
    run(sandbox_variables, "down")
    process = run(sandbox_variables, "up")
    assert process.returncode == 1
    assert "written by ministack==1.0.0" in process.stderr
    assert "VOLUMES=1" in process.stderr
    run(sandbox_variables, "down", "--volumes")
    up(sandbox_variables)


def test_interrupted_deployment_continues_with_next_up(sandbox_variables, settings):
    """Ctrl-C removes the deployer, and names `make up`, which completes the deployment."""
    run(sandbox_variables, "down", "--volumes")
    process = subprocess.Popen(
        [sys.executable, "-m", "echostream_cli", "up"],
        cwd=ROOT,
        env={**os.environ, **sandbox_variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    wait_for_line(process.stdout, "companion")
    wait_for_deployer(settings)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert "make up" in output
    assert not list_deployers(settings)
    assert "30 sent" in up(sandbox_variables)


def wait_for_line(lines, word):
    for line in lines:
        if word in line:
            return
    pytest.fail(f"no line contains {word}")


def wait_for_deployer(settings):
    deadline = time.monotonic() + 30
    while not list_deployers(settings):
        assert time.monotonic() < deadline, "no deployer starts"


def list_deployers(settings):
    project = f"com.docker.compose.project={settings.compose_project_name}"
    labels = [project, "com.docker.compose.service=deployer"]
    return docker_engine.client().containers.list(filters={"label": labels})


def test_down_with_volumes_removes_everything(sandbox_variables, settings):
    """Containers, network and volumes are deleted, and the port is free."""
    up(sandbox_variables)
    assert list_resources(settings) != []
    assert run(sandbox_variables, "down", "--volumes").returncode == 0
    assert list_resources(settings) == []
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", settings.emulator_port)) != 0


def test_down_without_sandbox_succeeds(sandbox_variables, tmp_path):
    """A second `make down` is not an error."""
    changes = {"COMPOSE_PROJECT_NAME": "echostream-never", "STATE_DIR": str(tmp_path)}
    process = run(sandbox_variables, "down", **changes)
    assert process.returncode == 0
    assert "nothing was running" in process.stdout
