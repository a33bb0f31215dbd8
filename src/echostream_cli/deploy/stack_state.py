"""What state a stack is in, what may be done with it, and how to follow it until it settles."""

import time
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli.console import confirm, step
from echostream_cli.errors import UserError
from echostream_cli.target import Target

USABLE = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
)
NEVER_LIVED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED")
"""After a first deployment that failed. CloudFormation updates no such stack."""
DEPLOYED = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
UNTOUCHED = "REVIEW_IN_PROGRESS"
"""A stack that is nothing but a change set which nobody has executed."""
STUCK = {
    "UPDATE_ROLLBACK_FAILED": "CloudFormation could not take an update back: look at the events,"
    " then aws cloudformation continue-update-rollback --stack-name {name}",
    "UPDATE_FAILED": "an update failed and was not taken back:"
    " aws cloudformation rollback-stack --stack-name {name}",
    "DELETE_FAILED": "a removal did not finish: make destroy-aws STAGE={stage} goes on with it",
}
POLL = 1.0


def status(target: Target) -> str | None:
    """The stack's state, None where there is none."""
    found = target.stack()
    return str(found["StackStatus"]) if found else None


def prepare(target: Target, yes: bool) -> bool:
    """Have a stack that can be deployed to. True where it is there and only changes."""
    state = settled(target)
    if state in NEVER_LIVED:
        print(f"  {target.stack_name} is {state}: its first deployment failed, nothing lives in it")
        confirm("Remove what is left of it?", yes)
        if left := remove(target):
            raise UserError(f"{target.stack_name} is {left}: {_way_out(target, left)}")
        return False
    if state in (None, UNTOUCHED):
        return False
    if state in USABLE:
        return True
    raise UserError(f"{target.stack_name} is {state}: {_way_out(target, str(state))}")


def _way_out(target: Target, state: str) -> str:
    how = STUCK.get(state, "nobody knows what to do with that")
    return how.format(name=target.stack_name, stage=target.stage)


def settled(target: Target) -> str | None:
    """The stack's state, after whatever is under way has ended."""
    state = status(target)
    if state and state.endswith("IN_PROGRESS") and state != UNTOUCHED:
        print(f"  {target.stack_name} is {state}, begun by somebody else or before; waiting")
        state = follow(target, Events(target, target.stack_name))
    return state


def remove(target: Target) -> str | None:
    """Delete the stack and wait; its state afterwards, None where it is gone."""
    found = target.stack()
    if not found:
        return None
    # By its id, so that its events are still found when it is gone.
    events = Events(target, str(found["StackId"]))
    target.client("cloudformation").delete_stack(StackName=target.stack_name)
    with step(f"removing {target.stack_name}") as note:
        while (state := status(target)) and state != "DELETE_FAILED":
            time.sleep(POLL)
        note.append("gone" if state is None else state)
    for line in events.new():
        if "DELETE_FAILED" in line or "DELETE_SKIPPED" in line:
            print(line)
    return state


def follow(target: Target, events: "Events") -> str | None:
    """Wait until the stack settles, and say what becomes of each resource."""
    while True:
        state = status(target)
        for line in events.new():
            print(line, flush=True)
        if state is None or not state.endswith("IN_PROGRESS"):
            return state
        time.sleep(POLL)


class Events:
    """What happens to a stack's resources from now on, each thing told once."""

    def __init__(self, target: Target, stack: str) -> None:
        self._target, self._stack = target, stack
        self._start = time.monotonic()
        self._seen = set[str]()
        self._unseen()

    def new(self) -> Iterator[str]:
        """A line for each resource that was finished, failed or was taken back meanwhile."""
        for event in self._unseen():
            state, name = event["ResourceStatus"], event["LogicalResourceId"]
            reason = event.get("ResourceStatusReason") or ""
            if not state.endswith("IN_PROGRESS") or event["StackName"] == name:
                seconds = time.monotonic() - self._start
                yield f"  {seconds:6.1f} s  {state:<28} {name}  {reason}".rstrip()

    def _unseen(self) -> list[dict[str, Any]]:
        """New events, oldest first; pages are read until one holds something known."""
        found: list[dict[str, Any]] = []
        paginator = self._target.client("cloudformation").get_paginator("describe_stack_events")
        try:
            for page in paginator.paginate(StackName=self._stack):
                fresh = [e for e in page["StackEvents"] if e["EventId"] not in self._seen]
                found += fresh
                if len(fresh) < len(page["StackEvents"]):
                    break
        except (ClientError, BotoCoreError):
            found = []  # they are told at the next look
        self._seen |= {event["EventId"] for event in found}
        return found[::-1]
