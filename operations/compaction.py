"""Has days that were compacted looked at again, after their objects were rewritten."""

import json
from datetime import datetime
from typing import Any

from botocore.config import Config

from deployment.target import Target
from echostream.codec import time_to_wire
from localstack.settings import SandboxError
from operations.command import resource
from operations.period import Period

PATIENCE = Config(read_timeout=900, retries={"total_max_attempts": 1})


def again(target: Target, arrived: Period, now: datetime) -> dict[str, Any]:
    """Runs the compaction, which writes those days of a period anew that changed; its report.

    Raises `SandboxError`.
    """
    days = [day.isoformat() for day in arrived.days()]
    event = json.dumps({"time": time_to_wire(now), "days": days})
    answer = target.client("lambda", PATIENCE).invoke(
        FunctionName=resource(target, "CompactFunction"), Payload=event.encode()
    )
    report: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise SandboxError(
            f"all is scored, but the compaction failed: {report.get('errorMessage')}; run again"
        )
    return report
