"""SQL over the lake: one statement sent to Athena, waited for, its answer read."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.domain.errors import QueryRefused, TryAgain

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient

ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
DOLLARS_PER_BYTE = 5 / 10**12
LEAST_BYTES = 10_000_000
"""Of a query that reads anything at all; https://aws.amazon.com/athena/pricing/."""
FIRST_WAIT, LONGEST_WAIT = 0.02, 1.0
"""Seconds between two looks at a running statement; each look waits twice as long."""

Waiting = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer, with its type by Athena's name."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What Athena gave: cells as text, None for null; DDL gives one column without a name."""

    query_id: str
    columns: tuple[Column, ...]
    rows: list[tuple[str | None, ...]]
    is_cut: bool
    bytes_scanned: int
    seconds: float

    @property
    def dollars(self) -> float:
        """What this query costs on AWS (us-east-1, November 2026)."""
        if not self.bytes_scanned:
            return 0.0
        return max(self.bytes_scanned, LEAST_BYTES) * DOLLARS_PER_BYTE


class Athena:
    """A workgroup of Athena and a database of the Glue catalog."""

    def __init__(self, client: "AthenaClient", workgroup: str, database: str) -> None:
        self._client = client
        self._workgroup = workgroup
        self._database = database

    def query(
        self,
        sql: str,
        most_rows: int | None = None,
        waiting: Waiting | None = None,
    ) -> Answer:
        """Run a statement and read its answer, at most so many rows of it.

        `waiting` is called with Athena's description of the execution at every look at it. A
        statement that nobody waits for any more (an exception, Ctrl-C) is stopped. Raises
        `QueryRefused` for a statement that failed or was stopped, `TryAgain` where Athena gave
        no answer.
        """
        try:
            query_id = self._start(sql)
            execution = self._ended(query_id, waiting)
            _check(execution)
            columns, rows, is_cut = self._rows(query_id, execution, most_rows)
        except (ClientError, BotoCoreError) as error:
            raise _translated(error) from error
        statistics = execution.get("Statistics", {})
        scanned = int(statistics.get("DataScannedInBytes", 0))
        seconds = statistics.get("TotalExecutionTimeInMillis", 0) / 1000
        return Answer(query_id, columns, rows, is_cut, scanned, seconds)

    def _start(self, sql: str) -> str:
        started = self._client.start_query_execution(
            QueryString=sql,
            WorkGroup=self._workgroup,
            QueryExecutionContext={"Database": self._database},
        )
        return started["QueryExecutionId"]

    def _ended(self, query_id: str, waiting: Waiting | None) -> dict[str, Any]:
        wait = FIRST_WAIT
        try:
            while True:
                found = self._client.get_query_execution(QueryExecutionId=query_id)
                execution: dict[str, Any] = dict(found["QueryExecution"])
                if execution["Status"]["State"] in ENDED:
                    return execution
                if waiting:
                    waiting(execution)
                time.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT)
        except BaseException:
            self._client.stop_query_execution(QueryExecutionId=query_id)
            raise

    def _rows(
        self, query_id: str, execution: dict[str, Any], most: int | None
    ) -> tuple[tuple[Column, ...], list[tuple[str | None, ...]], bool]:
        """Columns, rows, and whether there are more. The first row of a SELECT is its names."""
        columns: tuple[Column, ...] = ()
        rows: list[tuple[str | None, ...]] = []
        has_names = execution.get("StatementType") == "DML"
        for page in self._pages(query_id):
            info = page["ResultSet"].get("ResultSetMetadata", {}).get("ColumnInfo", [])
            columns = columns or tuple(Column(one["Name"], one["Type"]) for one in info)
            found = [_cells(row) for row in page["ResultSet"].get("Rows", [])]
            if has_names and found and found[0] == tuple(one.name for one in columns):
                found = found[1:]
            has_names = False
            rows += found
            if most is not None and len(rows) > most:
                return columns, rows[:most], True
        return columns, rows, False

    def _pages(self, query_id: str) -> Iterator[Any]:
        yield from self._client.get_paginator("get_query_results").paginate(
            QueryExecutionId=query_id
        )


def _cells(row: Any) -> tuple[str | None, ...]:
    return tuple(cell.get("VarCharValue") for cell in row.get("Data", []))


def _check(execution: dict[str, Any]) -> None:
    status = execution["Status"]
    if status["State"] != "SUCCEEDED":
        reason = status.get("StateChangeReason") or f"the query was {status['State'].lower()}"
        raise QueryRefused("query_failed", reason)


def _translated(error: ClientError | BotoCoreError) -> Exception:
    if isinstance(error, ClientError):
        found = error.response.get("Error", {})
        if found.get("Code") == "InvalidRequestException":
            return QueryRefused("invalid_query", found.get("Message", str(error)))
    return TryAgain(f"athena: {error}")
