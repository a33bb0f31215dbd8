"""The command `echostream`: one parser, to which each sub-package adds its commands."""

import typer

from echostream_cli import command
from echostream_cli.costs import commands as costs
from echostream_cli.data import commands as data
from echostream_cli.deploy import commands as deploy
from echostream_cli.doctor import commands as doctor
from echostream_cli.frontends import commands as frontends
from echostream_cli.lake import commands as lake
from echostream_cli.operate import commands as operate
from echostream_cli.sandbox import commands as sandbox

app = typer.Typer(
    name="echostream",
    cls=command.Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="EchoStream: a sandbox on this machine, deployments to AWS, and what operators do.",
)
for group in (sandbox, data, lake, operate, deploy, frontends, doctor, costs):
    app.add_typer(group.app)


def main() -> None:
    """Run the command that the arguments name."""
    app(prog_name="echostream")


if __name__ == "__main__":
    main()
