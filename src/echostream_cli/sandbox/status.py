"""The state of a running sandbox, as text and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from echostream_cli import sam
from echostream_cli.console import table
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


def _to_json(state: PartStatus | StackStatus) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(state).items()
    }


def show(status: SandboxStatus) -> None:
    """Print a row per part and one for the stack, then the logs and what to do."""
    stack = status.stack
    rows = [_part_row(part) for part in status.parts]
    rows.append(
        ("stack", stack.status or "not deployed", "", _local_time(stack.changed_at), stack.name)
    )
    table(("part", "state", "port", "since", "program"), rows, right={2})
    for part in status.parts:
        if not part.is_ready:
            print(f"last log lines of {part.name}:\n{part.log}")
        elif part.since is None:
            print(f"{part.name} is not restarted if it stops; repair with: make up")
    if stack.status and not stack.is_current:
        print("files have changed since the deployment; deploy them with: make up")
    if not status.is_running:
        print("start or repair with: make up")


def _part_row(part: PartStatus) -> tuple[str, ...]:
    state = "not ready"
    if part.is_ready:
        state = "runs" if part.since else "unsupervised"
    return part.name, state, str(part.port), _local_time(part.since), part.program


def _local_time(moment: datetime | None) -> str:
    """A moment in this machine's time zone, to the second."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}" if moment else ""


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
