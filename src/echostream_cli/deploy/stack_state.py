"""The state of a stack: whether it can be deployed to, and how to wait until it settles."""

import time
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli.console import confirm, step
from echostream_cli.deploy import data_resources
from echostream_cli.errors import UserError
from echostream_cli.target import Target

USABLE = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
)
FIRST_DEPLOYMENT_FAILED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED")
"""CloudFormation cannot update a stack in these states; it must be deleted."""
DEPLOYED = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
UNTOUCHED = "REVIEW_IN_PROGRESS"
"""A stack that consists of change sets which were never executed."""
STUCK = {
    "UPDATE_ROLLBACK_FAILED": "CloudFormation could not roll the update back: read the events,"
    " then run aws cloudformation continue-update-rollback --stack-name {name}",
    "UPDATE_FAILED": "an update failed and was not rolled back:"
    " run aws cloudformation rollback-stack --stack-name {name}",
    "DELETE_FAILED": "a deletion did not finish: make destroy-aws STAGE={stage} continues it",
}
"""States that need a person, and the command that continues."""
POLL = 1.0
"""Seconds between two requests for the stack's state."""


def get_status(target: Target) -> str | None:
    """The stack's status, None if the stack does not exist."""
    stack = target.stack()
    return str(stack["StackStatus"]) if stack else None


def prepare(target: Target, yes: bool) -> bool:
    """Bring the stack to a state that can be deployed to; True if the deployment is an update.

    Raises `UserError` if the stack is stuck.
    """
    status = wait_until_settled(target)
    if status in FIRST_DEPLOYMENT_FAILED:
        print(f"  {target.stack_name} is {status}: its first deployment failed")
        confirm("Remove the remaining resources?", yes)
        _remove_failed(target)
        return False
    if status in (None, UNTOUCHED):
        return False
    if status in USABLE:
        return True
    raise UserError(f"{target.stack_name} is {status}: {_get_fix(target, str(status))}")


def _remove_failed(target: Target) -> None:
    """Remove a stack that was never complete, with the resources that hold no data yet.

    CloudFormation cannot delete a protected table or pool, so that a first deployment that fails
    ends in ROLLBACK_FAILED. They are deleted before the stack, which alone has their names.
    """
    names = data_resources.list_names(target)
    data_resources.require_empty(target, names)
    data_resources.delete(target, names, names)
    if status := remove(target):
        raise UserError(f"{target.stack_name} is {status}: {_get_fix(target, status)}")


def _get_fix(target: Target, status: str) -> str:
    fix = STUCK.get(status, "this state is not handled; look at the stack in the AWS console")
    return fix.format(name=target.stack_name, stage=target.stage)


def wait_until_settled(target: Target) -> str | None:
    """The stack's status once no operation is in progress; None if it does not exist."""
    status = get_status(target)
    if status and status.endswith("IN_PROGRESS") and status != UNTOUCHED:
        print(f"  {target.stack_name} is {status}, started earlier or elsewhere; waiting")
        status = follow(target, Events(target, target.stack_name))
    return status


def remove(target: Target) -> str | None:
    """Delete the stack and wait; the status afterwards, None if the deletion succeeded."""
    stack = target.stack()
    if not stack:
        return None
    # Only the id still finds the events of a deleted stack.
    events = Events(target, str(stack["StackId"]))
    target.client("cloudformation").delete_stack(StackName=target.stack_name)
    with step(f"removing {target.stack_name}") as note:
        while (status := get_status(target)) and status != "DELETE_FAILED":
            time.sleep(POLL)
        note.append("removed" if status is None else status)
    for line in events.read_lines():
        if "DELETE_FAILED" in line or "DELETE_SKIPPED" in line:
            print(line)
    return status


def follow(target: Target, events: "Events") -> str | None:
    """Wait until the stack settles and print its events meanwhile; the status afterwards."""
    while True:
        status = get_status(target)
        for line in events.read_lines():
            print(line, flush=True)
        if status is None or not status.endswith("IN_PROGRESS"):
            return status
        time.sleep(POLL)


class Events:
    """The events of a stack after the construction of this object, each returned once."""

    def __init__(self, target: Target, stack: str) -> None:
        self._target, self._stack = target, stack
        self._start = time.monotonic()
        self._event_ids = set[str]()
        self._reasons: list[str] = []
        self._read()
        self._reasons.clear()

    def mention(self, text: str) -> bool:
        """Whether a reason of an event that was read contains the text."""
        return any(text in reason for reason in self._reasons)

    def read_lines(self) -> Iterator[str]:
        """A line for each resource that settled since the last call, and for the stack itself."""
        for event in self._read():
            status, name = event["ResourceStatus"], event["LogicalResourceId"]
            reason = event.get("ResourceStatusReason") or ""
            if not status.endswith("IN_PROGRESS") or event["StackName"] == name:
                seconds = time.monotonic() - self._start
                yield f"  {seconds:6.1f} s  {status:<28} {name}  {reason}".rstrip()

    def _read(self) -> list[dict[str, Any]]:
        """New events, oldest first. Pages come newest first; reading ends at a known event."""
        events: list[dict[str, Any]] = []
        paginator = self._target.client("cloudformation").get_paginator("describe_stack_events")
        try:
            for page in paginator.paginate(StackName=self._stack):
                new = [e for e in page["StackEvents"] if e["EventId"] not in self._event_ids]
                events += new
                if len(new) < len(page["StackEvents"]):
                    break
        except (ClientError, BotoCoreError):
            events = []  # the next call reads them
        self._event_ids |= {event["EventId"] for event in events}
        self._reasons += [event.get("ResourceStatusReason") or "" for event in events]
        return events[::-1]
