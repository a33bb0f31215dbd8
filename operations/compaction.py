"""Has days that were compacted looked at again, after their objects were rewritten."""

from datetime import datetime
from typing import Any

from deployment.target import Target
from localstack.compact import PATIENCE, invoke
from operations.command import resource
from operations.period import Period


def again(target: Target, arrived: Period, now: datetime) -> dict[str, Any]:
    """Runs the compaction, which writes those days of a period anew that changed; its report.

    Raises `SandboxError`.
    """
    days = [day.isoformat() for day in arrived.days()]
    name = resource(target, "CompactFunction")
    return invoke(target.client("lambda", PATIENCE), name, now, days)
