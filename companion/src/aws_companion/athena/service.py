"""Amazon Athena's operations on executions. The emulator answers Athena's other operations.

Messages and the order of checks follow AWS; where its guide has no rule, they follow measurements
(github.com/aoyagikouhei/athena-local, docs, 2026).
"""

import base64
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from aws_companion.athena import responses
from aws_companion.athena.engine import Engine
from aws_companion.athena.errors import BAD_STATE, InvalidRequest, out_of_range
from aws_companion.athena.executions import MAX_EXECUTIONS, Execution, ExecutionStore
from aws_companion.athena.results import ResultUnavailable, Row, StoredResult, read
from aws_companion.athena.runner import Runner, StatementEngine
from aws_companion.athena.submission import DEFAULT_WORK_GROUP, parse_submission
from aws_companion.emulator import ClientFactory
from aws_companion.faults import check_injected
from aws_companion.protocol import ServiceError, service_model
from aws_companion.services import Options, ServiceResponse

MAX_ROWS = 1000
"""Rows of one page of GetQueryResults, the header included."""
MAX_EXECUTION_IDS = 50
"""Executions in one page of a list, and in one BatchGetQueryExecution."""

Members = Mapping[str, Any]
"""The members of a request."""
Handler = Callable[[Members], dict[str, Any]]


def create(emulator: ClientFactory, _: Options) -> "AthenaService":
    return AthenaService(Engine(emulator), emulator)


class AthenaService:
    """Starts, describes and stops executions, and returns their results."""

    status: Mapping[str, Any] = {}

    def __init__(
        self,
        engine: StatementEngine,
        emulator: ClientFactory,
        max_executions: int = MAX_EXECUTIONS,
    ) -> None:
        self.model = service_model("athena")
        self._emulator = emulator
        self._executions = ExecutionStore(max_executions)
        self._runner = Runner(engine, self._executions, lambda: self._s3)
        self._handlers: Mapping[str, Handler] = {
            "StartQueryExecution": self._start,
            "StopQueryExecution": self._stop,
            "GetQueryExecution": self._get,
            "ListQueryExecutions": self._list,
            "GetQueryResults": self._get_results,
            "GetQueryRuntimeStatistics": self._get_runtime_statistics,
        }
        self.operations = frozenset({*self._handlers, "BatchGetQueryExecution"})

    def respond(
        self, operation: str, parameters: dict[str, Any], answered: int | None
    ) -> ServiceResponse:
        """The response to a request whose members match the service model."""
        members = {name: value for name, value in parameters.items() if value is not None}
        if operation == "BatchGetQueryExecution":
            return ServiceResponse(self._get_batch(members, answered))
        return ServiceResponse(self._handlers[operation](members))

    def close(self) -> None:
        """Stop every statement and start no more."""
        self._runner.close()

    @cached_property
    def _s3(self) -> Any:
        return self._emulator.client("s3")

    @cached_property
    def _athena(self) -> Any:
        return self._emulator.client("athena")

    def _start(self, members: Members) -> dict[str, Any]:
        execution, is_new = self._executions.add(parse_submission(members, self._athena))
        if is_new:
            self._runner.start(execution)
        return {"QueryExecutionId": execution.id}

    def _stop(self, members: Members) -> dict[str, Any]:
        self._runner.stop(self._find(members))
        return {}

    def _get(self, members: Members) -> dict[str, Any]:
        return {"QueryExecution": responses.query_execution(self._find(members))}

    def _get_runtime_statistics(self, members: Members) -> dict[str, Any]:
        return {"QueryRuntimeStatistics": responses.runtime_statistics(self._find(members))}

    def _get_batch(self, members: Members, answered: int | None) -> dict[str, Any]:
        ids = members["QueryExecutionIds"]
        if len(ids) > MAX_EXECUTION_IDS:
            raise out_of_range("queryExecutionIds", "length less", MAX_EXECUTION_IDS)
        executions: list[dict[str, Any]] = []
        unprocessed: list[dict[str, Any]] = []
        for index, execution_id in enumerate(ids):
            try:
                check_injected(index, answered)
                executions.append(responses.query_execution(self._executions.find(execution_id)))
            except ServiceError as error:
                unprocessed.append(_unprocessed(execution_id, error))
        return {"QueryExecutions": executions, "UnprocessedQueryExecutionIds": unprocessed}

    def _list(self, members: Members) -> dict[str, Any]:
        size = members.get("MaxResults") or MAX_EXECUTION_IDS
        _check_at_least("maxResults", size, 0)
        if size > MAX_EXECUTION_IDS:
            raise out_of_range("maxResults", "value less", MAX_EXECUTION_IDS)
        ids = self._executions.list_ids(members.get("WorkGroup") or DEFAULT_WORK_GROUP)
        token = members.get("NextToken")
        start = ids.index(_last_listed(token, ids)) + 1 if token else 0
        page = ids[start : start + size]
        body: dict[str, Any] = {"QueryExecutionIds": page}
        if start + size < len(ids):
            body["NextToken"] = _encode_token(page[-1])
        return body

    def _get_results(self, members: Members) -> dict[str, Any]:
        size = members.get("MaxResults", MAX_ROWS)
        _check_at_least("maxResults", size, 1)
        execution = self._find(members)
        if size > MAX_ROWS:
            raise InvalidRequest(f"MaxResults is more than maximum allowed length {MAX_ROWS}")
        result = _finished_result(execution)
        header = responses.header(execution, result)
        total = result.rows + len(header)
        start = _first_row(members.get("NextToken"), execution.id, total)
        rows = [*header[start:], *self._read_rows(result, start - len(header), size)][:size]
        body = responses.result_set(execution, result, rows)
        if len(rows) == size:
            # AWS sends a token after a full last page too; the page after it is empty.
            body["NextToken"] = _encode_token(f"{execution.id}:{start + size}")
        return body

    def _read_rows(self, result: StoredResult, start: int, size: int) -> list[Row]:
        """Rows from a position, which is -1 if the header precedes them."""
        try:
            return read(self._s3, result, max(0, start), start + size)
        except ResultUnavailable as error:
            raise InvalidRequest("Could not find results", "RESULT_NOT_FOUND") from error

    def _find(self, members: Members) -> Execution:
        return self._executions.find(members["QueryExecutionId"])


