"""Runs statements on a thread pool and stores their results."""

import json
import logging
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from aws_companion.athena.errors import (
    INTERNAL,
    NOT_WRITTEN,
    SYSTEM,
    athena_error,
    user_error,
)
from aws_companion.athena.execution import (
    QueryCancelled,
    QueryFailed,
    Result,
    ScanMeter,
    Statement,
)
from aws_companion.athena.executions import Execution, ExecutionStore
from aws_companion.athena.results import ResultUnavailable, location, write

THREADS = 4
STOPPED = "Query cancelled by user"
LOG = logging.getLogger("companion")


class StatementEngine(Protocol):
    """Executes one statement."""

    def run(self, statement: Statement, meter: ScanMeter) -> Result:
        """Execute to the end. Raises `QueryFailed`, `QueryCancelled`."""


class Runner:
    """Takes executions from QUEUED to a final state, whatever the engine raises."""

    def __init__(
        self, engine: StatementEngine, executions: ExecutionStore, s3: Callable[[], Any]
    ) -> None:
        self._engine = engine
        self._executions = executions
        self._s3 = s3
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="athena")

    def start(self, execution: Execution) -> None:
        self._pool.submit(self._run, execution.id)

    def stop(self, execution: Execution) -> None:
        """Set CANCELLED immediately. The engine stops at its next read."""
        if not execution.has_ended:
            execution.meter.stop(STOPPED)
            self._executions.end(execution.id, "CANCELLED", reason=STOPPED)

    def close(self) -> None:
        """Cancel all executions and accept no more. The threads end after their current read."""
        for execution in self._executions.running():
            self.stop(execution)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, execution_id: str) -> None:
        execution = self._executions.begin(execution_id)
        if execution is None:
            return
        try:
            self._execute(execution)
        except QueryCancelled as cancelled:
            self._executions.end(execution_id, "CANCELLED", reason=str(cancelled))
        except QueryFailed as failed:
            self._fail(execution_id, str(failed), user_error(str(failed)))
        except ResultUnavailable as lost:
            self._fail(execution_id, str(lost), athena_error(SYSTEM, NOT_WRITTEN, True, str(lost)))
        except Exception as error:
            # A thread pool swallows exceptions: without a final state a client would poll for ever.
            _log(execution_id, error)
            reason = f"GENERIC_INTERNAL_ERROR: {type(error).__name__}: {error}"
            self._fail(execution_id, reason, athena_error(SYSTEM, INTERNAL, False, reason))

    def _execute(self, execution: Execution) -> None:
        submission, execution_id = execution.submission, execution.id
        folder = f"{submission.output}/tables/{execution_id}/"
        values = submission.parameters
        statement = Statement(
            submission.sql, submission.database, values, folder, submission.work_group
        )
        result = self._engine.run(statement, execution.meter)
        engine_done = time.time()
        execution.meter.check()
        uri = location(submission.output, execution_id, result.kind, result.substatement)
        self._executions.end(
            execution_id,
            "SUCCEEDED",
            kind=result.kind,
            substatement=result.substatement,
            engine_done=engine_done,
            result=write(self._s3(), uri, result),
        )

    def _fail(self, execution_id: str, reason: str, error: dict[str, Any]) -> None:
        self._executions.end(execution_id, "FAILED", reason=reason, error=error)


def _log(execution_id: str, error: Exception) -> None:
    """One line with the stack's positions, without the statement or its values."""
    frames = traceback.extract_tb(error.__traceback__)
    line = {
        "event": "query_broke",
        "query_execution_id": execution_id,
        "error": type(error).__name__,
    }
    line["at"] = " < ".join(f"{one.filename}:{one.lineno}" for one in reversed(frames))
    LOG.error(json.dumps(line))
