"""Docker on this machine: does a daemon answer, is Compose there, and what to do where not."""

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
WITHOUT = "Without Docker: make up MODE=local"


class DockerUnavailable(UserError):
    """Containers cannot be had here. The message says why, and what to do."""


def address() -> str:
    """Where the docker command looks for its daemon."""
    return os.environ.get("DOCKER_HOST") or str(ContextAPI.get_current_context().Host)


@cache
def client() -> docker.DockerClient:
    """The daemon, which has answered. Raises `DockerUnavailable`."""
    try:
        if "DOCKER_HOST" in os.environ:
            found = docker.from_env(timeout=30)
        else:
            found = docker.DockerClient(base_url=address(), timeout=30)
        found.ping()
    except (DockerException, requests.RequestException) as error:
        raise DockerUnavailable(_why_not(str(error))) from error
    return found


def _why_not(reason: str) -> str:
    if "Permission denied" in reason:
        return f"you may not use the Docker daemon at {address()}: join the group docker. {WITHOUT}"
    return f"no Docker daemon answers at {address()}: start Docker. {WITHOUT}"


@cache
def compose_version() -> str:
    """The version of Compose, which is new enough. Raises `DockerUnavailable`."""
    command = [shutil.which("docker") or "docker", "compose", "version", "--short"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise DockerUnavailable(_without_plugin()) from error
    return new_enough(done.stdout.strip().removeprefix("v"))


def new_enough(version: str) -> str:
    """A version of Compose that will do. Raises `DockerUnavailable`."""
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:3])
    if numbers < OLDEST_COMPOSE:
        wanted = ".".join(map(str, OLDEST_COMPOSE))
        raise DockerUnavailable(
            f"Docker Compose is {version}, {wanted} or newer is needed. {WITHOUT}"
        )
    return version


def _without_plugin() -> str:
    old = " (docker-compose of version 1 will not do)" if shutil.which("docker-compose") else ""
    return f"Docker has no Compose{old}: install the plugin docker-compose-plugin. {WITHOUT}"


def check() -> str:
    """What there is, in words. Raises `DockerUnavailable` where containers cannot be had."""
    version = client().version()["Version"]
    return f"Docker {version} answers, with Compose {compose_version()}"
