"""The sandbox as processes of this machine: the steps of `make up` and `make down`."""

import shutil
import subprocess

from echostream_cli import credentials
from echostream_cli.console import step
from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT
from echostream_cli.sandbox import processes, supervisor
from echostream_cli.sandbox.bootstrap import bootstrap
from echostream_cli.settings import Settings


def up(settings: Settings) -> None:
    """Start or repair emulator, companion, stack, page, users, data and dashboard."""
    settings.save()
    credentials.ensure(settings.credentials_file)
    install_emulator()
    if supervisor.has_changed(settings):
        down(settings)
    _start(settings, "emulator")
    _start(settings, "companion")
    bootstrap(settings)
    if settings.dashboard:
        _start(settings, "dashboard")


def install_emulator() -> None:
    """Install the emulator's environment if needed; only the mode without containers uses it."""
    command = [str(ROOT / "scripts" / "environments.sh"), "emulator"]
    if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
        raise UserError("the emulator could not be installed; the error is printed above")


def _start(settings: Settings, part: str) -> None:
    with step(f"{part} on port {supervisor.port_of(settings, part)}") as note:
        note.append("started" if supervisor.ensure(settings, part) else "already running")


def down(settings: Settings, volumes: bool = False) -> None:
    """Stop every process. Stored data stays, unless `volumes` is set."""
    number = len(processes.ours(settings.state_dir))
    with step("stopping") as note:
        supervisor.stop(settings)
        note.append(f"{number} processes stopped" if number else "nothing was running")
    if volumes:
        with step("deleting stored data"):
            shutil.rmtree(settings.data, ignore_errors=True)
