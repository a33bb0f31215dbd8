"""moto's server: an emulator beside the sandbox's, for the probes and for contract tests.

It has an environment of its own, and its state is in memory. It gets no Docker, with which it would
download images to run functions in.
"""

import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from echostream_cli import credentials, ports
from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT
from echostream_cli.target import shell_environment

LOCK = ROOT / "requirements" / "moto.txt"
PROGRAM = ROOT / ".venv-moto" / "bin" / "moto_server"
NO_DOCKER = "unix:///nonexistent/docker.sock"
START_SECONDS = 60


def name() -> str:
    """The name and the pinned version."""
    pin = re.search(r"^moto==(\S+)", LOCK.read_text(), re.M)
    return f"moto {pin[1]}" if pin else "moto"


@contextmanager
def serve() -> Iterator[str]:
    """Install moto if needed, and run its server on a free loopback port; yields its address.

    Raises `UserError` if it cannot be installed or does not respond within `START_SECONDS`.
    """
    _install()
    port = ports.free_port()
    process = subprocess.Popen(
        [PROGRAM, "--host", "127.0.0.1", "--port", str(port)],
        env={
            **shell_environment(),
            **credentials.variables(credentials.ANY_SECRET),
            "DOCKER_HOST": NO_DOCKER,
            "AWS_CONFIG_FILE": os.devnull,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        endpoint = f"http://localhost:{port}"
        _wait_until_ready(process, endpoint)
        yield endpoint
    finally:
        process.kill()  # nothing is saved, and a clean stop takes many seconds
        process.wait()


def _install() -> None:
    command = [str(ROOT / "scripts" / "environments.sh"), "moto"]
    if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
        raise UserError("moto could not be installed; the error is printed above")


def _wait_until_ready(process: subprocess.Popen[bytes], endpoint: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _is_ready(endpoint):
        if process.poll() is not None or time.monotonic() > deadline:
            raise UserError(f"moto does not respond at {endpoint}")
        time.sleep(0.1)


def _is_ready(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"{endpoint}/moto-api/data.json", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False
