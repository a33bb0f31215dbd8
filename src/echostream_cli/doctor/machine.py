"""Is this machine fit: Docker, Compose, ports, disk, Python, clock."""

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
from echostream_cli.paths import ROOT
from echostream_cli.sandbox import containers, docker_engine, processes, supervisor
from echostream_cli.settings import Settings, host_architecture

DISK_GB = 5
SKEW_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Check:
    """One thing about the machine. `fit` is None where it only matters in the other mode."""

    what: str
    found: str
    fit: bool | None = True


def checks(settings: Settings) -> Iterator[Check]:
    """All checks, one after the other."""
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


def _docker(what: str, needed: bool, version: Callable[[], str]) -> Check:
    try:
        return Check(what, version())
    except docker_engine.DockerUnavailable as why:
        return Check(what, str(why), False if needed else None)


def _port(settings: Settings, part: str) -> Check:
    port = supervisor.port_of(settings, part)
    what = f"port {port}"
    if ports.is_free(settings.bind_host, port):
        return Check(what, f"free, for the {part}")
    if _is_ours(settings, port):
        return Check(what, f"our {part}")
    owner = processes.owner_of_port(port)
    return Check(what, str(supervisor.port_taken(part, port, owner)), False)


def _is_ours(settings: Settings, port: int) -> bool:
    if settings.in_docker:
        try:
            return containers.publishes(settings, port)
        except docker_engine.DockerUnavailable:
            return False
    return processes.owner_of_port(port) in processes.ours(settings.state_dir)


def _docker_disk() -> Iterator[Check]:
    """Where the daemon keeps images and volumes, where that is on this machine."""
    try:
        root = Path(docker_engine.client().info()["DockerRootDir"])
    except (docker_engine.DockerUnavailable, KeyError):
        return
    if root.exists():
        yield _disk("Docker's disk", root)


def _disk(what: str, folder: Path) -> Check:
    free = shutil.disk_usage(folder).free / 1e9
    return Check(what, f"{free:.0f} GB free, {DISK_GB} needed", free >= DISK_GB)


def _clock(settings: Settings) -> Check:
    """Tokens and signatures need one time; a virtual machine's lags after the lid was closed."""
    try:
        with urllib.request.urlopen(supervisor.ready_url(settings, "companion"), timeout=5) as seen:
            there = parsedate_to_datetime(seen.headers["Date"]).timestamp()
    except (urllib.error.URLError, OSError, TypeError):
        return Check("clock", "nothing runs that it could be compared with", None)
    skew = abs(time.time() - there)
    return Check("clock", f"{skew:.0f} s between this machine and the sandbox", skew < SKEW_SECONDS)
