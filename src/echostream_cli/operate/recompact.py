"""Compacts days again whose objects were rewritten."""

from datetime import datetime
from typing import Any

from echostream_cli.lake.compact import PATIENCE, invoke
from echostream_cli.operate.period import Period
from echostream_cli.target import Target


def recompact(target: Target, arrivals: Period, now: datetime) -> dict[str, Any]:
    """Run the compaction on the days of a period; it rewrites those that changed. Its report.

    Raises `UserError`.
    """
    days = [day.isoformat() for day in arrivals.days()]
    name = target.resource("CompactFunction")
    return invoke(target.client("lambda", PATIENCE), name, now, days)
