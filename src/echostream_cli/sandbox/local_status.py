"""The status and the logs of a sandbox without containers."""

from datetime import UTC, datetime

from echostream_cli.sandbox import supervisor
from echostream_cli.sandbox.status import PartStatus, local_time
from echostream_cli.settings import Settings


def part_status(settings: Settings, part: str) -> PartStatus:
    """The state of a part; of a part that does not answer, the last log lines."""
    port = supervisor.port_of(settings, part)
    if not supervisor.is_ready(settings, part):
        log = f"; its last log lines:\n{supervisor.tail(settings, part)}"
        return PartStatus(part, port, is_ready=False, detail=log)
    process = supervisor.info(settings, part)
    if process.get("statename") not in supervisor.ALIVE:
        detail = ", but unsupervised; repair with: make up"
    else:
        since = datetime.fromtimestamp(process["start"], UTC)
        detail = f" since {local_time(since)} (pid {process['pid']})"
    return PartStatus(part, port, is_ready=True, detail=detail)


def logs(settings: Settings, lines: int) -> list[str]:
    """The last log lines of every part, each with a heading."""
    return [
        f"== {part} ({settings.logs / part}.log)\n{supervisor.tail(settings, part, lines)}"
        for part in supervisor.parts(settings)
    ]
