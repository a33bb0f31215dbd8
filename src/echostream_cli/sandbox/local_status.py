"""The status and the logs of a sandbox without containers."""

from datetime import UTC, datetime

from echostream_cli.sandbox import supervisor
from echostream_cli.sandbox.status import PartStatus
from echostream_cli.settings import Settings


def part_status(settings: Settings, part: str) -> PartStatus:
    """The state of a part; of a part that is not ready, the last log lines."""
    port = supervisor.port_of(settings, part)
    if not supervisor.is_ready(settings, part):
        return PartStatus(part, port, is_ready=False, log=supervisor.tail(settings, part))
    process = supervisor.info(settings, part)
    if process.get("statename") not in supervisor.ALIVE:
        return PartStatus(part, port, is_ready=True)
    since = datetime.fromtimestamp(process["start"], UTC)
    return PartStatus(part, port, is_ready=True, since=since, program=f"pid {process['pid']}")


def logs(settings: Settings, lines: int) -> list[str]:
    """The last log lines of every part, each with a heading."""
    return [
        f"== {part} ({settings.logs / part}.log)\n{supervisor.tail(settings, part, lines)}"
        for part in supervisor.parts(settings)
    ]
