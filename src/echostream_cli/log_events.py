"""All lines of a log group: the emulator gives 10,000 and no token to go on with."""

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from echostream_cli.target import Target

AT_ONCE = 10_000
"""How many lines the emulator gives; AWS gives a token for what follows, and boto3 heeds it."""


def last_lines(
    target: Target, function: str, lines: int, since: datetime | None = None
) -> list[str]:
    """The last lines that a function wrote, newest last. Raises boto's errors."""
    events = read(target.client("logs"), target.log_group(function), since)
    return [line.rstrip() for _, line in deque(events, maxlen=lines)]


def read(
    logs: Any, group: str, since: datetime | None = None, pattern: str = ""
) -> Iterator[tuple[datetime, str]]:
    """When and what, oldest first; nothing where the group does not exist yet.

    `pattern` is CloudWatch's filter pattern. Raises boto's errors.
    """
    asked: dict[str, Any] = {
        "logGroupName": group,
        **({"filterPattern": pattern} if pattern else {}),
    }
    start, known = int(since.timestamp() * 1000) if since else 0, 0
    while True:
        found = _events(logs, {**asked, "startTime": start})
        for event in found[known:]:
            yield datetime.fromtimestamp(event["timestamp"] / 1000, UTC), str(event["message"])
        if len(found) < AT_ONCE or len(found) == known:
            return
        start = found[-1]["timestamp"]
        known = sum(event["timestamp"] == start for event in found)


def _events(logs: Any, asked: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        pages = logs.get_paginator("filter_log_events").paginate(**asked)
        return [event for page in pages for event in page["events"]]
    except logs.exceptions.ResourceNotFoundException:
        return []
