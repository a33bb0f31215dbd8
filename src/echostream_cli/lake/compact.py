"""Runs the compaction now: `make compact`. A schedule runs it every night."""

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
"""The client waits as long as a function can run, and does not start a second run."""


def compact(target: Target, at: datetime | None = None) -> dict[str, Any]:
    """Invoke the deployed function as its schedule does, as if at the time `at`; its report.

    Raises `UserError` if nothing is deployed or the compaction fails.
    """
    try:
        name = target.resource("CompactFunction")
        return invoke(target.client("lambda", PATIENCE), name, at)
    except (ClientError, BotoCoreError) as error:
        raise UserError(f"cannot run the compaction: {error}; check with: make status") from error


def invoke(
    client: Any, name: str, at: datetime | None = None, rewritten: Sequence[str] = ()
) -> dict[str, Any]:
    """Invoke a compaction function; its report, as JSON. Raises `UserError` if it fails.

    `rewritten` are days (2026-01-31) that are checked regardless of their age.
    """
    time = time_to_wire(at or datetime.now(UTC))
    event = json.dumps({"time": time, "days": list(rewritten)})
    response = client.invoke(FunctionName=name, Payload=event.encode())
    report: dict[str, Any] = json.loads(response["Payload"].read())
    if "FunctionError" in response:
        raise UserError(f"the compaction failed: {report.get('errorMessage')}; see its log")
    return report


def show(report: dict[str, Any]) -> None:
    """Print the days of a run, and the objects that contain no documents."""
    print(
        f"compacted to {report['compacted_to']}: {len(report['written'])} days written,"
        f" {report['current']} current, {len(report['failed'])} failed"
    )
    if postponed := report.get("postponed"):
        print(f"{postponed} days with expired documents wait for the next run")
    for day, reason in report["failed"].items():
        print(f"  {day}  {reason}")
    if report["problems"]:
        print("not documents:")
    for problem in report["problems"]:
        lines = f" ({problem['lines']} lines)" if problem["lines"] else ""
        print(f"  {problem['object']}\n      {problem['problem']}{lines}")
