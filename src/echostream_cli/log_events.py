"""All lines of a log group. The emulator returns at most 10,000 lines and no pagination token."""

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from echostream_cli.target import Target

EMULATOR_LIMIT = 10_000
"""The most lines that the emulator returns. AWS returns a token, and boto3's paginator uses it."""


def last_lines(
    target: Target, function: str, lines: int, since: datetime | None = None
) -> list[str]:
    """The last lines of a function's log, newest last. Raises boto's errors."""
    events = read(target.client("logs"), target.log_group(function), since)
    return [line.rstrip() for _, line in deque(events, maxlen=lines)]


def read(
    logs: Any, group: str, since: datetime | None = None, pattern: str = ""
) -> Iterator[tuple[datetime, str]]:
    """The time and message of each event, oldest first; none if the group does not exist.

    `pattern` is CloudWatch's filter pattern. Raises boto's errors.
    """
    request: dict[str, Any] = {
        "logGroupName": group,
        **({"filterPattern": pattern} if pattern else {}),
    }
    start, repeated = int(since.timestamp() * 1000) if since else 0, 0
    while True:
        events = _events(logs, {**request, "startTime": start})
        for event in events[repeated:]:
            yield datetime.fromtimestamp(event["timestamp"] / 1000, UTC), str(event["message"])
        if len(events) < EMULATOR_LIMIT or len(events) == repeated:
            return
        # The next request repeats the events of the last millisecond.
        start = events[-1]["timestamp"]
        repeated = sum(event["timestamp"] == start for event in events)


def _events(logs: Any, request: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        pages = logs.get_paginator("filter_log_events").paginate(**request)
        return [event for page in pages for event in page["events"]]
    except logs.exceptions.ResourceNotFoundException:
        return []
