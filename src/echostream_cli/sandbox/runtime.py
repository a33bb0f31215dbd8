"""The mode of the sandbox: in containers or as processes of this machine."""

from dataclasses import dataclass, replace

from echostream_cli.sandbox import containers, docker_engine, processes
from echostream_cli.settings import Settings

MODE_NAMES = {"docker": "in containers", "local": "without containers"}


@dataclass(frozen=True, slots=True)
class Choice:
    """The mode, `docker` or `local`, and the reason as text."""

    mode: str
    reason: str

    def __str__(self) -> str:
        return f"{MODE_NAMES[self.mode]}: {self.reason}"


def choose(settings: Settings) -> Choice:
    """The mode of the settings; else the mode that runs; else containers if Docker is available.

    Raises `DockerUnavailable` if the settings require containers and Docker is unavailable.
    """
    if settings.mode == "docker":
        return Choice("docker", f"MODE=docker, {docker_engine.check()}")
    if settings.mode == "local":
        return Choice("local", "MODE=local")
    if processes.ours(settings.state_dir):
        return Choice("local", "already running so; MODE=docker switches to containers")
    try:
        return Choice("docker", docker_engine.check())
    except docker_engine.DockerUnavailable as error:
        return Choice("local", str(error).split(": ")[0])


def with_running_mode(settings: Settings) -> Settings:
    """Settings with the mode in which the sandbox runs.

    Plain `docker compose up` does not save it, so the mode `auto` is resolved by inspection.
    """
    if settings.mode != "auto" or processes.ours(settings.state_dir):
        return settings
    try:
        mode = "docker" if containers.is_running(settings) else "local"
    except docker_engine.DockerUnavailable:
        mode = "local"
    return replace(settings, mode=mode)
