"""SQL over the lake: runs a statement in Athena, waits for its end, reads its result."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.aws_errors import translated
from echostream.adapters.retry import poll_waits
from echostream.domain.errors import QueryRefused, TryAgain
from echostream.domain.prices import scan_dollars

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient

END_STATES = ("SUCCEEDED", "FAILED", "CANCELLED")
FIRST_WAIT, LONGEST_WAIT = 0.02, 1.0
"""Seconds between two polls of a running statement."""

RUNS = 2
"""Of a SELECT whose result is deleted before it is read."""
RESULT_DELETED = "Could not find results"
"""Athena's message if a result was deleted from its bucket."""

OnPoll = Callable[[dict[str, Any]], None]
"""Called with Athena's description of the execution after each poll of a running statement."""
Row = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result; `type` is Athena's name of the type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The result of a statement: values as text, None for null.

    `is_cut`: whether Athena has more rows. DDL returns one column without a name.
    """

    query_id: str
    columns: tuple[Column, ...]
    rows: list[Row]
    is_cut: bool
    bytes_scanned: int
    seconds: float

    @property
    def dollars(self) -> float:
        """The price of this statement on AWS."""
        return scan_dollars(self.bytes_scanned)


class _ResultDeleted(Exception):
    """The result of a SELECT was deleted before it was read."""


class Athena:
    """A workgroup of Athena and a database of the Glue catalog.

    `output` is the S3 URI of a folder for results, if the workgroup does not set one.
    """

    def __init__(
        self, client: "AthenaClient", workgroup: str, database: str, output: str = ""
    ) -> None:
        self._client = client
        self._workgroup = workgroup
        self._database = database
        self._output = output

    def query(
        self,
        sql: str,
        max_rows: int | None = None,
        on_poll: OnPoll | None = None,
    ) -> QueryResult:
        """Run a statement and read its result, up to `max_rows` rows.

        A SELECT whose result an erasure deletes before it is read runs again. An exception
        while waiting, such as Ctrl-C, stops the statement. Raises `QueryRefused` if the statement
        failed or was stopped, `TryAgain` if Athena did not respond, `CallRefused` if it refused
        the call.
        """
        try:
            for _ in range(RUNS):
                with suppress(_ResultDeleted):
                    return self._run(sql, max_rows, on_poll)
        except (ClientError, BotoCoreError) as error:
            raise _translated(error) from error
        raise TryAgain("athena: the result was deleted before it was read")

    def _run(self, sql: str, max_rows: int | None, on_poll: OnPoll | None) -> QueryResult:
        query_id = self._start(sql)
        execution = self._wait(query_id, on_poll)
        _check(execution)
        try:
            columns, rows, is_cut = self._rows(query_id, execution, max_rows)
        except ClientError as error:
            is_select = execution.get("SubstatementType") == "SELECT"
            if is_select and error.response["Error"].get("Message") == RESULT_DELETED:
                raise _ResultDeleted from error
            raise
        statistics = execution.get("Statistics", {})
        scanned = int(statistics.get("DataScannedInBytes", 0))
        seconds = statistics.get("TotalExecutionTimeInMillis", 0) / 1000
        return QueryResult(query_id, columns, rows, is_cut, scanned, seconds)

    def _start(self, sql: str) -> str:
        location: Any = {"ResultConfiguration": {"OutputLocation": self._output}}
        response = self._client.start_query_execution(
            QueryString=sql,
            WorkGroup=self._workgroup,
            QueryExecutionContext={"Database": self._database},
            **(location if self._output else {}),
        )
        return response["QueryExecutionId"]

    def _wait(self, query_id: str, on_poll: OnPoll | None) -> dict[str, Any]:
        """The execution after its end."""
        waits = poll_waits(FIRST_WAIT, LONGEST_WAIT)
        try:
            while True:
                response = self._client.get_query_execution(QueryExecutionId=query_id)
                execution: dict[str, Any] = dict(response["QueryExecution"])
                if execution["Status"]["State"] in END_STATES:
                    return execution
                if on_poll:
                    on_poll(execution)
                time.sleep(next(waits))
        except BaseException:
            self._client.stop_query_execution(QueryExecutionId=query_id)
            raise

    def _rows(
        self, query_id: str, execution: dict[str, Any], max_rows: int | None
    ) -> tuple[tuple[Column, ...], list[Row], bool]:
        """Columns, rows, and whether there are more. The first row of a SELECT has the names."""
        columns: tuple[Column, ...] = ()
        rows: list[Row] = []
        has_names = execution.get("StatementType") == "DML"
        for page in self._pages(query_id):
            info = page["ResultSet"].get("ResultSetMetadata", {}).get("ColumnInfo", [])
            columns = columns or tuple(Column(one["Name"], one["Type"]) for one in info)
            page_rows = [_values(row) for row in page["ResultSet"].get("Rows", [])]
            if has_names and page_rows and page_rows[0] == tuple(one.name for one in columns):
                page_rows = page_rows[1:]
            has_names = False
            rows += page_rows
            if max_rows is not None and len(rows) > max_rows:
                return columns, rows[:max_rows], True
        return columns, rows, False

    def _pages(self, query_id: str) -> Iterator[Any]:
        yield from self._client.get_paginator("get_query_results").paginate(
            QueryExecutionId=query_id
        )


def _values(row: Any) -> Row:
    return tuple(cell.get("VarCharValue") for cell in row.get("Data", []))


def _check(execution: dict[str, Any]) -> None:
    status = execution["Status"]
    if status["State"] != "SUCCEEDED":
        reason = status.get("StateChangeReason") or f"the query was {status['State'].lower()}"
        raise QueryRefused("query_failed", reason)


def _translated(error: ClientError | BotoCoreError) -> Exception:
    if isinstance(error, ClientError):
        details = error.response.get("Error", {})
        if details.get("Code") == "InvalidRequestException":
            return QueryRefused("invalid_query", details.get("Message", str(error)))
    return translated("athena", error)
