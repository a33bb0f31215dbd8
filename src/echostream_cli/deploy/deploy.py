"""Bringing a stage to what lies here, step by step; each step may be interrupted and repeated."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.glue_catalog import GlueCatalog
from echostream_cli.console import confirm, step
from echostream_cli.deploy import (
    change_set,
    estimate,
    parameters,
    preflight,
    rollback,
    smoke,
    stack_state,
)
from echostream_cli.errors import UserError
from echostream_cli.frontends import site_publish
from echostream_cli.lake import compact
from echostream_cli.paths import ROOT
from echostream_cli.sam import build_into
from echostream_cli.stages import Stage
from echostream_cli.target import Target

COGNITO = "/cognito"
"""Where the page's distribution has an emulator's Cognito; on AWS browsers ask it directly."""


@dataclass(frozen=True, slots=True)
class DeployOptions:
    """What the person asked for beside the stage."""

    yes: bool = False
    account: str = ""
    accepted: frozenset[str] = frozenset()


def work_of(target: Target) -> Path:
    """Where a stage's build, logs and notes are; an emulator's are not AWS's."""
    where = "" if target.endpoint is None else f"@{urlsplit(target.endpoint).netloc}"
    return ROOT / ".sandbox" / "deployment" / f"{target.stage}{where}"


def deploy(stage: Stage, target: Target, options: DeployOptions) -> None:
    """Check, show, ask, deploy, look whether it works, publish the page. Raises `UserError`."""
    work = work_of(target)
    print(f"  stage {stage.name}: stack {target.stack_name} on {target.where()}")
    preflight.run(stage, target, options.account, options.accepted, work)
    is_update = stack_state.prepare(target, options.yes)
    given = parameters.effective(stage, target)
    found = _plan(stage, target, given, work, options.accepted)
    if found.arn:
        _execute(target, found, options, is_update)
    # An update that was interrupted before it was tried is tried now, and taken back as well.
    _finish(target, options, may_go_back=is_update and rollback.is_unverified(target))


def diff(stage: Stage, target: Target) -> None:
    """Show what a deployment would change, and leave nothing behind."""
    given = parameters.effective(stage, target)
    state = stack_state.status(target)
    if state and state not in (*stack_state.USABLE, stack_state.UNTOUCHED):
        raise UserError(f"{target.stack_name} is {state}: make deploy-aws says what to do")
    found = _change_set(stage, target, given, work_of(target))
    change_set.show(found)
    if found.arn:
        change_set.discard(target, {found.arn})


def go_back(target: Target, options: DeployOptions) -> None:
    """Deploy what ran before the last update. Raises `UserError`."""
    if not stack_state.prepare(target, options.yes):
        raise UserError(f"there is no {target.stack_name} to take back")
    with step("what ran before"):
        found = rollback.make_change_set(target)
    change_set.show(found)
    if not found.arn:
        return
    try:
        change_set.guard(found, options.accepted)
        confirm("Go back to this?", options.yes)
    except BaseException:
        change_set.discard(target, {found.arn})
        raise
    change_set.execute(target, found)
    smoke.api(target)
    rollback.mark_verified(target)


def _plan(
    stage: Stage, target: Target, given: dict[str, str], work: Path, accepted: frozenset[str]
) -> change_set.ChangeSet:
    """The change set, shown with its price, and refused where it would lose data."""
    found = _change_set(stage, target, given, work)
    change_set.show(found)
    try:
        change_set.guard(found, accepted)
        estimate.show(stage, given, accepted)
    except BaseException:
        change_set.discard(target, {found.arn} - {""})
        raise
    return found


def _change_set(
    stage: Stage, target: Target, given: dict[str, str], work: Path
) -> change_set.ChangeSet:
    with step("sam build") as note:
        made = build_into(work / "build", work, *parameters.platform(given, target))
        note.append("built" if made else "is current")
    with step("change set"):
        return change_set.make(stage, target, given, work)


def _execute(
    target: Target, found: change_set.ChangeSet, options: DeployOptions, is_update: bool
) -> None:
    """Ask, and carry out what was shown."""
    try:
        confirm(f"Deploy this to {target.where()}?", options.yes)
        if is_update:
            rollback.save(target)
    except BaseException:
        change_set.discard(target, {found.arn})
        raise
    change_set.execute(target, found)


def _finish(target: Target, options: DeployOptions, may_go_back: bool) -> None:
    """Look whether it works, and only then publish the page; otherwise go back."""
    try:
        smoke.api(target)
    except smoke.SmokeFailed as error:
        if not may_go_back:
            raise UserError(
                f"{error}; what is deployed stays for you to look at. Put it right and"
                f" make deploy-aws STAGE={target.stage}, or destroy-aws"
            ) from error
        print(f"  it does not work: {error}\n  going back to what ran before", flush=True)
        go_back(target, DeployOptions(yes=True, accepted=options.accepted))
        raise UserError(f"the update was taken back; {error}") from error
    rollback.mark_verified(target)
    with step("page") as note:
        note.append(_publish(target))
    smoke.page(target)
    with step("tables of the lake") as note:
        note.append(_have_view(target))
    for name, value in sorted(target.outputs().items()):
        print(f"  {name:<18} {value}")
    print(f"  create a user: make user-aws NAME=... TENANT=... STAGE={target.stage}")


def _publish(target: Target) -> str:
    cognito = COGNITO if target.endpoint is not None else None
    s3, cloudfront = target.client("s3"), target.client("cloudfront")
    sent = site_publish.publish(s3, cloudfront, target.outputs(), target.region, cognito)
    return f"{sent} files sent, the edge told" if sent else "is current"


def _have_view(target: Target) -> str:
    """The view `documents`, which the first compaction makes; each night has another."""
    try:
        if GlueCatalog(target.client("glue"), target.outputs()["Database"]).has("documents"):
            return "are there"
        found = target.client("cloudformation").describe_stack_resource(
            StackName=target.stack_name, LogicalResourceId="CompactFunction"
        )
        name = found["StackResourceDetail"]["PhysicalResourceId"]
        report = compact.invoke(target.client("lambda", compact.PATIENCE), name, datetime.now(UTC))
        return f"compacted to {report['compacted_to']}"
    except (ClientError, BotoCoreError, UserError) as error:
        return f"not yet, the night's compaction makes them ({error})"