def _finished_result(execution: Execution) -> StoredResult:
    if execution.state == "CANCELLED":
        raise InvalidRequest("Could not find results", "RESULT_NOT_FOUND")
    if execution.state == "FAILED":
        message = "Query did not finish successfully. Final query state: FAILED"
        raise InvalidRequest(message, BAD_STATE)
    if execution.result is None:
        message = f"Query has not yet finished. Current state: {execution.state}"
        raise InvalidRequest(message, BAD_STATE)
    return execution.result


def _first_row(token: str | None, execution_id: str, total: int) -> int:
    """The row that a token of this execution points at; 0 without a token or rows."""
    if token is None or not total:
        return 0
    owner, _, row = _decode_token(token).partition(":")
    if owner != execution_id or not row.isdecimal() or not 0 < int(row) <= total:
        raise _malformed_token(token)
    return int(row)


def _last_listed(token: str, ids: list[str]) -> str:
    """The execution with which the previous page of a list ended."""
    execution_id = _decode_token(token)
    if execution_id not in ids:
        raise _malformed_token(token)
    return execution_id


def _encode_token(position: str) -> str:
    """A position as an opaque token."""
    return base64.urlsafe_b64encode(position.encode()).decode()


def _decode_token(token: str) -> str:
    try:
        return base64.b64decode(token.encode(), b"-_", validate=True).decode()
    except ValueError as error:
        raise _malformed_token(token) from error


def _malformed_token(token: str) -> InvalidRequest:
    return InvalidRequest(f"Malformed nextPageToken {token}")


def _check_at_least(member: str, value: int, minimum: int) -> None:
    if value < minimum:
        raise out_of_range(member, "value greater", minimum)


def _unprocessed(execution_id: str, error: ServiceError) -> dict[str, Any]:
    code = error.athena_code if isinstance(error, InvalidRequest) else error.code
    return {"QueryExecutionId": execution_id, "ErrorCode": code, "ErrorMessage": error.message}
