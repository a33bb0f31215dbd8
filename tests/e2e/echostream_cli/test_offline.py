"""The sandbox, once installed or built, works on a network without internet access."""

import os
import shutil
import subprocess
import uuid

import pytest

from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port
from echostream_cli.sandbox import compose, docker_engine
from echostream_cli.settings import Settings

INSTALL = ROOT / "scripts" / "environments.sh"
IN_NETWORK_NAMESPACE = ("unshare", "--map-root-user", "--net", "sh", "-euc")
SCRIPT = """
ip link set lo up
if .venv/bin/python -c "$ROUTE" 2>/dev/null; then
    echo "this network has a route to the internet" >&2
    exit 1
fi
.venv/bin/python -m echostream_cli up
.venv/bin/python -m echostream_cli seed --number 60
.venv/bin/python -m echostream_cli query "$@"
PYTHONPATH=. .venv/bin/jupyter nbconvert --to html --execute notebooks/02-*.ipynb \
    --output-dir "$STATE_DIR"
.venv/bin/python -m echostream_cli status
.venv/bin/python -m echostream_cli down --volumes
"""
COUNT = ("--format", "csv", "--sql", "SELECT count(*) AS documents FROM documents")
ROUTE = "import socket; socket.socket(type=socket.SOCK_DGRAM).connect(('192.0.2.1', 53))"
"""Fails unless there is a route to an address outside; a UDP socket sends nothing to connect."""


def can_create_namespace() -> bool:
    """Whether this user may create a network namespace."""
    if not shutil.which("unshare") or not shutil.which("ip"):
        return False
    command = [*IN_NETWORK_NAMESPACE, "ip link set lo up"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(
    not can_create_namespace(), reason="this user cannot create a network namespace"
)
def test_sandbox_without_containers_works_offline(tmp_path, mode):
    """Up, seed, query, notebook and down in a network namespace with only a loopback interface."""
    if mode != "local":
        pytest.skip("runs with: make test MODE=local")
    subprocess.run([INSTALL, "emulator"], stdout=subprocess.DEVNULL, check=True)
    environment = {
        "MODE": "local",
        "STATE_DIR": str(tmp_path),
        "STACK_NAME": "echostream-offline",
        "SEED_DOCUMENTS": "30",
        "PRODUCER": "off",
        "ROUTE": ROUTE,
    }
    process = subprocess.run(
        [*IN_NETWORK_NAMESPACE, SCRIPT, "sh", *COUNT],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert "30 sent" in process.stdout
    assert "accepted 60, rejected 0" in process.stdout
    assert "documents\n60\n" in process.stdout


@pytest.fixture
def offline_settings(tmp_path, mode):
    """Settings of a sandbox in containers of its own."""
    if mode != "docker":
        pytest.skip("runs with: make test MODE=docker")
    settings = Settings(
        state_dir=tmp_path,
        mode="docker",
        compose_project_name=f"echostream-test-{uuid.uuid4().hex[:8]}",
        emulator_port=free_port(),
        companion_port=free_port(),
        dashboard_port=free_port(),
        producer=False,
        seed_documents=30,
    )
    settings.cassettes.mkdir()
    return settings


@pytest.fixture
def offline(offline_settings):
    """Runs `docker compose` for a sandbox on an internal network."""
    options = ("--file", str(ROOT / "tests" / "e2e" / "offline.yml"), "--profile", "jupyter")

    def run(*arguments):
        return subprocess.run(
            compose.command(offline_settings, *options, *arguments),
            env=compose.environment(offline_settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    yield run
    run("down", "--volumes", "--remove-orphans")


def test_sandbox_in_containers_works_offline(offline, offline_settings):
    """Up, seed, query, notebook and down with plain docker compose on an internal network."""
    assert offline("build").returncode == 0
    up = offline("up", "--detach", "--wait", "--no-build", "dashboard")
    assert up.returncode == 0, up.stderr
    assert is_isolated(offline_settings.compose_project_name)
    assert "30 sent" in offline("logs", "--no-log-prefix", "deployer").stdout
    command = ("python", "-m", "echostream_cli", "seed", "--number", "60")
    seed = offline("run", "--rm", "-T", "deployer", *command)
    assert "accepted 60, rejected 0" in seed.stdout, seed.stderr
    count = offline("exec", "-T", "dashboard", "python", "-m", "echostream_cli", "query", *COUNT)
    assert count.stdout == "documents\n60\n", count.stderr
    notebook = offline("run", "--rm", "-T", "--no-deps", "jupyter", "sh", "-c", EXECUTE)
    assert notebook.returncode == 0, notebook.stderr[-2000:]
    assert offline("down", "--volumes").returncode == 0


EXECUTE = "jupyter nbconvert --to html --execute notebooks/01-*.ipynb --output-dir /tmp"


def is_isolated(project):
    """Whether a project's containers are attached only to internal networks."""
    docker = docker_engine.client()
    label = {"label": f"com.docker.compose.project={project}"}
    networks = docker.networks.list(filters=label)
    internal = {network.name for network in networks if network.attrs["Internal"]}
    containers = docker.containers.list(filters=label)
    attached = [set(each.attrs["NetworkSettings"]["Networks"]) for each in containers]
    return bool(attached) and all(names and names <= internal for names in attached)
