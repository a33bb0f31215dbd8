"""The executions that Athena knows: their states, in the order in which they were started."""

import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from aws_companion.athena.errors import InvalidRequest, unknown_execution_error
from aws_companion.athena.execution import Kind, ScanMeter
from aws_companion.athena.results import StoredResult
from aws_companion.athena.submission import Submission, kind_of

State = Literal["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]
ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
MOST_KEPT = 5000
MISMATCH = "Idempotent parameters do not match"


@dataclass(frozen=True, slots=True)
class Execution:
    """A statement on its way, as it was at one moment; times are epoch seconds.

    `answered` is when the engine had its result, `ended` when that was written as well.
    """

    name: str
    asked: Submission
    meter: ScanMeter
    kind: Kind
    substatement: str
    submitted: float
    state: State = "QUEUED"
    started: float | None = None
    answered: float | None = None
    ended: float | None = None
    reason: str = ""
    error: Mapping[str, Any] | None = None
    written: StoredResult | None = None

    @property
    def is_ended(self) -> bool:
        return self.state in ENDED


@dataclass(slots=True)
class Executions:
    """The newest executions; the oldest ended ones are forgotten, with their tokens.

    Methods may be called from several threads. Those that take a name raise `InvalidRequest`
    where no execution has it.
    """

    most_kept: int = MOST_KEPT
    _known: dict[str, Execution] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, asked: Submission) -> tuple[Execution, bool]:
        """A new execution, or the one with the same token; whether it is new.

        Raises `InvalidRequest` where that one is of another statement.
        """
        kind, substatement = kind_of(asked.sql)
        with self._lock:
            same = self._known.get(self._tokens.get(asked.token, ""))
            if same and same.asked.same_as != asked.same_as:
                raise InvalidRequest(MISMATCH, "IDEMPOTENT_PARAMETER_MISMATCH")
            if same:
                return same, False
            name, meter = str(uuid.uuid4()), ScanMeter(asked.limit)
            execution = Execution(name, asked, meter, kind, substatement, time.time())
            self._known[name] = execution
            self._tokens[asked.token] = name
            self._forget()
            return execution, True

    def find(self, name: str) -> Execution:
        with self._lock:
            return self._find(name)

    def begin(self, name: str) -> Execution | None:
        """Have a queued execution run; None where it was stopped before."""
        with self._lock:
            if self._find(name).state != "QUEUED":
                return None
            return self._change(name, state="RUNNING", started=time.time())

    def end(self, name: str, state: State, **changes: Any) -> Execution:
        """Have an execution end, once: one that has ended stays as it is."""
        with self._lock:
            found = self._find(name)
            if found.is_ended:
                return found
            return self._change(name, state=state, ended=time.time(), **changes)

    def names(self, work_group: str) -> list[str]:
        """The executions of a work group, the newest first."""
        with self._lock:
            every = reversed(self._known.values())
            return [one.name for one in every if one.asked.work_group == work_group]

    def running(self) -> list[Execution]:
        """Those that have not ended."""
        with self._lock:
            return [one for one in self._known.values() if not one.is_ended]

    def _find(self, name: str) -> Execution:
        found = self._known.get(name)
        if found is None:
            raise unknown_execution_error(name)
        return found

    def _change(self, name: str, **changes: Any) -> Execution:
        self._known[name] = changed = replace(self._known[name], **changes)
        return changed

    def _forget(self) -> None:
        surplus = len(self._known) - self.most_kept
        if surplus <= 0:
            return
        ended = [one for one in self._known.values() if one.is_ended]
        for one in ended[:surplus]:
            del self._known[one.name]
            del self._tokens[one.asked.token]
