"""Shared by all commands: options, the choice of a deployment, errors and exit codes."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from datetime import datetime
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError
from typer.core import TyperGroup

from echostream.domain.errors import EchoStreamError
from echostream_cli import stages
from echostream_cli.errors import UserError
from echostream_cli.settings import load_running
from echostream_cli.target import Target

EXPECTED = (UserError, EchoStreamError, ClientError, BotoCoreError, OSError)
"""Errors that end a command with a message instead of a traceback."""

Stage = Annotated[
    str, typer.Option(help="A stage of samconfig.toml, on AWS. Default: the sandbox.")
]
Endpoint = Annotated[
    str, typer.Option(help="With a stage: the address of an emulator to use instead of AWS.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


class Commands(TyperGroup):
    """A command group that turns expected errors into a message and an exit code.

    Exit codes: 1 an error, 2 wrong arguments, 130 interrupted, 141 the output pipe was closed.
    """

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(141) from None
        except EXPECTED as error:
            typer.echo(f"error: {_message(error)}", err=True)
            raise typer.Exit(1) from error
        except KeyboardInterrupt as error:
            message = str(error) or "interrupted; run the same command again to continue"
            typer.echo(f"\n{message}", err=True)
            raise typer.Exit(130) from error


def _message(error: Exception) -> str:
    """The message of an error: unchanged for a `UserError`, else (an SDK's) on one line."""
    return str(error) if isinstance(error, UserError) else " ".join(str(error).split())


def group() -> typer.Typer:
    """A group for the commands of one sub-package."""
    return typer.Typer(cls=Commands, no_args_is_help=True)


def target(stage: str = "", endpoint: str = "") -> Target:
    """The deployment that the options select: a stage, or the sandbox of this machine.

    Raises `UserError` if it does not exist.
    """
    deployment = stages.target(stage, endpoint) if stage else load_running().target
    deployment.outputs()
    return deployment


def use_environment_of(target: Target) -> None:
    """Set this process's environment so that every AWS SDK uses a deployment."""
    environment = target.environment()
    for name in set(os.environ) - set(environment):
        del os.environ[name]
    os.environ.update(environment)


def use_settings_of_processor(target: Target) -> None:
    """Set this process's environment to the deployed processor function's settings.

    Variables with the prefix AWS_ are left out: addresses in a container differ from those here.
    """
    use_environment_of(target)
    configuration = target.client("lambda").get_function_configuration(
        FunctionName=target.resource("ProcessorFunction")
    )
    variables = configuration["Environment"]["Variables"]
    os.environ.update({n: v for n, v in variables.items() if not n.startswith("AWS_")})
    os.environ["POWERTOOLS_METRICS_DISABLED"] = "true"  # metrics count only calls of functions


def examples(*lines: str) -> str:
    """The last part of a command's help: one example on each line."""
    return "\n\n".join(["Examples:", *(f"echostream {line}" for line in lines)])


def print_json(value: object) -> None:
    """Print a value as JSON, times in ISO 8601."""
    typer.echo(json.dumps(value, indent=1, default=_to_json))


def _to_json(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


@contextmanager
def steps_to_stderr(json: bool) -> Iterator[None]:
    """Print steps to stderr if stdout is for JSON."""
    if not json:
        yield
        return
    with redirect_stdout(sys.stderr):
        yield


def format_counts(counts: Mapping[str, int]) -> str:
    """Counts on one line, without zeros: `1,200 stored, 3 rejected`."""
    return ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)
