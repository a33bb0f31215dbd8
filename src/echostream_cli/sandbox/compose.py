"""`docker compose` for one sandbox: files, variables, and explanations of its errors."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT
from echostream_cli.sandbox.docker_engine import WITHOUT_DOCKER
from echostream_cli.settings import Settings
from echostream_cli.target import shell_environment

FILE = ROOT / "docker-compose.yml"
LOCALSTACK_FILE = ROOT / "localstack/docker-compose.localstack.yml"
DISK_FULL = "the disk is full: `docker system df` shows what Docker uses"
PORT_TAKEN = "a port is taken: set another port in .env"
IMAGE_MISSING = "an image cannot be downloaded: check the network"
DOWNLOAD_FAILED = "a download failed: check the network"
EXPLANATIONS = (
    ("no space left", DISK_FULL),
    ("address already in use", PORT_TAKEN),
    ("port is already allocated", PORT_TAKEN),
    ("failed to resolve source metadata", IMAGE_MISSING),
    ("pull access denied", IMAGE_MISSING),
    ("failed to do request", IMAGE_MISSING),
    ("no such host", DOWNLOAD_FAILED),
    ("i/o timeout", DOWNLOAD_FAILED),
)
"""Parts of Docker's messages, and what they mean to the user; the first match counts."""
STOP_SECONDS = 20


class DownloadFailed(UserError):
    """Docker could not download an image or a package, for example without a network."""


def command(settings: Settings, *arguments: str) -> list[str]:
    """A command line that is independent of the working directory."""
    files = [word for file in _files(settings) for word in ("--file", str(file))]
    project = ["--project-directory", str(ROOT), "--project-name", settings.compose_project_name]
    return ["docker", "compose", *project, *files, *arguments]


def _files(settings: Settings) -> Sequence[Path]:
    return [FILE, LOCALSTACK_FILE] if settings.runs_localstack else [FILE]


def environment(settings: Settings) -> dict[str, str]:
    """The shell's environment and the settings, without empty variables, which override .env."""
    variables = {
        **shell_environment(),
        **settings.environment(),
        "CASSETTES": str(settings.cassettes),
        "API_ID": settings.api_id,
        "COMPOSE_IGNORE_ORPHANS": "true",
    }
    return {name: value for name, value in variables.items() if value}


def run(settings: Settings, *arguments: str, log: str = "compose") -> None:
    """Run a command with its output in a log. Raises `UserError` with the end of the log."""
    settings.logs.mkdir(parents=True, exist_ok=True)
    path = settings.logs / f"{log}.log"
    with path.open("w") as out:
        code = _wait(
            subprocess.Popen(
                command(settings, *arguments),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment(settings),
            )
        )
    if code:
        raise _failure(arguments[0], path)


def run_in_foreground(settings: Settings, *arguments: str) -> int:
    """Run a command that prints to this terminal; returns its exit code."""
    return _wait(
        subprocess.Popen(
            command(settings, *arguments), stdin=subprocess.DEVNULL, env=environment(settings)
        )
    )


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for a command; after Ctrl-C, which it gets too, give it time to stop cleanly."""
    try:
        return process.wait()
    except KeyboardInterrupt:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        raise


def _failure(subcommand: str, log: Path) -> UserError:
    text = log.read_text(errors="replace")
    last_lines = "\n".join("  " + line for line in text.splitlines()[-15:])
    explanation = next((meaning for part, meaning in EXPLANATIONS if part in text), "")
    first_line = f"{explanation}. {WITHOUT_DOCKER}\n" if explanation else ""
    error = DownloadFailed if explanation in (IMAGE_MISSING, DOWNLOAD_FAILED) else UserError
    return error(
        f"{first_line}docker compose {subcommand} failed;"
        f" the end of {os.path.relpath(log)}:\n{last_lines}"
    )
