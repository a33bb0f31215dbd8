"""A change set: made by the SAM CLI, shown, refused where it would lose data, executed as shown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from echostream_cli.console import require_accepted
from echostream_cli.deploy import stack_state
from echostream_cli.errors import UserError
from echostream_cli.sam import run
from echostream_cli.stages import SAMCONFIG, Stage
from echostream_cli.target import Target

KEEPERS = {"Table": "documents", "Lake": "the history", "UserPool": "users and their passwords"}
"""Resources that hold data, and what would be lost with them."""
MARKS = {"Add": "+", "Modify": "~", "Remove": "-", "Import": "i", "Dynamic": "?"}


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one resource."""

    action: str
    name: str
    kind: str
    replacement: str

    @property
    def is_loss(self) -> bool:
        """Whether data goes out of reach: the resource is removed, or a new one takes its place."""
        gone = self.action == "Remove" or self.replacement == "True"
        return self.name in KEEPERS and gone

    def __str__(self) -> str:
        replaced = {"True": "  REPLACED", "Conditional": "  perhaps replaced"}
        return f"    {MARKS.get(self.action, '?')} {self.name:<34} {self.kind}" + replaced.get(
            self.replacement, ""
        )


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Changes that can be executed as they are."""

    arn: str
    changes: tuple[Change, ...]


def make(stage: Stage, target: Target, parameters: Mapping[str, str], work: Path) -> ChangeSet:
    """Upload what was built, and have CloudFormation work out what would change.

    Raises `UserError` where it cannot; nothing of the change set is left then.
    """
    before = set(_listed(target))
    arguments = ["deploy", "--config-file", str(SAMCONFIG), "--config-env", stage.name]
    arguments += ["--template-file", str(work / "build" / "template.yaml"), "--no-progressbar"]
    arguments += ["--no-execute-changeset", "--no-confirm-changeset"]
    arguments += ["--parameter-overrides", *(f"{n}={_quoted(v)}" for n, v in parameters.items())]
    try:
        run(work, "deploy", arguments, target.environment())
    except UserError:
        discard(target, set(_listed(target)) - before)
        raise
    return _made(target, set(_listed(target)) - before)


def _quoted(value: str) -> str:
    """A value as the SAM CLI reads it. One that is left out would stay as it was before."""
    return value or '""'


def of_template(
    target: Target, url: str, parameters: Sequence[Mapping[str, str]], tags: Sequence[Any]
) -> ChangeSet:
    """The change set from what is deployed to a template that lies in S3."""
    name = f"echostream-{datetime.now(UTC):%Y%m%d%H%M%S}"
    cloudformation = target.client("cloudformation")
    cloudformation.create_change_set(
        StackName=target.stack_name,
        ChangeSetName=name,
        TemplateURL=url,
        Parameters=list(parameters),
        Tags=list(tags),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    waiter = cloudformation.get_waiter("change_set_create_complete")
    try:
        waiter.wait(StackName=target.stack_name, ChangeSetName=name, WaiterConfig={"Delay": 2})
    except WaiterError:
        found = cloudformation.describe_change_set(StackName=target.stack_name, ChangeSetName=name)
        if found["Status"] != "FAILED":
            raise
    return _made(target, {a for a, s in _listed(target).items() if s["ChangeSetName"] == name})


def _listed(target: Target) -> dict[str, dict[str, Any]]:
    """The stack's change sets by their ARN; none where there is no stack."""
    paginator = target.client("cloudformation").get_paginator("list_change_sets")
    try:
        pages = list(paginator.paginate(StackName=target.stack_name))
    except ClientError:
        return {}
    return {summary["ChangeSetId"]: summary for page in pages for summary in page["Summaries"]}


def _made(target: Target, arns: set[str]) -> ChangeSet:
    """The one of these change sets that can be executed; empty where nothing would change."""
    listed = _listed(target)
    usable = [a for a in arns if listed[a]["ExecutionStatus"] == "AVAILABLE"]
    discard(target, arns - set(usable))
    if not usable:
        return ChangeSet("", ())
    return ChangeSet(usable[0], tuple(_changes(target, usable[0])))


def _changes(target: Target, arn: str) -> Iterator[Change]:
    paginator = target.client("cloudformation").get_paginator("describe_change_set")
    for page in paginator.paginate(ChangeSetName=arn, StackName=target.stack_name):
        for entry in page["Changes"]:
            found = entry["ResourceChange"]
            yield Change(
                found["Action"],
                found["LogicalResourceId"],
                found["ResourceType"],
                str(found.get("Replacement", "")),
            )


def discard(target: Target, arns: set[str]) -> None:
    """Remove change sets, and a stack that never was more than these."""
    cloudformation = target.client("cloudformation")
    others = set(_listed(target)) - arns
    for arn in arns:
        cloudformation.delete_change_set(ChangeSetName=arn, StackName=target.stack_name)
    if stack_state.status(target) == stack_state.UNTOUCHED and not others:
        cloudformation.delete_stack(StackName=target.stack_name)


def show(found: ChangeSet) -> None:
    """Print what would become of each resource."""
    if not found.arn:
        print("  nothing would change")
        return
    counts = dict.fromkeys(("Add", "Modify", "Remove"), 0)
    for change in sorted(found.changes, key=lambda c: (c.action, c.name)):
        print(change)
        counts[change.action] = counts.get(change.action, 0) + 1
    told = {"Add": "added", "Modify": "changed", "Remove": "removed"}
    print("    " + ", ".join(f"{n} {told.get(a, a)}" for a, n in counts.items()))


def guard(found: ChangeSet, accepted: frozenset[str]) -> None:
    """Refuse to lose what holds data. Raises `UserError`."""
    lost = [change for change in found.changes if change.is_loss]
    if lost:
        what = ", ".join(f"{change.name} ({KEEPERS[change.name]})" for change in lost)
        why = f"this would remove or replace {what}; the old one is retained, but out of use"
        require_accepted("replace", why, accepted)


def execute(target: Target, found: ChangeSet) -> None:
    """Carry a change set out, and say what happens. Raises `UserError` where it fails."""
    events = stack_state.Events(target, target.stack_name)
    cloudformation = target.client("cloudformation")
    cloudformation.execute_change_set(ChangeSetName=found.arn, StackName=target.stack_name)
    state = stack_state.follow(target, events)
    if state not in stack_state.DEPLOYED:
        raise UserError(f"{target.stack_name} is {state}: {_meaning(target, state)}")


def _meaning(target: Target, state: str | None) -> str:
    if state == "UPDATE_ROLLBACK_COMPLETE":
        return (
            "the update failed (see above) and CloudFormation has taken it back; what ran before"
            " runs again, with its data"
        )
    if state in stack_state.NEVER_LIVED:
        return (
            "the first deployment failed (see above); nothing of it serves anybody. The next"
            " make deploy-aws removes what is left, and tries again"
        )
    return stack_state.STUCK.get(str(state), "see above").format(
        name=target.stack_name, stage=target.stage
    )
