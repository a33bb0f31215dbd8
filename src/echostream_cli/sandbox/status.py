"""The state of a running sandbox, as text and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from echostream_cli import sam
from echostream_cli.settings import Settings
from echostream_cli.target import SETTLED


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One part: emulator, companion or dashboard."""

    name: str
    port: int
    is_ready: bool
    since: datetime | None = None
    """The start of a part that is ready and supervised."""
    program: str = ""
    """Its process or its container."""
    log: str = ""
    """The last log lines of a part that is not ready."""


@dataclass(frozen=True, slots=True)
class StackStatus:
    """The deployed stack; `status` is CloudFormation's, or None without a stack."""

    name: str
    status: str | None
    changed_at: datetime | None
    is_current: bool
    """Whether the deployed files are those of this folder."""


@dataclass(frozen=True, slots=True)
class SandboxStatus:
    """All parts and the stack."""

    parts: Sequence[PartStatus]
    stack: StackStatus

    @property
    def is_running(self) -> bool:
        """Whether all parts are ready and the stack is deployed."""
        return all(part.is_ready for part in self.parts) and self.stack.status in SETTLED

    def to_json(self) -> dict[str, Any]:
        """What `echostream status --json` prints; times are in ISO 8601."""
        return {
            "is_running": self.is_running,
            "parts": [_to_json(part) for part in self.parts],
            "stack": _to_json(self.stack),
        }

    def __str__(self) -> str:
        """A line per part and one for the stack."""
        lines = [_part_line(part) for part in self.parts]
        hint = [] if self.is_running else ["start or repair with: make up"]
        return "\n".join([*lines, _stack_line(self.stack), *hint])


def _to_json(state: PartStatus | StackStatus) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(state).items()
    }


def _part_line(part: PartStatus) -> str:
    if not part.is_ready:
        return (
            f"{part.name:<10} does not answer on port {part.port}; its last log lines:\n{part.log}"
        )
    runs = f"{part.name:<10} runs on port {part.port}"
    if part.since is None:
        return f"{runs}, but unsupervised; repair with: make up"
    return f"{runs} since {_local_time(part.since)} ({part.program})"


def _stack_line(stack: StackStatus) -> str:
    if not stack.status:
        return "stack      is not deployed"
    since = f" since {_local_time(stack.changed_at)}" if stack.changed_at else ""
    hint = "" if stack.is_current else "; files have changed since, deploy with: make up"
    return f"stack      {stack.name} {stack.status}{since}{hint}"


def _local_time(moment: datetime) -> str:
    """A moment in this machine's time zone, to the second."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def stack_status(settings: Settings) -> StackStatus:
    """The sandbox's stack. Raises boto's errors."""
    stack = settings.target.stack()
    if not stack:
        return StackStatus(settings.stack_name, None, None, is_current=False)
    changed_at = stack.get("LastUpdatedTime") or stack["CreationTime"]
    return StackStatus(
        settings.stack_name,
        stack["StackStatus"],
        changed_at if isinstance(changed_at, datetime) else None,
        # Containers deploy what their image holds, which `make up` builds again.
        is_current=settings.in_docker or sam.is_current(settings),
    )
