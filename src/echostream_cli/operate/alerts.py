"""Compares the last hours with their baselines now: `make alerts`. A schedule does it each hour."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from echostream.domain.codec import time_to_wire
from echostream.entrypoints.config import TableSettings
from echostream_cli.counting import wait_until_counted
from echostream_cli.errors import UserError
from echostream_cli.target import Target

PATIENCE = Config(read_timeout=630, retries={"total_max_attempts": 1})
"""The client waits as long as the function can run, and does not start a second run."""
COUNTED = 360.0
"""Seconds in which all documents are counted."""


def watch(target: Target, table: TableSettings, past: timedelta) -> dict[str, Any]:
    """Invoke the deployed function as its schedule does; its report. `past` are whole hours.

    Raises `UserError` if nothing is deployed or the run fails.
    """
    try:
        _wait(target, table)
        name = target.resource("AlertsFunction")
        event = {"time": time_to_wire(datetime.now(UTC)), "hours": round(past / timedelta(hours=1))}
        client = target.client("lambda", PATIENCE)
        response = client.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    except (ClientError, BotoCoreError) as error:
        raise UserError(f"cannot look for alerts: {error}; check with: make status") from error
    report: dict[str, Any] = json.loads(response["Payload"].read())
    if "FunctionError" in response:
        raise UserError(f"the run failed: {report.get('errorMessage')}; see its log: make logs")
    return report


def _wait(target: Target, table: TableSettings) -> None:
    """Wait until the documents sent so far are counted: alerts follow the counters."""
    if not wait_until_counted(target.client("dynamodb"), table.name, COUNTED, table.window):
        raise UserError("the counters are behind; check with: make status, then run it again")


def show(report: dict[str, Any]) -> None:
    """Print the alerts of a run by tenant, and what was sent."""
    for tenant, alerts in sorted(report["raised"].items()):
        print(f"{tenant}:")
        for alert in alerts:
            print(f"  {alert['from']} to {alert['to']}  {alert['text']}")
    if not report["raised"]:
        print("no new alert, and none that lasts longer; GET /alerts lists all")
    if report["sent"] or report["not_sent"]:
        print(f"{report['sent']} messages sent, {report['not_sent']} not; see GET /destinations")
    if report["postponed"]:
        print(f"{report['postponed']} tenants wait for the next run")
