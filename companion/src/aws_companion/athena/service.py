"""Amazon Athena's operations on executions; the emulator answers all its others.

Messages and the order of checks follow what AWS answers; where its guide is silent, what others
measured (github.com/aoyagikouhei/athena-local, docs, 2026).
"""

import base64
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from aws_companion.athena import responses
from aws_companion.athena.errors import BAD_STATE, InvalidRequest, out_of_range
from aws_companion.athena.executions import MOST_KEPT, Execution, Executions
from aws_companion.athena.results import ResultUnavailable, Row, StoredResult, read
from aws_companion.athena.runner import Engine, Runner
from aws_companion.athena.submission import DEFAULT_WORK_GROUP, ClientFactory, submission
from aws_companion.protocol import ServiceError, service_model
from aws_companion.services import ServiceResponse

MOST_ROWS = 1000
"""Of one page of an answer, the header among them."""
MOST_NAMES = 50
"""Of one page of executions, and of one BatchGetQueryExecution."""

Request = Mapping[str, Any]
Handler = Callable[[Request], dict[str, Any]]


class AthenaService:
    """Starts, shows and stops executions, and gives their results."""

    def __init__(self, engine: Engine, emulator: ClientFactory, most_kept: int = MOST_KEPT) -> None:
        self.model = service_model("athena")
        self._emulator = emulator
        self._executions = Executions(most_kept)
        self._runner = Runner(engine, self._executions, lambda: self._s3)
        self._handlers: Mapping[str, Handler] = {
            "StartQueryExecution": self._start,
            "StopQueryExecution": self._stop,
            "GetQueryExecution": self._get,
            "ListQueryExecutions": self._list,
            "GetQueryResults": self._results,
            "GetQueryRuntimeStatistics": self._runtime_statistics,
        }
        self.operations = frozenset({*self._handlers, "BatchGetQueryExecution"})

    def answer(
        self, operation: str, parameters: dict[str, Any], answered: int | None
    ) -> ServiceResponse:
        """The answer to a request whose members were checked against the service model."""
        given = {name: value for name, value in parameters.items() if value is not None}
        if operation == "BatchGetQueryExecution":
            return ServiceResponse(self._batch(given, answered))
        return ServiceResponse(self._handlers[operation](given))

    def close(self) -> None:
        """Stop every statement; nothing can be started any more."""
        self._runner.close()

    @cached_property
    def _s3(self) -> Any:
        return self._emulator.client("s3")

    @cached_property
    def _athena(self) -> Any:
        return self._emulator.client("athena")

    def _start(self, request: Request) -> dict[str, Any]:
        execution, is_new = self._executions.add(submission(request, self._athena))
        if is_new:
            self._runner.start(execution)
        return {"QueryExecutionId": execution.name}

    def _stop(self, request: Request) -> dict[str, Any]:
        self._runner.stop(self._find(request))
        return {}

    def _get(self, request: Request) -> dict[str, Any]:
        return {"QueryExecution": responses.query_execution(self._find(request))}

    def _runtime_statistics(self, request: Request) -> dict[str, Any]:
        return {"QueryRuntimeStatistics": responses.runtime_statistics(self._find(request))}

    def _batch(self, request: Request, answered: int | None) -> dict[str, Any]:
        names = request["QueryExecutionIds"]
        if len(names) > MOST_NAMES:
            raise out_of_range("queryExecutionIds", "length less", MOST_NAMES)
        found: list[dict[str, Any]] = []
        missing: list[dict[str, Any]] = []
        for at, name in enumerate(names):
            try:
                _check_answered(at, answered)
                found.append(responses.query_execution(self._executions.find(name)))
            except ServiceError as error:
                missing.append(_unprocessed(name, error))
        return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}

    def _list(self, request: Request) -> dict[str, Any]:
        most = request.get("MaxResults") or MOST_NAMES
        _check_at_least("maxResults", most, 0)
        if most > MOST_NAMES:
            raise out_of_range("maxResults", "value less", MOST_NAMES)
        names = self._executions.names(request.get("WorkGroup") or DEFAULT_WORK_GROUP)
        token = request.get("NextToken")
        start = names.index(_after(token, names)) + 1 if token else 0
        page = names[start : start + most]
        body: dict[str, Any] = {"QueryExecutionIds": page}
        if start + most < len(names):
            body["NextToken"] = _sealed(page[-1])
        return body

    def _results(self, request: Request) -> dict[str, Any]:
        most = request.get("MaxResults", MOST_ROWS)
        _check_at_least("maxResults", most, 1)
        execution = self._find(request)
        if most > MOST_ROWS:
            raise InvalidRequest(f"MaxResults is more than maximum allowed length {MOST_ROWS}")
        written = _succeeded(execution)
        header = responses.header(execution, written)
        total = written.rows + len(header)
        start = _start_of(request.get("NextToken"), execution.name, total)
        rows = [*header[start:], *self._rows(written, start - len(header), most)][:most]
        body = responses.result_set(execution, written, rows)
        if len(rows) == most:
            # Also where nothing is left: AWS learns that with the next page, an empty one.
            body["NextToken"] = _sealed(f"{execution.name}:{start + most}")
        return body

    def _rows(self, written: StoredResult, start: int, most: int) -> list[Row]:
        """Rows from a place, which is -1 where the header comes before them."""
        try:
            return read(self._s3, written, max(0, start), start + most)
        except ResultUnavailable as error:
            raise InvalidRequest("Could not find results", "RESULT_NOT_FOUND") from error

    def _find(self, request: Request) -> Execution:
        return self._executions.find(request["QueryExecutionId"])


def _succeeded(execution: Execution) -> StoredResult:
    if execution.state == "CANCELLED":
        raise InvalidRequest("Could not find results", "RESULT_NOT_FOUND")
    if execution.state == "FAILED":
        message = "Query did not finish successfully. Final query state: FAILED"
        raise InvalidRequest(message, BAD_STATE)
    if execution.written is None:
        message = f"Query has not yet finished. Current state: {execution.state}"
        raise InvalidRequest(message, BAD_STATE)
    return execution.written


def _start_of(token: str | None, name: str, total: int) -> int:
    """The row that a token of this execution points at; an empty answer has nothing to point at."""
    if token is None or not total:
        return 0
    owner, _, place = _opened(token).partition(":")
    if owner != name or not place.isdecimal() or not 0 < int(place) <= total:
        raise _malformed(token)
    return int(place)


def _after(token: str, names: list[str]) -> str:
    name = _opened(token)
    if name not in names:
        raise _malformed(token)
    return name


def _sealed(place: str) -> str:
    """A place as a token, which is not for clients to read."""
    return base64.urlsafe_b64encode(place.encode()).decode()


def _opened(token: str) -> str:
    try:
        return base64.b64decode(token.encode(), b"-_", validate=True).decode()
    except ValueError as error:
        raise _malformed(token) from error


def _malformed(token: str) -> InvalidRequest:
    return InvalidRequest(f"Malformed nextPageToken {token}")


def _check_at_least(member: str, value: int, least: int) -> None:
    if value < least:
        raise out_of_range(member, "value greater", least)


def _check_answered(at: int, answered: int | None) -> None:
    if answered is not None and at >= answered:
        raise ServiceError("InternalServerException", "Unexpected server error, as asked for")


def _unprocessed(name: str, error: ServiceError) -> dict[str, Any]:
    code = error.athena_code if isinstance(error, InvalidRequest) else error.code
    return {"QueryExecutionId": name, "ErrorCode": code, "ErrorMessage": error.message}
