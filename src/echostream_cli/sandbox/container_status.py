"""The status and the logs of a sandbox in containers."""

from datetime import datetime
from typing import Any

from docker.errors import APIError, NotFound

from echostream_cli.sandbox import containers, supervisor
from echostream_cli.sandbox.status import PartStatus
from echostream_cli.settings import Settings

MB = 1_000_000


def part_status(settings: Settings, part: str) -> PartStatus:
    """The state of a part; of a part that is not ready, the last log lines."""
    port = supervisor.port_of(settings, part)
    container = containers.find(settings, part)
    if container is None or not containers.is_ready(settings, part):
        return PartStatus(part, port, is_ready=False, log=containers.tail(settings, part))
    since = datetime.fromisoformat(containers.started_at(container)[:19] + "+00:00")
    program = f"{container.name}, {_memory(container)}, image {_size(container)}"
    return PartStatus(part, port, is_ready=True, since=since, program=program)


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
