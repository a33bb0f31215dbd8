"""Deploys a stage in steps; every step can be interrupted and repeated."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.glue_catalog import GlueCatalog
from echostream_cli import users
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
from echostream_cli.deploy.change_set import ChangeSet
from echostream_cli.deploy.public_site import SmokeFailed
from echostream_cli.errors import UserError
from echostream_cli.former_members import copy_former_members
from echostream_cli.frontends import site_publish
from echostream_cli.lake import compact
from echostream_cli.paths import ROOT
from echostream_cli.sam import build_into
from echostream_cli.stages import Stage
from echostream_cli.target import Target
from echostream_cli.user_pool import get_user_names

COGNITO = "/cognito"
"""The emulator's Cognito on the page's distribution; on AWS browsers call Cognito directly."""


@dataclass(frozen=True, slots=True)
class DeployOptions:
    """Options of a deployment: `yes` skips questions, `accepted` are risks by name.

    `at_once` gives new code all requests at once, whatever the stage's `GradualDeployment` says.
    """

    yes: bool = False
    account: str = ""
    accepted: frozenset[str] = frozenset()
    at_once: bool = False


def get_work_dir(target: Target) -> Path:
    """The folder of a stage's build, logs and notes; a region or an emulator has its own."""
    suffix = target.region if target.endpoint is None else urlsplit(target.endpoint).netloc
    return ROOT / ".sandbox" / "deployment" / f"{target.stage}@{suffix}"


def deploy(stage: Stage, target: Target, options: DeployOptions) -> None:
    """Check, print changes and cost, confirm, deploy, verify, publish the page.

    Raises `UserError` if a step fails; an update that does not work is rolled back first.
    """
    work = get_work_dir(target)
    print(f"  stage {stage.name}: stack {target.stack_name} on {target.where()}")
    preflight.run_checks(stage, target, options.account, options.accepted, work)
    is_update = stack_state.prepare(target, options.yes)
    values = _resolve_parameters(stage, target)
    if options.at_once:
        values |= rollback.AT_ONCE
    changes = _plan(stage, target, values, work, options.accepted)
    if changes.arn:
        _execute(target, changes, options, is_update)
    # Without changes too: an update that was interrupted before its smoke test is verified now.
    _finish(target, options, can_roll_back=is_update and rollback.is_unverified(target))


def diff(stage: Stage, target: Target) -> ChangeSet:
    """What a deployment would change; the change set is deleted."""
    values = _resolve_parameters(stage, target)
    status = stack_state.get_status(target)
    if status and status not in (*stack_state.USABLE, stack_state.UNTOUCHED):
        raise UserError(f"{target.stack_name} is {status}: make deploy-aws says what to do")
    changes = _create_change_set(stage, target, values, get_work_dir(target))
    if changes.arn:
        change_set.discard(target, {changes.arn})
    return changes


def roll_back(target: Target, options: DeployOptions) -> None:
    """Deploy the version before the last update. Raises `UserError`."""
    status = stack_state.wait_until_settled(target)
    if status not in stack_state.USABLE:
        found = status or "not deployed"
        raise UserError(f"{target.stack_name} is {found}: there is no version to roll back to")
    with step("previous version"):
        changes = rollback.make_change_set(target)
    change_set.print_changes(changes)
    if not changes.arn:
        return
    try:
        change_set.require_no_data_loss(changes, options.accepted)
        confirm("Roll back to this version?", options.yes)
    except BaseException:
        change_set.discard(target, {changes.arn})
        raise
    change_set.execute(target, changes)
    smoke.check_api(target)
    rollback.mark_verified(target)


def _resolve_parameters(stage: Stage, target: Target) -> dict[str, str]:
    """The parameters of a deployment, with what the deployed user pool requires."""
    return {**parameters.resolve(stage, target), "UserNames": get_user_names(target)}


def _plan(
    stage: Stage, target: Target, values: dict[str, str], work: Path, accepted: frozenset[str]
) -> ChangeSet:
    """The change set, printed with its cost. Raises `UserError` for a risk not accepted."""
    changes = _create_change_set(stage, target, values, work)
    change_set.print_changes(changes)
    try:
        change_set.require_no_data_loss(changes, accepted)
        estimate.print_estimate(stage, values, accepted)
    except BaseException:
        change_set.discard(target, {changes.arn} - {""})
        raise
    return changes


def _create_change_set(
    stage: Stage, target: Target, values: dict[str, str], work: Path
) -> ChangeSet:
    with step("sam build") as note:
        is_new = build_into(work / "build", work, parameters.get_platform(values, target))
        note.append("built" if is_new else "is current")
    with step("change set"):
        return change_set.create(stage, target, values, work)


def _execute(target: Target, changes: ChangeSet, options: DeployOptions, is_update: bool) -> None:
    """Confirm, save the deployed version, execute."""
    try:
        confirm(f"Deploy this to {target.where()}?", options.yes)
        if is_update:
            rollback.save(target)
    except BaseException:
        change_set.discard(target, {changes.arn})
        raise
    if is_update:
        copy_members(target)  # first: the new version reads only the directory
    change_set.execute(target, changes)
    users.administration(target).update_audience()  # the template lists only the client of people


def copy_members(target: Target) -> None:
    """Copy the members of version 1.0 to the directory, unless that was done."""
    with step("directory of members") as note:
        number = copy_former_members(target)
        note.append(f"{number} members of version 1.0 copied" if number else "is current")


def _finish(target: Target, options: DeployOptions, can_roll_back: bool) -> None:
    """Verify the deployment, then publish the page; roll back if it does not work."""
    try:
        smoke.check_api(target)
    except SmokeFailed as error:
        if not can_roll_back:
            raise UserError(
                f"{error}; the deployment was not rolled back. Fix it and run"
                f" make deploy-aws STAGE={target.stage}, or make destroy-aws STAGE={target.stage}"
            ) from error
        print(f"  the smoke test failed: {error}\n  rolling back", flush=True)
        roll_back(target, DeployOptions(yes=True, accepted=options.accepted))
        raise UserError(f"the update was rolled back; {error}") from error
    rollback.mark_verified(target)
    if "SiteUrl" in target.outputs():
        with step("page") as note:
            note.append(_publish(target))
        smoke.check_page(target)
    with step("tables of the lake") as note:
        note.append(_create_view(target))
    for name, value in sorted(target.outputs().items()):
        print(f"  {name:<18} {value}")
    print(f"  create a user: make user-aws NAME=... TENANT=... STAGE={target.stage}")


def _publish(target: Target) -> str:
    cognito = COGNITO if target.endpoint is not None else None
    s3, cloudfront = target.client("s3"), target.client("cloudfront")
    number = site_publish.publish(s3, cloudfront, target.outputs(), target.region, cognito)
    return f"{number} files uploaded, the cache invalidated" if number else "is current"


def _create_view(target: Target) -> str:
    """Run a compaction, which creates the view `documents`, unless a tenant can read the view."""
    try:
        if GlueCatalog(target.client("glue"), target.outputs()["Database"]).is_divided("documents"):
            return "exist"
        name = target.resource("CompactFunction")
        report = compact.invoke(target.client("lambda", compact.PATIENCE), name, datetime.now(UTC))
        return f"compacted to {report['compacted_to']}"
    except (ClientError, BotoCoreError, UserError) as error:
        return f"not yet; the nightly compaction creates them ({error})"
