"""What a statement may use while it runs, and what it comes to."""

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
    """A statement that was stopped, by a caller or by the bytes that it may read."""


class ScanMeter:
    """Counts the bytes that a statement reads; stops it past its limit or when asked to.

    Shared by the threads that read for one statement.
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
        """Have the statement end, with this reason."""
        with self._lock:
            self._reason = self._reason or reason
            if self._interrupt:
                self._interrupt()

    @contextmanager
    def interrupting(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Within this, have `interrupt` called too when the statement is to end."""
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
        """Raises `QueryCancelled` where the statement is to end."""
        if self._reason:
            raise QueryCancelled(self._reason)


@dataclass(frozen=True, slots=True)
class Statement:
    """What to run: SQL as sent, where its unqualified names are looked up, values for its `?`.

    `output` is the folder (an S3 URI that ends in `/`) for what a CTAS writes without saying where.
    """

    sql: str
    database: str = "default"
    parameters: Sequence[str] = ()
    output: str = ""
    work_group: str = "primary"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result; its type by Trino's name: varchar, row(a bigint), decimal(10,2)."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a statement came to.

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
