"""The response bodies for executions and results."""

import time
from collections.abc import Sequence
from typing import Any

from aws_companion.athena.column_types import column_info
from aws_companion.athena.executions import Execution
from aws_companion.athena.results import Row, StoredResult, location

ENGINE = {
    "SelectedEngineVersion": "AUTO",
    "EffectiveEngineVersion": "Athena engine version 3",
}


def query_execution(execution: Execution) -> dict[str, Any]:
    """An execution as `QueryExecution` of GetQueryExecution; times are epoch seconds."""
    submission, kind, substatement = execution.submission, execution.kind, execution.substatement
    uri = location(submission.output, execution.id, kind, substatement)
    body = {
        "QueryExecutionId": execution.id,
        "Query": submission.sql,
        "StatementType": kind,
        "SubstatementType": substatement,
        "ResultConfiguration": {**submission.results, "OutputLocation": uri},
        "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "QueryExecutionContext": _context(execution),
        "Status": _status(execution),
        "Statistics": statistics(execution),
        "WorkGroup": submission.work_group,
        "EngineVersion": ENGINE,
        "ExecutionParameters": list(submission.parameters),
    }
    return {name: value for name, value in body.items() if value}


def timeline(execution: Execution) -> dict[str, int]:
    """Milliseconds in each state; of a running execution, until now.

    Planning is part of the engine's time and reported as 0.
    """
    now = execution.ended or time.time()
    started = execution.started or now
    engine_done = execution.engine_done or now
    return {
        "QueryQueueTimeInMillis": _millis(execution.submitted, started),
        "ServicePreProcessingTimeInMillis": 0,
        "QueryPlanningTimeInMillis": 0,
        "EngineExecutionTimeInMillis": _millis(started, engine_done),
        "ServiceProcessingTimeInMillis": _millis(engine_done, now),
        "TotalExecutionTimeInMillis": _millis(execution.submitted, now),
    }


def statistics(execution: Execution) -> dict[str, Any]:
    manifest = execution.result.manifest if execution.result else ""
    return {
        **timeline(execution),
        "DataScannedInBytes": execution.meter.scanned,
        "ResultReuseInformation": {"ReusedPreviousResult": False},
        **({"DataManifestLocation": manifest} if manifest else {}),
    }


def runtime_statistics(execution: Execution) -> dict[str, Any]:
    """`QueryRuntimeStatistics`: times, bytes and rows, without the stages of the engine."""
    rows = {"InputBytes": execution.meter.scanned}
    if execution.result:
        result = execution.result
        rows["OutputRows"] = result.rows if result.updated is None else result.updated
        rows["OutputBytes"] = result.size
    return {"Timeline": timeline(execution), "Rows": rows}


def header(execution: Execution, result: StoredResult) -> list[Row]:
    """The row of column names before the rows of a query; DDL, CTAS and INSERT have none."""
    is_query = execution.kind == "DML" and result.updated is None and result.columns
    return [[column.name for column in result.columns]] if is_query else []


def result_set(execution: Execution, result: StoredResult, rows: Sequence[Row]) -> dict[str, Any]:
    """One page of a result: the body of GetQueryResults without its token.

    `UpdateCount` is 0 for a query, absent for DDL and EXPLAIN, as on AWS.
    """
    columns = [column_info(column) for column in result.columns]
    body: dict[str, Any] = {
        "ResultSet": {
            "Rows": [{"Data": [_datum(cell) for cell in row]} for row in rows],
            "ResultSetMetadata": {"ColumnInfo": columns},
        }
    }
    if result.updated is not None:
        body["UpdateCount"] = result.updated
    elif execution.kind != "DDL" and execution.substatement != "EXPLAIN":
        body["UpdateCount"] = 0
    return body


def _context(execution: Execution) -> dict[str, str]:
    """The context as sent, with the catalog in lower case, as Athena returns it."""
    context = dict(execution.submission.context)
    if "Catalog" in context:
        context["Catalog"] = context["Catalog"].lower()
    return context


def _status(execution: Execution) -> dict[str, Any]:
    body = {
        "State": execution.state,
        "StateChangeReason": execution.reason,
        "SubmissionDateTime": execution.submitted,
        "CompletionDateTime": execution.ended,
        "AthenaError": execution.error,
    }
    return {name: value for name, value in body.items() if value}


def _datum(cell: str | None) -> dict[str, str]:
    return {} if cell is None else {"VarCharValue": cell}


def _millis(begin: float, end: float) -> int:
    """A duration in whole milliseconds, so that the parts add up to the total."""
    return max(0, round(end * 1000) - round(begin * 1000))
