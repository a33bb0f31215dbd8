"""The last report of a tenant, as its destinations get it, without sending it: `make report`."""

import base64
import json
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from echostream.domain.digest.report_periods import ReportKind
from echostream_cli.errors import UserError
from echostream_cli.settings import load_running
from echostream_cli.target import Target

PATIENCE = Config(read_timeout=120, retries={"total_max_attempts": 1})
"""The client waits for a digest of a large tenant, and does not have a second one written."""


def preview(target: Target, tenant: str, kind: ReportKind) -> dict[str, Any]:
    """Have the deployed function write a report. Its model may spend.

    Raises `UserError` if nothing is deployed or the function fails.
    """
    event = {"preview": {"tenant": tenant, "kind": kind.value}}
    try:
        name = target.resource("DigestFunction")
        client = target.client("lambda", PATIENCE)
        response = client.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    except (ClientError, BotoCoreError) as error:
        raise UserError(f"cannot write a report: {error}; check with: make status") from error
    report: dict[str, Any] = json.loads(response["Payload"].read())
    if "FunctionError" in response:
        message = report.get("errorMessage")
        raise UserError(f"the report failed: {message}; see the function's log: make logs")
    return report


def save_picture(report: dict[str, Any]) -> Path:
    """Write the picture of a report to a file under .sandbox/reports/."""
    folder = load_running().state_dir / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{report['tenant']}-{report['kind']}-{report['from'][:10]}.png"
    path.write_bytes(base64.b64decode(report["picture"]["data"]))
    return path
