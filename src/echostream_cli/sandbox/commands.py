"""The commands up, down, status, outputs, token, logs and reset, and two for the images."""

from typing import Annotated

import typer

from echostream_cli import command, outputs, sam
from echostream_cli.sandbox import bootstrap as bootstrapping
from echostream_cli.sandbox import lifecycle, runtime
from echostream_cli.sandbox.status import show
from echostream_cli.settings import Settings, load, load_running

app = command.group()
PANEL = "Sandbox"


def _running() -> Settings:
    """The settings of this machine's sandbox, with the mode in which it runs."""
    return runtime.with_running_mode(load_running())


@app.command(rich_help_panel=PANEL, epilog=command.examples("up"))
def up() -> None:
    """Start the sandbox, or repair a part that does not run; print the addresses.

    Settings come from the environment and .env, such as MODE=local or ENGINE=cascade.
    """
    try:
        lifecycle.up(load())
    except KeyboardInterrupt:
        raise KeyboardInterrupt("interrupted; `make up` continues, `make down` stops") from None


@app.command(rich_help_panel=PANEL, epilog=command.examples("down", "down --volumes"))
def down(
    volumes: Annotated[bool, typer.Option("--volumes", help="Delete the stored data too.")] = False,
) -> None:
    """Stop the sandbox; stored data stays."""
    lifecycle.down(_running(), volumes)


@app.command(rich_help_panel=PANEL, epilog=command.examples("status", "status --json"))
def status(json: command.Json = False) -> None:
    """Print the state and start time of each part, and the log of a part that does not run.

    Exit code 1: a part does not run.
    """
    sandbox_status = lifecycle.get_status(_running())
    if json:
        command.print_json(sandbox_status.to_json())
    else:
        show(sandbox_status)
    raise typer.Exit(0 if sandbox_status.is_running else 1)


@app.command(
    "outputs",
    rich_help_panel=PANEL,
    epilog=command.examples("outputs", "outputs --stage prod --json"),
)
def show_outputs(
    stage: command.Stage = "", endpoint: command.Endpoint = "", json: command.Json = False
) -> None:
    """Print KEY=VALUE lines for scripts; a shell reads them with eval "$(echostream outputs)"."""
    values = command.target(stage, endpoint).outputs() if stage else outputs.outputs(_running())
    if json:
        command.print_json(values)
        return
    for name, value in values.items():
        typer.echo(f"{name}={value}")


@app.command(rich_help_panel=PANEL, epilog=command.examples("token"))
def token() -> None:
    """Print an ID token of the demo user for requests to the API."""
    settings = _running()
    typer.echo(outputs.demo_user(settings, outputs.outputs(settings)).token())


@app.command(rich_help_panel=PANEL, epilog=command.examples("logs --lines 100"))
def logs(
    lines: Annotated[int, typer.Option(min=1, help="Lines per part and per function.")] = 20,
) -> None:
    """Print the last log lines of every part and every function."""
    typer.echo(lifecycle.logs(_running(), lines))


@app.command(rich_help_panel=PANEL, epilog=command.examples("reset"))
def reset() -> None:
    """Delete the sandbox's data, stack and users; if it was running, start it again."""
    lifecycle.reset(_running())


@app.command(hidden=True, epilog=command.examples("build"))
def build() -> None:
    """Build the functions and layers; used by the Dockerfile."""
    sam.build(_running())


@app.command(hidden=True, epilog=command.examples("bootstrap"))
def bootstrap() -> None:
    """Deploy stack, page, users and sample documents; used by the container `deployer`."""
    bootstrapping.bootstrap(_running())
