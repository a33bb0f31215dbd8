"""Commands on the sandbox: up, down, status, outputs, token, logs, reset."""

from typing import Annotated

import typer

from echostream_cli import command, outputs, sam
from echostream_cli.sandbox import bootstrap as bootstrapping
from echostream_cli.sandbox import lifecycle, runtime
from echostream_cli.settings import Settings, load, load_running

app = command.group()
PANEL = "Sandbox"


def _running() -> Settings:
    """The settings of the sandbox that runs here, in its own mode."""
    return runtime.running(load_running())


@app.command(rich_help_panel=PANEL)
def up() -> None:
    """Start everything, or repair what is not running; print the addresses.

    Settings come from the environment and .env, such as MODE=local or ENGINE=cascade.
    """
    try:
        lifecycle.up(load())
    except KeyboardInterrupt:
        raise KeyboardInterrupt("interrupted; `make up` continues, `make down` stops") from None


@app.command(rich_help_panel=PANEL)
def down(
    volumes: Annotated[bool, typer.Option("--volumes", help="Delete the stored data too.")] = False,
) -> None:
    """Stop everything; stored data stays."""
    lifecycle.down(_running(), volumes)


@app.command(rich_help_panel=PANEL)
def status() -> None:
    """Say what runs, since when, and why a part does not run. Exit code 1: a part does not run."""
    text, is_well = lifecycle.state(_running())
    typer.echo(text)
    raise typer.Exit(0 if is_well else 1)


@app.command("outputs", rich_help_panel=PANEL)
def show_outputs(
    stage: command.Stage = "", endpoint: command.Endpoint = "", json: command.Json = False
) -> None:
    """Print KEY=VALUE lines for scripts.

    Example: eval "$(echostream outputs)"
    """
    found = command.target(stage, endpoint).outputs() if stage else outputs.outputs(_running())
    if json:
        command.print_json(found)
        return
    for name, value in found.items():
        typer.echo(f"{name}={value}")


@app.command(rich_help_panel=PANEL)
def token() -> None:
    """Print an ID token of the demo user."""
    settings = _running()
    typer.echo(outputs.demo_user(settings, outputs.outputs(settings)).token())


@app.command(rich_help_panel=PANEL)
def logs(
    lines: Annotated[int, typer.Option(min=1, help="How many lines of each part.")] = 20,
) -> None:
    """Print the last log lines of every part and every function."""
    typer.echo(lifecycle.logs(_running(), lines))


@app.command(rich_help_panel=PANEL)
def reset() -> None:
    """Delete the sandbox's data, stack and users, and start again, in seconds."""
    lifecycle.reset(_running())


@app.command(hidden=True)
def build() -> None:
    """Build the functions and layers; for the images."""
    sam.build(_running())


@app.command(hidden=True)
def bootstrap() -> None:
    """Make the stack, its users and the sample documents; for the container `deployer`."""
    bootstrapping.bootstrap(_running())
