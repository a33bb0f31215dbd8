"""What all commands share: options, the deployment that they work on, errors and exit codes."""

import json
import os
import sys
from collections.abc import Mapping
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
    str, typer.Option(help="A stage of samconfig.toml, on AWS. Without it: the sandbox.")
]
Endpoint = Annotated[
    str, typer.Option(help="With a stage: the address of an emulator to use instead of AWS.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


class Commands(TyperGroup):
    """A command group that ends with a message and an exit code where a command fails.

    Exit codes: 1 an error, 2 wrong arguments, 130 interrupted, 141 nobody reads the output.
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
            what = str(error) or "interrupted; the same command continues"
            typer.echo(f"\n{what}", err=True)
            raise typer.Exit(130) from error


def _message(error: Exception) -> str:
    """The message as it is where it is ours; on one line where it is an SDK's."""
    return str(error) if isinstance(error, UserError) else " ".join(str(error).split())


def group() -> typer.Typer:
    """The commands of one sub-package, which `__main__` adds to `echostream`."""
    return typer.Typer(cls=Commands, no_args_is_help=True)


def target(stage: str = "", endpoint: str = "") -> Target:
    """The deployment that the options name: a stage, or the sandbox that runs here.

    Raises `UserError` where it does not exist.
    """
    found = stages.target(stage, endpoint) if stage else load_running().target
    found.outputs()
    return found


def use_environment_of(target: Target) -> None:
    """Make every AWS SDK of this process talk to a deployment."""
    environment = target.environment()
    for name in set(os.environ) - set(environment):
        del os.environ[name]
    os.environ.update(environment)


def use_settings_of_processor(target: Target) -> None:
    """Give this process the processor function's settings, as deployed.

    The addresses of AWS are not taken: those in a container are not ours.
    """
    use_environment_of(target)
    configuration = target.client("lambda").get_function_configuration(
        FunctionName=target.resource("ProcessorFunction")
    )
    variables = configuration["Environment"]["Variables"]
    os.environ.update({n: v for n, v in variables.items() if not n.startswith("AWS_")})
    os.environ["POWERTOOLS_METRICS_DISABLED"] = "true"  # metrics count the functions' calls only


def print_json(value: object) -> None:
    """Print a value as JSON."""
    typer.echo(json.dumps(value, indent=1, default=str))


def format_counts(counts: Mapping[str, int]) -> str:
    """Counts as a line for a person."""
    return ", ".join(f"{number:,} {what}" for what, number in counts.items() if number)
