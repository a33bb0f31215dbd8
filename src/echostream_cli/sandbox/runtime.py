"""Where the sandbox runs, in containers or as processes of this machine, and why."""

from dataclasses import dataclass, replace

from echostream_cli.sandbox import containers, docker_engine, processes
from echostream_cli.settings import Settings

WORDS = {"docker": "in containers", "local": "without containers"}


@dataclass(frozen=True, slots=True)
class Choice:
    """`docker` or `local`, and the reason in words."""

    mode: str
    reason: str

    def __str__(self) -> str:
        return f"{WORDS[self.mode]}: {self.reason}"


def choose(settings: Settings) -> Choice:
    """What is asked for; else what runs; else containers, where a daemon answers.

    Raises `DockerUnavailable` where containers are asked for and cannot be had.
    """
    if settings.mode == "docker":
        return Choice("docker", f"MODE=docker, {docker_engine.check()}")
    if settings.mode == "local":
        return Choice("local", "MODE=local")
    if processes.ours(settings.state_dir):
        return Choice("local", "that is how it runs; MODE=docker moves it")
    try:
        return Choice("docker", docker_engine.check())
    except docker_engine.DockerUnavailable as why:
        return Choice("local", str(why).split(": ")[0])


def running(settings: Settings) -> Settings:
    """Settings in whose mode the sandbox runs; plain `docker compose up` leaves no word of it."""
    if settings.mode != "auto" or processes.ours(settings.state_dir):
        return settings
    try:
        mode = "docker" if containers.is_running(settings) else "local"
    except docker_engine.DockerUnavailable:
        mode = "local"
    return replace(settings, mode=mode)
