"""The status and the logs of a sandbox in containers."""

from datetime import datetime
from typing import Any

from docker.errors import APIError, NotFound

from echostream_cli.sandbox import containers, supervisor
from echostream_cli.settings import Settings
from echostream_cli.target import SETTLED

MB = 1_000_000


def status(settings: Settings) -> tuple[str, bool]:
    """A line per part, and whether all parts run and the stack is deployed."""
    lines, is_well = [], True
    for part in supervisor.parts(settings):
        is_part_ready = containers.is_ready(settings, part)
        is_well &= is_part_ready
        lines.append(_part_line(settings, part, is_part_ready))
        if not is_part_ready:
            lines.append(containers.tail(settings, part))
    stack = settings.target.stack()
    is_well &= stack is not None and stack["StackStatus"] in SETTLED
    state = stack["StackStatus"] if stack else "is not deployed"
    lines.append(f"stack      {settings.stack_name} {state}")
    if not is_well:
        lines.append("start or repair with: make up")
    return "\n".join(lines), is_well


def _part_line(settings: Settings, part: str, is_part_ready: bool) -> str:
    port = supervisor.port_of(settings, part)
    container = containers.find(settings, part)
    if container is None or not is_part_ready:
        return f"{part:<10} does not answer on port {port}; its last log lines:"
    since = datetime.fromisoformat(containers.started_at(container)[:19] + "+00:00").astimezone()
    return (
        f"{part:<10} runs on port {port} since {since:%Y-%m-%d %H:%M:%S}"
        f" ({container.name}, {_memory(container)}, image {_size(container)})"
    )


def _memory(container: Any) -> str:
    """A container's memory without the kernel's file cache, as `docker stats` computes it."""
    try:
        memory = container.stats(stream=False, one_shot=True)["memory_stats"]
    except (APIError, NotFound):
        return "memory unknown"
    details = memory.get("stats", {})
    cache = details.get("inactive_file", details.get("total_inactive_file", 0))
    return f"{(memory.get('usage', 0) - cache) / MB:.0f} MB"


def _size(container: Any) -> str:
    try:
        return f"{container.image.attrs['Size'] / MB:.0f} MB"
    except (APIError, NotFound):
        return "of unknown size"


def logs(settings: Settings, lines: int) -> list[str]:
    """The last log lines of every part, each with a heading."""
    pairs = ((part, containers.find(settings, part)) for part in supervisor.parts(settings))
    return [
        f"== {part} ({container.name if container else 'no container'})\n"
        f"{containers.tail(settings, part, lines)}"
        for part, container in pairs
    ]
