"""Commands on a stage: deploy, diff, rollback, smoke, destroy, user."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli import command, stages
from echostream_cli.console import RISKS
from echostream_cli.deploy import change_set, destroy, preflight, smoke, stack_state
from echostream_cli.deploy import deploy as deploying
from echostream_cli.deploy.deploy import DeployOptions
from echostream_cli.errors import UserError
from echostream_cli.target import Target

app = command.group()
PANEL = "AWS"
Yes = Annotated[bool, typer.Option("--yes", help="Answer yes to every question.")]
Account = Annotated[str, typer.Option(help="Reject any other AWS account.")]
Accept = Annotated[str, typer.Option(help=f"Risks to accept, comma-separated: {', '.join(RISKS)}.")]
StageName = Annotated[str, typer.Option(help="A stage of samconfig.toml.")]


@app.command(
    "deploy",
    rich_help_panel=PANEL,
    epilog=command.examples("deploy --stage staging", "deploy --stage prod --yes --accept quota"),
)
def deploy_stage(
    stage: StageName = "staging",
    endpoint: command.Endpoint = "",
    yes: Yes = False,
    account: Account = "",
    accept: Accept = "",
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Give new code all requests at once, as a hotfix.")
    ] = False,
) -> None:
    """Check, show changes and cost, ask, deploy, run the smoke test."""
    loaded, target = _load(stage, endpoint)
    options = DeployOptions(yes, account, _parse_risks(accept), at_once)
    with _interruptible(target, "deploy"):
        deploying.deploy(loaded, target, options)


@app.command(
    rich_help_panel=PANEL, epilog=command.examples("diff --stage prod", "diff --stage prod --json")
)
def diff(
    stage: StageName = "staging",
    endpoint: command.Endpoint = "",
    account: Account = "",
    json: command.Json = False,
) -> None:
    """Show what a deployment would change."""
    loaded, target = _load_and_check(stage, endpoint, account)
    with _interruptible(target, "diff"), command.steps_to_stderr(json):
        changes = deploying.diff(loaded, target)
    if json:
        command.print_json(change_set.to_json(changes))
    else:
        change_set.print_changes(changes)


@app.command("rollback", rich_help_panel=PANEL, epilog=command.examples("rollback --stage prod"))
def roll_back(
    stage: StageName = "staging",
    endpoint: command.Endpoint = "",
    yes: Yes = False,
    account: Account = "",
    accept: Accept = "",
) -> None:
    """Deploy the version before the last update."""
    _, target = _load_and_check(stage, endpoint, account)
    with _interruptible(target, "rollback"):
        deploying.roll_back(target, DeployOptions(yes, account, _parse_risks(accept)))


@app.command("smoke", rich_help_panel=PANEL, epilog=command.examples("smoke --stage prod"))
def run_smoke_test(
    stage: StageName = "staging", endpoint: command.Endpoint = "", account: Account = ""
) -> None:
    """Test a deployment through its public address: send, score, read, count, load the page."""
    _, target = _load_and_check(stage, endpoint, account)
    with _interruptible(target, "smoke"):
        smoke.check_api(target)
        if "SiteUrl" in target.outputs():
            smoke.check_page(target)


@app.command(
    "destroy",
    rich_help_panel=PANEL,
    epilog=command.examples(
        "destroy --stage staging",
        "destroy --stage staging --data delete --confirm echostream-staging",
    ),
)
def destroy_stage(
    stage: StageName = "staging",
    endpoint: command.Endpoint = "",
    data: Annotated[str, typer.Option(help="keep or delete.")] = "keep",
    yes: Yes = False,
    confirm: Annotated[str, typer.Option(help="With --data delete: the stack's name.")] = "",
    account: Account = "",
) -> None:
    """Remove a deployment; documents, history and users remain, unless --data delete."""
    if data not in ("keep", "delete"):
        raise UserError(f"DATA: must be keep or delete, is {data!r}")
    _, target = _load_and_check(stage, endpoint, account)
    with _interruptible(target, "destroy"):
        destroy.destroy(target, data, yes, confirm)


def _load(name: str, endpoint: str) -> tuple[stages.Stage, Target]:
    stage = stages.load(name)
    return stage, stage.target(endpoint)


def _load_and_check(name: str, endpoint: str, account: str) -> tuple[stages.Stage, Target]:
    """The stage, after a check of credentials and region; `deploy` runs and prints these itself."""
    stage, target = _load(name, endpoint)
    preflight.check_credentials(target, account or stage.account)
    preflight.check_region(target, os.environ)
    return stage, target


@contextmanager
def _interruptible(target: Target, name: str) -> Iterator[None]:
    """Add the state of the stack to an AWS error or Ctrl-C."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise UserError(target.unreachable(error)) from error
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_describe_interrupt(target, name)) from None


def _describe_interrupt(target: Target, name: str) -> str:
    """The message after Ctrl-C: the stack's status, and what to do."""
    try:
        status = stack_state.get_status(target)
    except UserError as error:
        status = f"in an unknown state ({error})"
    is_running = "PROGRESS" in str(status)
    continues = "; CloudFormation completes the current operation" if is_running else ""
    return (
        f"interrupted: {target.stack_name} is {status or 'not deployed'}{continues}."
        f" The same command ({name}) continues from there"
    )


def _parse_risks(text: str) -> frozenset[str]:
    risks = frozenset(text.replace(",", " ").split())
    if not risks <= set(RISKS):
        raise UserError(f"ACCEPT: must be of {', '.join(RISKS)}, is {text!r}")
    return risks
