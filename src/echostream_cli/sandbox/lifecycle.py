"""The commands on a sandbox, in whichever mode it runs: containers, or processes from here."""

from dataclasses import replace

from echostream_cli.errors import UserError
from echostream_cli.sandbox import bootstrap, containers, runtime, status, supervisor
from echostream_cli.sandbox.docker_engine import DockerUnavailable
from echostream_cli.settings import FORGOTTEN, Settings, load_remembered
from echostream_cli.target import FUNCTIONS


def up(settings: Settings) -> None:
    """Have everything run, and say where, why and how to reach it."""
    choice = runtime.choose(settings)
    print(f"  {choice}")
    chosen = replace(settings, mode=choice.mode)
    _leave(load_remembered(settings), chosen)
    start(chosen)
    print(bootstrap.welcome(chosen))


def start(settings: Settings) -> None:
    """Have everything run in the mode that the settings name."""
    if settings.in_docker:
        containers.up(settings)
    else:
        bootstrap.up(settings)


def _leave(before: Settings | None, chosen: Settings) -> None:
    """Stop what runs in the other mode; what it stored stays its own."""
    if before and before.in_docker and not chosen.in_docker:
        try:
            if containers.is_running(before):
                containers.down(before)
        except DockerUnavailable:
            return
    if chosen.in_docker and supervisor.is_supervised(chosen):
        bootstrap.down(chosen)


def down(settings: Settings, volumes: bool = False) -> None:
    """Stop everything; what is stored stays, unless the volumes are to go too."""
    if settings.in_docker:
        containers.down(settings, volumes)
    else:
        bootstrap.down(settings, volumes)


def reset(settings: Settings) -> None:
    """Empty the sandbox: data, stack and users. Where it was running, it is started again."""
    if settings.localstack_auth_token == FORGOTTEN:
        raise UserError("LOCALSTACK_AUTH_TOKEN: must be given again, it is kept nowhere")
    ready = containers.is_ready if settings.in_docker else supervisor.is_ready
    running = ready(settings, "emulator")
    down(settings, volumes=True)
    if running:
        start(settings)
        print(bootstrap.welcome(settings))


def state(settings: Settings) -> tuple[str, bool]:
    """A line for each part, and whether all of them run."""
    return containers.status(settings) if settings.in_docker else status.status(settings)


def logs(settings: Settings, lines: int) -> str:
    """The last lines of every part and of every function."""
    look = containers.logs if settings.in_docker else status.logs
    of_functions = [status.function_logs(settings, name, lines) for name in FUNCTIONS]
    return "\n".join(look(settings, lines) + of_functions)
