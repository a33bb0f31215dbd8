"""The command `echostream`: one parser, to which each sub-package adds its commands.

A sub-package is imported when one of its commands runs, so that a command starts fast and a
container needs only the packages of the commands that it runs.
"""

from importlib import import_module
from typing import Any

import typer

from echostream_cli import command

COMMANDS = {
    "sandbox": ("up", "down", "status", "outputs", "token", "logs", "reset", "build", "bootstrap"),
    "data": ("seed", "import", "live", "source"),
    "lake": ("query", "compact", "crawl"),
    "operate": (
        *("backup", "restore", "replay", "recount", "rescore"),
        *("quarantine", "requeue", "erase", "erasures", "audit", "rotate", "alarms"),
        *("alerts", "report"),
    ),
    "tenants": ("tenant", "member", "machine"),
    "deploy": ("deploy", "diff", "rollback", "smoke", "destroy"),
    "frontends": ("dashboard", "site", "screenshots"),
    "doctor": ("doctor", "support-bundle"),
    "costs": ("cost",),
    "scale": ("scale",),
}
"""The commands of each sub-package, in the order of the help text."""
PACKAGES = {name: package for package, names in COMMANDS.items() for name in names}


class LazyCommands(command.Commands):
    """The commands of all sub-packages; a sub-package is imported with its first command."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(PACKAGES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name not in PACKAGES:
            return None
        module = import_module(f"echostream_cli.{PACKAGES[cmd_name]}.commands")
        return typer.main.get_group(module.app).commands[cmd_name]


app = typer.Typer(
    name="echostream",
    cls=LazyCommands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def echostream() -> None:
    """EchoStream: a sandbox on this machine, deployments to AWS, and operations."""


def main() -> None:
    """Run `echostream` with the arguments of this process."""
    app(prog_name="echostream")


if __name__ == "__main__":
    main()
