"""Bringing a stage to what lies here, step by step; each step may be interrupted and repeated."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from deployment import changes, checks, estimate, parameters, previous, smoke, states
from deployment.person import agree
from deployment.stages import Stage
from deployment.target import Target
from echostream.adapters.glue_catalog import Catalog
from localstack import compact, site
from localstack.deploy import build_into
from localstack.settings import ROOT, SandboxError
from localstack.steps import step

COGNITO = "/cognito"
"""Where the page's distribution has an emulator's Cognito; on AWS browsers ask it directly."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person asked for beside the stage."""

    yes: bool = False
    account: str = ""
    accepted: frozenset[str] = frozenset()


def work_of(target: Target) -> Path:
    """Where a stage's build, logs and notes are; an emulator's are not AWS's."""
    where = "" if target.endpoint is None else f"@{urlsplit(target.endpoint).netloc}"
    return ROOT / ".sandbox" / "deployment" / f"{target.stage}{where}"


def deploy(stage: Stage, target: Target, wishes: Wishes) -> None:
    """Check, show, ask, deploy, look whether it works, publish the page. Raises `SandboxError`."""
    work = work_of(target)
    print(f"  stage {stage.name}: stack {target.stack_name} on {target.where()}")
    checks.run(stage, target, wishes.account, wishes.accepted, work)
    is_update = states.prepare(target, wishes.yes)
    given = parameters.effective(stage, target)
    found = _plan(stage, target, given, work, wishes.accepted)
    if found.arn:
        _execute(target, found, wishes, is_update)
    # An update that was interrupted before it was tried is tried now, and taken back as well.
    _finish(target, wishes, may_go_back=is_update and previous.is_unproved(target))


def diff(stage: Stage, target: Target) -> None:
    """Show what a deployment would change, and leave nothing behind."""
    given = parameters.effective(stage, target)
    state = states.status(target)
    if state and state not in (*states.USABLE, states.UNTOUCHED):
        raise SandboxError(f"{target.stack_name} is {state}: make deploy-aws says what to do")
    found = _change_set(stage, target, given, work_of(target))
    changes.show(found)
    if found.arn:
        changes.discard(target, {found.arn})


def go_back(target: Target, wishes: Wishes) -> None:
    """Deploy what ran before the last update. Raises `SandboxError`."""
    if not states.prepare(target, wishes.yes):
        raise SandboxError(f"there is no {target.stack_name} to take back")
    with step("what ran before"):
        found = previous.find(target)
    changes.show(found)
    if not found.arn:
        return
    try:
        changes.guard(found, wishes.accepted)
        agree("Go back to this?", wishes.yes)
    except BaseException:
        changes.discard(target, {found.arn})
        raise
    changes.execute(target, found)
    smoke.api(target)
    previous.prove(target)


def _plan(
    stage: Stage, target: Target, given: dict[str, str], work: Path, accepted: frozenset[str]
) -> changes.ChangeSet:
    """The change set, shown with its price, and refused where it would lose data."""
    found = _change_set(stage, target, given, work)
    changes.show(found)
    try:
        changes.guard(found, accepted)
        estimate.show(stage, given, accepted)
    except BaseException:
        changes.discard(target, {found.arn} - {""})
        raise
    return found


def _change_set(
    stage: Stage, target: Target, given: dict[str, str], work: Path
) -> changes.ChangeSet:
    with step("sam build") as note:
        made = build_into(work / "build", work, *parameters.platform(given, target))
        note.append("built" if made else "is current")
    with step("change set"):
        return changes.make(stage, target, given, work)


def _execute(target: Target, found: changes.ChangeSet, wishes: Wishes, is_update: bool) -> None:
    """Ask, and carry out what was shown."""
    try:
        agree(f"Deploy this to {target.where()}?", wishes.yes)
        if is_update:
            previous.keep(target)
    except BaseException:
        changes.discard(target, {found.arn})
        raise
    changes.execute(target, found)


def _finish(target: Target, wishes: Wishes, may_go_back: bool) -> None:
    """Look whether it works, and only then publish the page; otherwise go back."""
    try:
        smoke.api(target)
    except smoke.SmokeFailed as error:
        if not may_go_back:
            raise SandboxError(
                f"{error}; what is deployed stays for you to look at. Put it right and"
                f" make deploy-aws STAGE={target.stage}, or destroy-aws"
            ) from error
        print(f"  it does not work: {error}\n  going back to what ran before", flush=True)
        go_back(target, Wishes(yes=True, accepted=wishes.accepted))
        raise SandboxError(f"the update was taken back; {error}") from error
    previous.prove(target)
    with step("page") as note:
        note.append(_publish(target))
    smoke.page(target)
    with step("tables of the lake") as note:
        note.append(_have_view(target))
    show_outputs(target)


def _publish(target: Target) -> str:
    cognito = COGNITO if target.endpoint is not None else None
    s3, cloudfront = target.client("s3"), target.client("cloudfront")
    sent = site.publish(s3, cloudfront, target.outputs(), target.region, cognito)
    return f"{sent} files sent, the edge told" if sent else "is current"


def _have_view(target: Target) -> str:
    """The view `documents`, which the first compaction makes; each night has another."""
    try:
        if Catalog(target.client("glue"), target.outputs()["Database"]).has("documents"):
            return "are there"
        found = target.client("cloudformation").describe_stack_resource(
            StackName=target.stack_name, LogicalResourceId="CompactFunction"
        )
        name = found["StackResourceDetail"]["PhysicalResourceId"]
        report = compact.invoke(target.client("lambda", compact.PATIENCE), name, datetime.now(UTC))
        return f"compacted to {report['compacted_to']}"
    except (ClientError, BotoCoreError, SandboxError) as error:
        return f"not yet, the night's compaction makes them ({error})"


def show_outputs(target: Target) -> None:
    """Print the stack's outputs."""
    for name, value in sorted(target.outputs().items()):
        print(f"  {name:<18} {value}")
    print(f"  let somebody in: make user-aws NAME=... TENANT=... STAGE={target.stage}")
