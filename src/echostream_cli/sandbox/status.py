"""What runs, since when, and the last words of what does not."""

import time
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli import log_events, sam
from echostream_cli.sandbox import processes, supervisor
from echostream_cli.settings import Settings
from echostream_cli.target import SETTLED


def status(settings: Settings) -> tuple[str, bool]:
    """A line for each part, and whether all of them run."""
    lines, well = [], True
    for part in supervisor.parts(settings):
        ready = supervisor.is_ready(settings, part)
        well &= ready
        lines.append(_part_line(settings, part, ready))
        if not ready:
            lines.append(supervisor.tail(settings, part))
    found = settings.target.stack()
    well &= found is not None and found["StackStatus"] in SETTLED
    lines.append(_stack_line(settings, found))
    others = len(processes.ours(settings.state_dir))
    lines.append(f"processes  {others} of this sandbox")
    if not well:
        lines.append("start or repair with: make up")
    return "\n".join(lines), well


def _part_line(settings: Settings, part: str, ready: bool) -> str:
    port = supervisor.port_of(settings, part)
    if not ready:
        return f"{part:<10} does not answer on port {port}; its last lines:"
    found = supervisor.info(settings, part)
    if found.get("statename") not in supervisor.ALIVE:
        return f"{part:<10} answers on port {port}, but nobody looks after it: make up"
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(found["start"]))
    return f"{part:<10} runs on port {port} since {since} (pid {found['pid']})"


def _stack_line(settings: Settings, found: dict[str, object] | None) -> str:
    if not found:
        return "stack      is not deployed"
    changed = found.get("LastUpdatedTime") or found["CreationTime"]
    when = (
        changed.astimezone().strftime("%Y-%m-%d %H:%M:%S") if isinstance(changed, datetime) else ""
    )
    current = "" if sam.is_current(settings) else "; files here have changed since: make up"
    return f"stack      {settings.stack_name} {found['StackStatus']} since {when}{current}"


def logs(settings: Settings, lines: int) -> list[str]:
    """The last lines of every part."""
    return [
        f"== {part} ({settings.logs / part}.log)\n{supervisor.tail(settings, part, lines)}"
        for part in supervisor.parts(settings)
    ]


def function_logs(settings: Settings, function: str, lines: int) -> str:
    """The last lines that a function wrote."""
    try:
        last = log_events.last_lines(settings.target, function, lines)
    except (ClientError, BotoCoreError) as error:
        return f"== {function}\n  (no log: {error})"
    shown = [f"  {line}" for line in last or ["(no line yet)"]]
    return "\n".join([f"== {function} ({settings.target.log_group(function)})", *shown])
