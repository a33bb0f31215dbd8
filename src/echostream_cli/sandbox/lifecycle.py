"""The sandbox's commands in both modes: in containers, and as processes of this machine."""

from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli import log_events
from echostream_cli.errors import UserError
from echostream_cli.sandbox import (
    bootstrap,
    container_status,
    containers,
    local,
    local_status,
    runtime,
    supervisor,
)
from echostream_cli.sandbox.docker_engine import DockerUnavailable
from echostream_cli.sandbox.status import SandboxStatus, stack_status
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


def get_status(settings: Settings) -> SandboxStatus:
    """The state of all parts and of the stack."""
    part_status = (container_status if settings.in_docker else local_status).part_status
    parts = [part_status(settings, part) for part in supervisor.parts(settings)]
    return SandboxStatus(parts, stack_status(settings))


def logs(settings: Settings, lines: int) -> str:
    """The last log lines of every part and of every function."""
    part_logs = container_status.logs if settings.in_docker else local_status.logs
    functions = [_function_logs(settings, name, lines) for name in FUNCTIONS]
    return "\n".join([*part_logs(settings, lines), *functions])


def _function_logs(settings: Settings, function: str, lines: int) -> str:
    try:
        last_lines = log_events.last_lines(settings.target, function, lines)
    except (ClientError, BotoCoreError) as error:
        return f"== {function}\n  (no log: {error})"
    indented = [f"  {line}" for line in last_lines or ["(no line yet)"]]
    return "\n".join([f"== {function} ({settings.target.log_group(function)})", *indented])
