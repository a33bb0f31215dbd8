"""Checks of this machine: Python, Docker, Compose, ports, disk space, clock."""

import platform
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

from echostream_cli import ports
from echostream_cli.lambda_platform import host_architecture
from echostream_cli.paths import ROOT
from echostream_cli.sandbox import containers, docker_engine, processes, supervisor
from echostream_cli.settings import Settings

DISK_GB = 5
SKEW_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Check:
    """The result of a check. `is_ok` is None if the result does not matter in this mode."""

    subject: str
    detail: str
    is_ok: bool | None = True


def checks(settings: Settings) -> Iterator[Check]:
    """Run all checks for the mode of the settings."""
    needs_docker = settings.in_docker
    yield Check("machine", f"{platform.system()} on {host_architecture()}")
    yield Check("Python", platform.python_version(), sys.version_info[:2] == (3, 11))
    yield _docker("Docker", needs_docker, lambda: str(docker_engine.client().version()["Version"]))
    yield _docker("Compose", needs_docker, docker_engine.compose_version)
    for part in supervisor.parts(settings):
        yield _port(settings, part)
    yield _disk("disk", ROOT)
    yield from _docker_disk()
    yield _clock(settings)


def _docker(subject: str, is_needed: bool, version: Callable[[], str]) -> Check:
    try:
        return Check(subject, version())
    except docker_engine.DockerUnavailable as error:
        return Check(subject, str(error), False if is_needed else None)


def _port(settings: Settings, part: str) -> Check:
    port = supervisor.port_of(settings, part)
    subject = f"port {port}"
    if ports.is_free(settings.bind_host, port):
        return Check(subject, f"free for the {part}")
    if _is_ours(settings, port):
        return Check(subject, f"used by this sandbox's {part}")
    owner = processes.owner_of_port(port)
    return Check(subject, str(supervisor.port_taken(part, port, owner)), False)


def _is_ours(settings: Settings, port: int) -> bool:
    if settings.in_docker:
        try:
            return containers.publishes(settings, port)
        except docker_engine.DockerUnavailable:
            return False
    return processes.owner_of_port(port) in processes.ours(settings.state_dir)


def _docker_disk() -> Iterator[Check]:
    """The disk of the daemon's images and volumes, if the daemon runs on this machine."""
    try:
        root = Path(docker_engine.client().info()["DockerRootDir"])
    except (docker_engine.DockerUnavailable, KeyError):
        return
    if root.exists():
        yield _disk("Docker's disk", root)


def _disk(subject: str, folder: Path) -> Check:
    free = shutil.disk_usage(folder).free / 1e9
    return Check(subject, f"{free:.0f} GB free, {DISK_GB} GB needed", free >= DISK_GB)


def _clock(settings: Settings) -> Check:
    """Compare this machine's clock with the companion's.

    Tokens and signatures have times. The clock of Docker's virtual machine is late after a sleep.
    """
    url = supervisor.ready_url(settings, "companion")
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            companion_time = parsedate_to_datetime(response.headers["Date"]).timestamp()
    except (urllib.error.URLError, OSError, TypeError):
        return Check("clock", "not compared, because the companion does not run", None)
    skew = abs(time.time() - companion_time)
    return Check("clock", f"{skew:.0f} s from the sandbox's clock", skew < SKEW_SECONDS)
