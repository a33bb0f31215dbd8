"""The status and the logs of a sandbox without containers."""

import time
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli import log_events, sam
from echostream_cli.sandbox import processes, supervisor
from echostream_cli.settings import Settings
from echostream_cli.target import SETTLED


def status(settings: Settings) -> tuple[str, bool]:
    """A line per part, and whether all parts run and the stack is deployed."""
    lines, is_well = [], True
    for part in supervisor.parts(settings):
        is_ready = supervisor.is_ready(settings, part)
        is_well &= is_ready
        lines.append(_part_line(settings, part, is_ready))
        if not is_ready:
            lines.append(supervisor.tail(settings, part))
    stack = settings.target.stack()
    is_well &= stack is not None and stack["StackStatus"] in SETTLED
    lines.append(_stack_line(settings, stack))
    number = len(processes.ours(settings.state_dir))
    lines.append(f"processes  {number} of this sandbox")
    if not is_well:
        lines.append("start or repair with: make up")
    return "\n".join(lines), is_well


def _part_line(settings: Settings, part: str, is_ready: bool) -> str:
    port = supervisor.port_of(settings, part)
    if not is_ready:
        return f"{part:<10} does not answer on port {port}; its last log lines:"
    process = supervisor.info(settings, part)
    if process.get("statename") not in supervisor.ALIVE:
        return f"{part:<10} runs on port {port}, but unsupervised; repair with: make up"
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(process["start"]))
    return f"{part:<10} runs on port {port} since {since} (pid {process['pid']})"


def _stack_line(settings: Settings, stack: dict[str, object] | None) -> str:
    if not stack:
        return "stack      is not deployed"
    changed = stack.get("LastUpdatedTime") or stack["CreationTime"]
    since = (
        changed.astimezone().strftime("%Y-%m-%d %H:%M:%S") if isinstance(changed, datetime) else ""
    )
    hint = "" if sam.is_current(settings) else "; files have changed since, deploy with: make up"
    return f"stack      {settings.stack_name} {stack['StackStatus']} since {since}{hint}"


def logs(settings: Settings, lines: int) -> list[str]:
    """The last log lines of every part, each with a heading."""
    return [
        f"== {part} ({settings.logs / part}.log)\n{supervisor.tail(settings, part, lines)}"
        for part in supervisor.parts(settings)
    ]


def function_logs(settings: Settings, function: str, lines: int) -> str:
    """The last log lines of a function, with a heading."""
    try:
        last_lines = log_events.last_lines(settings.target, function, lines)
    except (ClientError, BotoCoreError) as error:
        return f"== {function}\n  (no log: {error})"
    indented = [f"  {line}" for line in last_lines or ["(no line yet)"]]
    return "\n".join([f"== {function} ({settings.target.log_group(function)})", *indented])
