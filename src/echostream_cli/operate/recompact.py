"""Has days that were compacted looked at again, after their objects were rewritten."""

from datetime import datetime
from typing import Any

from echostream_cli.lake.compact import PATIENCE, invoke
from echostream_cli.operate.period import Period
from echostream_cli.target import Target


def again(target: Target, arrived: Period, now: datetime) -> dict[str, Any]:
    """Runs the compaction, which writes those days of a period anew that changed; its report.

    Raises `UserError`.
    """
    days = [day.isoformat() for day in arrived.days()]
    name = target.resource("CompactFunction")
    return invoke(target.client("lambda", PATIENCE), name, now, days)
