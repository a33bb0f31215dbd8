"""The sandbox's commands in both modes: in containers, and as processes of this machine."""

from dataclasses import replace

from echostream_cli.errors import UserError
from echostream_cli.sandbox import (
    bootstrap,
    container_status,
    containers,
    local,
    runtime,
    status,
    supervisor,
)
from echostream_cli.sandbox.docker_engine import DockerUnavailable
from echostream_cli.settings import TOKEN_NOT_SAVED, Settings, load_saved
from echostream_cli.target import FUNCTIONS


def up(settings: Settings) -> None:
    """Choose the mode, start the sandbox, and print the addresses."""
    choice = runtime.choose(settings)
    print(f"  {choice}")
    chosen = replace(settings, mode=choice.mode)
    _stop_other_mode(load_saved(settings), chosen)
    start(chosen)
    print(bootstrap.welcome(chosen))


def start(settings: Settings) -> None:
    """Start the sandbox in the mode of the settings."""
    if settings.in_docker:
        containers.up(settings)
    else:
        local.up(settings)


def _stop_other_mode(saved: Settings | None, chosen: Settings) -> None:
    """Stop a sandbox that runs in the other mode. Each mode keeps its own data."""
    if saved and saved.in_docker and not chosen.in_docker:
        try:
            if containers.is_running(saved):
                containers.down(saved)
        except DockerUnavailable:
            return
    if chosen.in_docker and supervisor.is_supervised(chosen):
        local.down(chosen)


def down(settings: Settings, volumes: bool = False) -> None:
    """Stop the sandbox. Stored data stays, unless `volumes` is set."""
    if settings.in_docker:
        containers.down(settings, volumes)
    else:
        local.down(settings, volumes)


def reset(settings: Settings) -> None:
    """Delete data, stack and users; start the sandbox again if it was running."""
    if settings.localstack_auth_token == TOKEN_NOT_SAVED:
        raise UserError("LOCALSTACK_AUTH_TOKEN: must be set again, because it is not saved")
    is_ready = containers.is_ready if settings.in_docker else supervisor.is_ready
    was_running = is_ready(settings, "emulator")
    down(settings, volumes=True)
    if was_running:
        start(settings)
        print(bootstrap.welcome(settings))


def get_status(settings: Settings) -> tuple[str, bool]:
    """A line per part, and whether all parts run and the stack is deployed."""
    return container_status.status(settings) if settings.in_docker else status.status(settings)


def logs(settings: Settings, lines: int) -> str:
    """The last log lines of every part and of every function."""
    part_logs = container_status.logs if settings.in_docker else status.logs
    function_logs = [status.function_logs(settings, name, lines) for name in FUNCTIONS]
    return "\n".join(part_logs(settings, lines) + function_logs)
