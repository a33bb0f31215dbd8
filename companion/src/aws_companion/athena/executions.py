"""The store of executions: their states and results, in the order of their start."""

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
MAX_EXECUTIONS = 5000
MISMATCH = "Idempotent parameters do not match"


@dataclass(frozen=True, slots=True)
class Execution:
    """A snapshot of a submitted statement; times are epoch seconds.

    `engine_done` is when the engine had the result, `ended` when the result was stored.
    """

    id: str
    submission: Submission
    meter: ScanMeter
    kind: Kind
    substatement: str
    submitted: float
    state: State = "QUEUED"
    started: float | None = None
    engine_done: float | None = None
    ended: float | None = None
    reason: str = ""
    error: Mapping[str, Any] | None = None
    result: StoredResult | None = None

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED


@dataclass(slots=True)
class ExecutionStore:
    """The newest executions; the oldest ended ones are forgotten, with their tokens.

    Methods may be called from several threads. Those that take a name raise `InvalidRequest`
    where no execution has it.
    """

    max_executions: int = MAX_EXECUTIONS
    _known: dict[str, Execution] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, submission: Submission) -> tuple[Execution, bool]:
        """A new execution, or the existing one with the same token; whether it is new.

        Raises `InvalidRequest` if the existing one has another statement.
        """
        kind, substatement = kind_of(submission.sql)
        with self._lock:
            same = self._known.get(self._tokens.get(submission.token, ""))
            if same and same.submission.idempotency_key != submission.idempotency_key:
                raise InvalidRequest(MISMATCH, "IDEMPOTENT_PARAMETER_MISMATCH")
            if same:
                return same, False
            execution_id, meter = str(uuid.uuid4()), ScanMeter(submission.limit)
            execution = Execution(execution_id, submission, meter, kind, substatement, time.time())
            self._known[execution_id] = execution
            self._tokens[submission.token] = execution_id
            self._forget()
            return execution, True

    def find(self, execution_id: str) -> Execution:
        with self._lock:
            return self._find(execution_id)

    def begin(self, execution_id: str) -> Execution | None:
        """Set a queued execution to RUNNING; None if it was stopped."""
        with self._lock:
            if self._find(execution_id).state != "QUEUED":
                return None
            return self._change(execution_id, state="RUNNING", started=time.time())

    def end(self, execution_id: str, state: State, **changes: Any) -> Execution:
        """Set a final state. An execution that has ended does not change."""
        with self._lock:
            execution = self._find(execution_id)
            if execution.has_ended:
                return execution
            return self._change(execution_id, state=state, ended=time.time(), **changes)

    def list_ids(self, work_group: str) -> list[str]:
        """The executions of a work group, the newest first."""
        with self._lock:
            newest_first = reversed(self._known.values())
            return [
                execution.id
                for execution in newest_first
                if execution.submission.work_group == work_group
            ]

    def running(self) -> list[Execution]:
        """The executions that have not ended."""
        with self._lock:
            return [execution for execution in self._known.values() if not execution.has_ended]

    def _find(self, execution_id: str) -> Execution:
        execution = self._known.get(execution_id)
        if execution is None:
            raise unknown_execution_error(execution_id)
        return execution

    def _change(self, execution_id: str, **changes: Any) -> Execution:
        self._known[execution_id] = changed = replace(self._known[execution_id], **changes)
        return changed

    def _forget(self) -> None:
        surplus = len(self._known) - self.max_executions
        if surplus <= 0:
            return
        ended = [execution for execution in self._known.values() if execution.has_ended]
        for execution in ended[:surplus]:
            del self._known[execution.id]
            del self._tokens[execution.submission.token]
