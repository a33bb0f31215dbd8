"""Once everything is installed or built, nothing needs the internet: run where there is none."""

import os
import shutil
import subprocess
import uuid

import pytest

from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port
from echostream_cli.sandbox import compose
from echostream_cli.settings import Settings

INSTALL = ROOT / "scripts" / "environments.sh"
IN_A_NAMESPACE = ("unshare", "--map-root-user", "--net", "sh", "-euc")
SCRIPT = """
ip link set lo up
! .venv/bin/python -c 'import socket; socket.create_connection(("192.0.2.1", 53), 3)' 2>/dev/null
.venv/bin/python -m echostream_cli up
.venv/bin/python -m echostream_cli seed --number 60
.venv/bin/python -m echostream_cli query "$@"
PYTHONPATH=. .venv/bin/jupyter nbconvert --to html --execute notebooks/02-*.ipynb \
    --output-dir "$STATE_DIR"
.venv/bin/python -m echostream_cli status
.venv/bin/python -m echostream_cli down --volumes
"""
QUESTION = ("--format", "csv", "--sql", "SELECT count(*) AS documents FROM documents")
OUT = "import socket; socket.create_connection(('192.0.2.1', 53), 3)"


def namespaces() -> bool:
    """Whether this user may make a network of their own."""
    if not shutil.which("unshare") or not shutil.which("ip"):
        return False
    done = subprocess.run([*IN_A_NAMESPACE, "ip link set lo up"], capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.skipif(not namespaces(), reason="no network namespaces for this user here")
def test_without_containers(tmp_path, mode):
    """In a network namespace with nothing but a loopback: up, seed, query, notebook, down."""
    if mode != "local":
        pytest.skip("runs with: make test MODE=local")
    subprocess.run([INSTALL, "emulator"], stdout=subprocess.DEVNULL, check=True)
    environment = {
        "MODE": "local",
        "STATE_DIR": str(tmp_path),
        "STACK_NAME": "echostream-offline",
        "SEED_DOCUMENTS": "30",
        "PRODUCER": "off",
    }
    done = subprocess.run(
        [*IN_A_NAMESPACE, SCRIPT, "sh", *QUESTION],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "30 sent" in done.stdout
    assert "accepted 60, rejected 0" in done.stdout
    assert "documents\n60\n" in done.stdout


@pytest.fixture
def offline(tmp_path, mode):
    """Runs `docker compose` for a stack on a network that leads nowhere."""
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
    inner = ("--file", str(ROOT / "tests" / "e2e" / "offline.yml"), "--profile", "jupyter")

    def run(*arguments):
        return subprocess.run(
            compose.command(settings, *inner, *arguments),
            env=compose.environment(settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    yield run
    run("down", "--volumes", "--remove-orphans")


def test_in_containers(offline):
    """On an internal network, as plain docker compose: up, seed, query, notebook, down."""
    assert offline("build").returncode == 0
    up = offline("up", "--detach", "--wait", "--no-build", "dashboard")
    assert up.returncode == 0, up.stderr
    assert offline("exec", "-T", "dashboard", "python", "-c", OUT).returncode != 0
    assert "30 sent" in offline("logs", "--no-log-prefix", "deployer").stdout
    command = ("python", "-m", "echostream_cli", "seed", "--number", "60")
    seed = offline("run", "--rm", "-T", "deployer", *command)
    assert "accepted 60, rejected 0" in seed.stdout, seed.stderr
    asked = offline("exec", "-T", "dashboard", "python", "-m", "echostream_cli", "query", *QUESTION)
    assert asked.stdout == "documents\n60\n", asked.stderr
    executed = offline("run", "--rm", "-T", "--no-deps", "jupyter", "sh", "-c", EXECUTE)
    assert executed.returncode == 0, executed.stderr[-2000:]
    assert offline("down", "--volumes").returncode == 0


EXECUTE = "jupyter nbconvert --to html --execute notebooks/01-*.ipynb --output-dir /tmp"
