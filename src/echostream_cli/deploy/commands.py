"""Commands on a stage: deploy, diff, rollback, smoke, destroy, user."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli import command, stages, users
from echostream_cli.console import RISKS
from echostream_cli.deploy import deploy as deploying
from echostream_cli.deploy import destroy, preflight, smoke, stack_state
from echostream_cli.deploy.deploy import DeployOptions
from echostream_cli.errors import UserError
from echostream_cli.target import Target

app = command.group()
PANEL = "AWS"
Yes = Annotated[bool, typer.Option("--yes", help="Answer every question with yes.")]
Account = Annotated[str, typer.Option(help="Refuse any other AWS account.")]
Accept = Annotated[str, typer.Option(help=f"Risks to accept, by comma: {', '.join(RISKS)}.")]
StageName = Annotated[str, typer.Option(help="A stage of samconfig.toml.")]


@app.command("deploy", rich_help_panel=PANEL)
def deploy_stage(
    stage: StageName = "staging",
    endpoint: command.Endpoint = "",
    yes: Yes = False,
    account: Account = "",
    accept: Accept = "",
) -> None:
    """Check, show changes and price, ask, deploy, run the smoke test."""
    found, target = _stage(stage, endpoint)
    options = DeployOptions(yes, account, _risks(accept))
    with _interruptible(target, "deploy"):
        deploying.deploy(found, target, options)


@app.command(rich_help_panel=PANEL)
def diff(
    stage: StageName = "staging", endpoint: command.Endpoint = "", account: Account = ""
) -> None:
    """Show what a deployment would change."""
    found, target = _checked(stage, endpoint, account)
    with _interruptible(target, "diff"):
        deploying.diff(found, target)


@app.command("rollback", rich_help_panel=PANEL)
def roll_back(
    stage: StageName = "staging",
    endpoint: command.Endpoint = "",
    yes: Yes = False,
    account: Account = "",
    accept: Accept = "",
) -> None:
    """Deploy what ran before the last update."""
    _, target = _checked(stage, endpoint, account)
    with _interruptible(target, "rollback"):
        deploying.go_back(target, DeployOptions(yes, account, _risks(accept)))


@app.command("smoke", rich_help_panel=PANEL)
def run_smoke_test(
    stage: StageName = "staging", endpoint: command.Endpoint = "", account: Account = ""
) -> None:
    """Try a deployment through its public addresses: send, score, read, count, load the page."""
    _, target = _checked(stage, endpoint, account)
    with _interruptible(target, "smoke"):
        smoke.api(target)
        smoke.page(target)


@app.command("destroy", rich_help_panel=PANEL)
def destroy_stage(
    stage: StageName = "staging",
    endpoint: command.Endpoint = "",
    data: Annotated[str, typer.Option(help="keep or delete.")] = "keep",
    yes: Yes = False,
    confirm: Annotated[str, typer.Option(help="With --data delete: the stack's name.")] = "",
    account: Account = "",
) -> None:
    """Remove a deployment; documents, history and users stay, unless --data delete."""
    if data not in ("keep", "delete"):
        raise UserError(f"DATA: must be keep or delete, is {data!r}")
    _, target = _checked(stage, endpoint, account)
    with _interruptible(target, "destroy"):
        destroy.destroy(target, data, yes, confirm)


@app.command("user", rich_help_panel=PANEL)
def create_user(
    name: Annotated[str, typer.Option(help="The user's name.")] = "",
    tenant: Annotated[str, typer.Option(help="Whose documents the user sees.")] = "",
    stage: StageName = "staging",
    endpoint: command.Endpoint = "",
    account: Account = "",
) -> None:
    """Create a user of a tenant and print a new password."""
    for field, value in (("NAME", name), ("TENANT", tenant)):
        if not value:
            raise UserError(f"{field}: must be given, as in NAME=ann TENANT=acme")
    _, target = _checked(stage, endpoint, account)
    password = users.create(target, name, tenant)
    typer.echo(f"  {name} sees the documents of {tenant}")
    typer.echo(f"  sign in at {target.outputs()['SiteUrl']} with {password}")


def _stage(name: str, endpoint: str) -> tuple[stages.Stage, Target]:
    stage = stages.load(name)
    return stage, stage.target(endpoint)


def _checked(name: str, endpoint: str, account: str) -> tuple[stages.Stage, Target]:
    """The stage, once credentials and region are checked; `deploy` prints these checks itself."""
    stage, target = _stage(name, endpoint)
    preflight.credentials(target, account or stage.account)
    preflight.region(target, os.environ)
    return stage, target


@contextmanager
def _interruptible(target: Target, name: str) -> Iterator[None]:
    """Say where an error or Ctrl-C leaves the stack."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise UserError(target.unreachable(error)) from error
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_interrupted(target, name)) from None


def _interrupted(target: Target, name: str) -> str:
    """The stack's state after Ctrl-C, and what to do."""
    try:
        state = stack_state.status(target)
    except UserError as error:
        state = f"in a state that cannot be read ({error})"
    continues = "; CloudFormation finishes what it has begun" if "PROGRESS" in str(state) else ""
    return (
        f"interrupted: {target.stack_name} is {state or 'not there'}{continues}."
        f" The same command ({name}) continues from there"
    )


def _risks(text: str) -> frozenset[str]:
    given = frozenset(text.replace(",", " ").split())
    if not given <= set(RISKS):
        raise UserError(f"ACCEPT: must be of {', '.join(RISKS)}, is {text!r}")
    return given
