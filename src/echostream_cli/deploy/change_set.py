"""Change sets: the SAM CLI creates one; it is printed, checked for data loss, and executed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from echostream_cli.console import require_accepted, table
from echostream_cli.deploy import data_resources, deny_policy, stack_state
from echostream_cli.deploy.data_resources import DATA_RESOURCES
from echostream_cli.errors import UserError
from echostream_cli.sam import run
from echostream_cli.stages import SAMCONFIG, Stage
from echostream_cli.target import Target

QUEUE = {"Stream", "IngestFunction"}
"""The stream and the function that writes to it. If both are removed at once, nothing reads the
documents that were just accepted."""
SYMBOLS = {"Add": "+", "Modify": "~", "Remove": "-", "Import": "i", "Dynamic": "?"}
HINTS = {
    "account must be verified": "CloudFront refuses accounts that AWS has not verified: set"
    " Page=false in samconfig.toml and deploy again, ask AWS Support to verify the account for"
    " CloudFront, and set Page=true when that is done",
}
"""What to do about a failed resource, by a part of the reason that AWS gives."""
PARTICIPLES = {"Add": "added", "Modify": "changed", "Remove": "removed"}


@dataclass(frozen=True, slots=True)
class Change:
    """The change of one resource, in CloudFormation's words."""

    action: str
    name: str
    kind: str
    replacement: str

    @property
    def is_removal(self) -> bool:
        """Whether the resource is removed or replaced."""
        return self.action == "Remove" or self.replacement == "True"

    @property
    def is_data_loss(self) -> bool:
        """Whether a resource that holds data is removed or replaced."""
        return self.name in DATA_RESOURCES and self.is_removal

    def to_row(self) -> tuple[str, ...]:
        """Symbol, resource, type, and whether it is replaced."""
        note = {"True": "REPLACED", "Conditional": "perhaps replaced"}.get(self.replacement, "")
        return SYMBOLS.get(self.action, "?"), self.name, self.kind, note


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A change set that can be executed. `arn` is empty if nothing would change."""

    arn: str
    changes: tuple[Change, ...]

    def removes(self, name: str) -> bool:
        """Whether a resource is removed or replaced, by its logical id."""
        return any(change.name == name and change.is_removal for change in self.changes)


def create(stage: Stage, target: Target, parameters: Mapping[str, str], work: Path) -> ChangeSet:
    """Upload the build and create a change set.

    Raises `UserError` if the SAM CLI fails; the failed change set is deleted first.
    """
    arns_before = set(_list_summaries(target))
    arguments = ["deploy", "--config-file", str(SAMCONFIG), "--config-env", stage.name]
    arguments += ["--template-file", str(work / "build" / "template.yaml"), "--no-progressbar"]
    arguments += ["--no-execute-changeset", "--no-confirm-changeset"]
    arguments += ["--parameter-overrides", *(f"{n}={_quote(v)}" for n, v in parameters.items())]
    try:
        run(work, "deploy", arguments, target.environment())
    except UserError:
        discard(target, set(_list_summaries(target)) - arns_before)
        raise
    return _get_executable(target, set(_list_summaries(target)) - arns_before)


def _quote(value: str) -> str:
    """A parameter value for the SAM CLI, which keeps the previous value of a missing one."""
    return value or '""'


def create_from_template(
    target: Target, url: str, parameters: Mapping[str, str], tags: Sequence[Any]
) -> ChangeSet:
    """Create a change set from the deployed template to a template in S3."""
    name = f"echostream-{datetime.now(UTC):%Y%m%d%H%M%S}"
    cloudformation = target.client("cloudformation")
    cloudformation.create_change_set(
        StackName=target.stack_name,
        ChangeSetName=name,
        TemplateURL=url,
        Parameters=[{"ParameterKey": n, "ParameterValue": v} for n, v in parameters.items()],
        Tags=list(tags),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    waiter = cloudformation.get_waiter("change_set_create_complete")
    try:
        waiter.wait(StackName=target.stack_name, ChangeSetName=name, WaiterConfig={"Delay": 2})
    except WaiterError:
        response = cloudformation.describe_change_set(
            StackName=target.stack_name, ChangeSetName=name
        )
        # A change set without changes has status FAILED; that is no error here.
        if response["Status"] != "FAILED":
            raise
    summaries = _list_summaries(target).items()
    return _get_executable(target, {arn for arn, s in summaries if s["ChangeSetName"] == name})


def _list_summaries(target: Target) -> dict[str, dict[str, Any]]:
    """The stack's change sets by ARN; empty if the stack does not exist."""
    paginator = target.client("cloudformation").get_paginator("list_change_sets")
    try:
        pages = list(paginator.paginate(StackName=target.stack_name))
    except ClientError:
        return {}
    return {summary["ChangeSetId"]: summary for page in pages for summary in page["Summaries"]}


