"""A statement, the meter of its scan, its result and its errors."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

Kind = Literal["DML", "DDL", "UTILITY"]


class QueryFailed(Exception):
    """A statement that failed. The message is Athena's: `SYNTAX_ERROR: line 1:8: ...`."""


class QueryCancelled(Exception):
    """A statement that a caller, or the limit on scanned bytes, stopped."""


class ScanMeter:
    """Counts the bytes that a statement scans, and cancels it past a limit or on request.

    The threads that read for one statement share it.
    """

    def __init__(self, limit: int | None = None) -> None:
        self.scanned = 0
        self._limit = limit
        self._reason = ""
        self._lock = threading.Lock()
        self._interrupt: Callable[[], None] | None = None

    def add(self, size: int) -> None:
        """Count bytes before they are used. Raises `QueryCancelled`."""
        with self._lock:
            self.scanned += size
            if self._limit is not None and self.scanned > self._limit:
                self._reason = self._reason or "Bytes scanned limit was exceeded"
        self.check()

    def stop(self, reason: str) -> None:
        """Cancel the statement with a reason."""
        with self._lock:
            self._reason = self._reason or reason
            if self._interrupt:
                self._interrupt()

    @contextmanager
    def interrupting(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Within this context, a cancellation also calls `interrupt`."""
        with self._lock:
            self._interrupt = interrupt
            if self._reason:
                interrupt()
        try:
            yield
        finally:
            with self._lock:
                self._interrupt = None

    def check(self) -> None:
        """Raises `QueryCancelled` if the statement was cancelled."""
        if self._reason:
            raise QueryCancelled(self._reason)


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL as sent, the database of its unqualified names, the values of its `?`.

    `output` is the folder (an S3 URI that ends in `/`) of a CTAS without a location.
    """

    sql: str
    database: str = "default"
    parameters: Sequence[str] = ()
    output: str = ""
    work_group: str = "primary"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result, with Trino's name of its type, such as `decimal(10,2)`."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a statement.

    `rows` has the columns of `columns`, in their order (their names in `rows` may differ).
    DDL gives one varchar column, each row a line of text. `written` names objects (S3 URIs) that
    the statement wrote, `updated` the rows in them.
    """

    kind: Kind
    substatement: str
    columns: Sequence[Column] = ()
    rows: pa.Table = field(default_factory=lambda: pa.table({}))
    written: Sequence[str] = ()
    updated: int | None = None
