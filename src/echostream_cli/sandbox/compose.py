"""`docker compose` for one sandbox: its files, its variables, and what its errors mean."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT
from echostream_cli.sandbox.docker_engine import WITHOUT
from echostream_cli.settings import Settings
from echostream_cli.target import shell_environment

FILE = ROOT / "docker-compose.yml"
LOCALSTACK_FILE = ROOT / "localstack/docker-compose.localstack.yml"
MEANINGS = (
    ("no space left", "the disk is full: `docker system df` says of what"),
    ("address already in use", "a port is taken: choose others in .env"),
    ("port is already allocated", "a port is taken: choose others in .env"),
    ("failed to resolve source metadata", "an image cannot be fetched"),
    ("pull access denied", "an image cannot be fetched"),
    ("failed to do request", "an image cannot be fetched (is the network there?)"),
    ("no such host", "something cannot be fetched (is the network there?)"),
    ("i/o timeout", "something cannot be fetched (is the network there?)"),
)
PATIENCE = 20


class NotFetched(UserError):
    """Something that Docker wanted could not be fetched, as without a network."""


def command(settings: Settings, *arguments: str) -> list[str]:
    """A command line that does not depend on where it is run."""
    files = [word for file in _files(settings) for word in ("--file", str(file))]
    where = ["--project-directory", str(ROOT), "--project-name", settings.compose_project_name]
    return ["docker", "compose", *where, *files, *arguments]


def _files(settings: Settings) -> Sequence[Path]:
    return [FILE, LOCALSTACK_FILE] if settings.runs_localstack else [FILE]


def environment(settings: Settings) -> dict[str, str]:
    """The shell's environment and the settings; an empty variable would hide one of .env."""
    given = {
        **shell_environment(),
        **settings.environment(),
        "CASSETTES": str(settings.cassettes),
        "COMPOSE_IGNORE_ORPHANS": "true",
    }
    return {name: value for name, value in given.items() if value}


def run(settings: Settings, *arguments: str, log: str = "compose") -> None:
    """Run a command, what it says going to a log. Raises `UserError` where it fails."""
    settings.logs.mkdir(parents=True, exist_ok=True)
    path = settings.logs / f"{log}.log"
    with path.open("w") as out:
        code = _finish(
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


def show(settings: Settings, *arguments: str) -> int:
    """Run a command that speaks for itself; its exit code."""
    return _finish(
        subprocess.Popen(
            command(settings, *arguments), stdin=subprocess.DEVNULL, env=environment(settings)
        )
    )


def _finish(process: subprocess.Popen[bytes]) -> int:
    """Wait for a command. Interrupted, it gets time to end what it began."""
    try:
        return process.wait()
    except KeyboardInterrupt:
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
        raise


def _failure(what: str, log: Path) -> UserError:
    text = log.read_text(errors="replace")
    last = "\n".join("  " + line for line in text.splitlines()[-15:])
    meant = [meaning for words, meaning in MEANINGS if words in text]
    advice = f"{meant[0]}. {WITHOUT}\n" if meant else ""
    kind = NotFetched if meant and "fetched" in meant[0] else UserError
    return kind(f"{advice}docker compose {what} failed; the end of {os.path.relpath(log)}:\n{last}")
