"""Docker on this machine: the daemon, the Compose plugin, and messages about what is missing."""

import os
import re
import shutil
import subprocess
from functools import cache

import docker
import requests
from docker.context import ContextAPI
from docker.errors import DockerException

from echostream_cli.errors import UserError

OLDEST_COMPOSE = (2, 24, 4)
WITHOUT_DOCKER = "Without Docker: make up MODE=local"


class DockerUnavailable(UserError):
    """Containers cannot run on this machine. The message says why, and what to do."""


def address() -> str:
    """The address of the daemon that the docker command uses."""
    return os.environ.get("DOCKER_HOST") or str(ContextAPI.get_current_context().Host)


@cache
def client() -> docker.DockerClient:
    """A client of the running daemon. Raises `DockerUnavailable`."""
    try:
        if "DOCKER_HOST" in os.environ:
            daemon = docker.from_env(timeout=30)
        else:
            daemon = docker.DockerClient(base_url=address(), timeout=30)
        daemon.ping()
    except (DockerException, requests.RequestException) as error:
        raise DockerUnavailable(_connection_message(str(error))) from error
    return daemon


def _connection_message(reason: str) -> str:
    if "Permission denied" in reason:
        return (
            f"no permission for the Docker daemon at {address()}: join the group docker."
            f" {WITHOUT_DOCKER}"
        )
    return f"no Docker daemon answers at {address()}: start Docker. {WITHOUT_DOCKER}"


@cache
def compose_version() -> str:
    """The version of Compose. Raises `DockerUnavailable` if it is absent or too old."""
    command = [shutil.which("docker") or "docker", "compose", "version", "--short"]
    try:
        process = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise DockerUnavailable(_no_compose_message()) from error
    version = process.stdout.strip().removeprefix("v")
    _check_compose_version(version)
    return version


def _check_compose_version(version: str) -> None:
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:3])
    if numbers < OLDEST_COMPOSE:
        oldest = ".".join(map(str, OLDEST_COMPOSE))
        raise DockerUnavailable(
            f"Docker Compose is {version}, but {oldest} or newer is needed. {WITHOUT_DOCKER}"
        )


def _no_compose_message() -> str:
    old = " (docker-compose version 1 is too old)" if shutil.which("docker-compose") else ""
    return f"Docker has no Compose{old}: install docker-compose-plugin. {WITHOUT_DOCKER}"


def check() -> str:
    """The versions of Docker and Compose. Raises `DockerUnavailable` if one is missing."""
    version = client().version()["Version"]
    return f"Docker {version} answers, with Compose {compose_version()}"
