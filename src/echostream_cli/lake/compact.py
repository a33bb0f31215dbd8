"""Runs the compaction now: `make compact`. Otherwise a schedule runs it at night."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from echostream.domain.codec import time_to_wire
from echostream_cli.errors import UserError
from echostream_cli.target import Target

PATIENCE = Config(read_timeout=900, retries={"total_max_attempts": 1})


def compact(target: Target, at: datetime | None = None) -> dict[str, Any]:
    """Has the deployed function run as its schedule does, as if it were then; its report.

    Raises `UserError`.
    """
    try:
        name = target.resource("CompactFunction")
        return invoke(target.client("lambda", PATIENCE), name, at)
    except (ClientError, BotoCoreError) as error:
        raise UserError(f"no compaction to run ({error}); is it up? make status") from error


def invoke(
    client: Any, name: str, at: datetime | None = None, rewritten: Sequence[str] = ()
) -> dict[str, Any]:
    """Has a function that compacts run, wherever it is deployed; its report.

    `rewritten` are days to look at however old they are.
    """
    when = time_to_wire(at or datetime.now(UTC))
    event = json.dumps({"time": when, "days": list(rewritten)})
    answer = client.invoke(FunctionName=name, Payload=event.encode())
    report: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise UserError(f"the compaction failed: {report.get('errorMessage')}; see its log")
    return report


def show(report: dict[str, Any]) -> None:
    """Prints what a run did, and what it found that is no document."""
    print(
        f"compacted to {report['compacted_to']}: {len(report['written'])} days written,"
        f" {report['current']} current, {len(report['failed'])} failed"
    )
    for day, reason in report["failed"].items():
        print(f"  {day}  {reason}")
    if report["problems"]:
        print("not documents:")
    for problem in report["problems"]:
        lines = f" ({problem['lines']} lines)" if problem["lines"] else ""
        print(f"  {problem['object']}\n      {problem['problem']}{lines}")