def _get_executable(target: Target, arns: set[str]) -> ChangeSet:
    """The change set among `arns` that can be executed; the others are deleted."""
    summaries = _list_summaries(target)
    executable = [arn for arn in arns if summaries[arn]["ExecutionStatus"] == "AVAILABLE"]
    discard(target, arns - set(executable))
    if not executable:
        return ChangeSet("", ())
    return ChangeSet(executable[0], tuple(_list_changes(target, executable[0])))


def _list_changes(target: Target, arn: str) -> Iterator[Change]:
    paginator = target.client("cloudformation").get_paginator("describe_change_set")
    for page in paginator.paginate(ChangeSetName=arn, StackName=target.stack_name):
        for entry in page["Changes"]:
            resource = entry["ResourceChange"]
            yield Change(
                resource["Action"],
                resource["LogicalResourceId"],
                resource["ResourceType"],
                str(resource.get("Replacement", "")),
            )


def discard(target: Target, arns: set[str]) -> None:
    """Delete change sets, and the stack if it consists of these change sets only."""
    cloudformation = target.client("cloudformation")
    other_arns = set(_list_summaries(target)) - arns
    for arn in arns:
        cloudformation.delete_change_set(ChangeSetName=arn, StackName=target.stack_name)
    if stack_state.get_status(target) == stack_state.UNTOUCHED and not other_arns:
        cloudformation.delete_stack(StackName=target.stack_name)


def to_json(change_set: ChangeSet) -> dict[str, Any]:
    """What `echostream diff --json` prints, in CloudFormation's words."""
    return {
        "changes": [
            {**asdict(change), "is_data_loss": change.is_data_loss} for change in change_set.changes
        ]
    }


def print_changes(change_set: ChangeSet) -> None:
    """Print the change of each resource, and the number of changes by action."""
    if not change_set.arn:
        print("  nothing would change")
        return
    counts = dict.fromkeys(PARTICIPLES, 0)
    changes = sorted(change_set.changes, key=lambda c: (c.action, c.name))
    table((), [change.to_row() for change in changes], indent=4)
    for change in changes:
        counts[change.action] = counts.get(change.action, 0) + 1
    print("    " + ", ".join(f"{n} {PARTICIPLES.get(a, a)}" for a, n in counts.items()))


def require_no_data_loss(change_set: ChangeSet, accepted: frozenset[str]) -> None:
    """Raise `UserError` if data would be lost and that risk is not accepted."""
    losses = [change for change in change_set.changes if change.is_data_loss]
    if losses:
        names = ", ".join(f"{change.name} ({DATA_RESOURCES[change.name]})" for change in losses)
        why = (
            f"the deployment would remove or replace {names};"
            " the old resource would remain but no longer be used"
        )
        require_accepted("replace", why, accepted)
    if {change.name for change in change_set.changes if change.action == "Remove"} >= QUEUE:
        why = (
            "the deployment would delete accepted documents that are still in the stream;"
            " deploy IngestPath=drain first"
        )
        require_accepted("replace", why, accepted)


def execute(target: Target, change_set: ChangeSet) -> None:
    """Execute a change set and print the stack's events. Raises `UserError` if it fails.

    What CloudFormation cannot remove is removed by hand: the deny policy is detached before, and
    the page's bucket, which CloudFormation retains, is deleted afterwards.
    """
    bucket = _get_removed(target, change_set, "SiteBucket")
    roles = deny_policy.detach(target) if change_set.removes(deny_policy.NAME) else []
    try:
        _execute(target, change_set)
    except UserError:
        deny_policy.attach(target, roles)
        raise
    if bucket:
        print(f"  bucket of the page: {data_resources.delete_one(target, 'SiteBucket', bucket)}")


def _get_removed(target: Target, change_set: ChangeSet, name: str) -> str | None:
    """The physical name of a resource that the change set removes."""
    if not change_set.removes(name):
        return None
    return data_resources.list_physical_names(target).get(name)


def _execute(target: Target, change_set: ChangeSet) -> None:
    events = stack_state.Events(target, target.stack_name)
    cloudformation = target.client("cloudformation")
    cloudformation.execute_change_set(ChangeSetName=change_set.arn, StackName=target.stack_name)
    status = stack_state.follow(target, events)
    if status not in stack_state.DEPLOYED:
        hints = "".join(f"\n  {hint}" for reason, hint in HINTS.items() if events.mention(reason))
        raise UserError(f"{target.stack_name} is {status}: {_explain(target, status)}{hints}")


def _explain(target: Target, status: str | None) -> str:
    if status == "UPDATE_ROLLBACK_COMPLETE":
        return (
            "the update failed (see above) and CloudFormation rolled it back; the previous"
            " version runs, with its data"
        )
    if status in stack_state.FIRST_DEPLOYMENT_FAILED:
        return (
            "the first deployment failed (see above); nothing is in use. The next"
            " make deploy-aws removes the remaining resources and tries again"
        )
    return stack_state.STUCK.get(str(status), "see above").format(
        name=target.stack_name, stage=target.stage
    )
