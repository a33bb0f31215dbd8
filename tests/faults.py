"""Faults of AWS in a client's calls, by botocore's events.

A fault comes before the service does its work, after it, or leaves a part of it undone. A caller
sees what botocore raises or returns after its last attempt.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum, auto
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)


class Crash(BaseException):
    """The process ends: no code of ours may catch this."""


class Fault(Enum):
    """What happens to a call. Those with `AFTER` come when the service has done the work."""

    THROTTLED = auto()
    BUSY = auto()
    FAILED = auto()
    UNREACHABLE = auto()
    PARTIAL = auto()
    """Every second entry of a batch is not processed; a transaction meets another."""
    REPEATED = auto()
    """The response is lost, and botocore sends the request again."""
    FAILED_AFTER = auto()
    TIMEOUT_AFTER = auto()
    RESET_AFTER = auto()
    CRASH = auto()
    CRASH_AFTER = auto()


Response = tuple[Any, dict[str, Any]]

_CODES = {
    Fault.THROTTLED: "ProvisionedThroughputExceededException",
    Fault.BUSY: "ThrottlingException",
    Fault.FAILED: "InternalServerError",
    Fault.FAILED_AFTER: "InternalServerError",
}
_ERRORS: dict[Fault | None, Callable[[], BaseException]] = {
    Fault.UNREACHABLE: lambda: EndpointConnectionError(endpoint_url="http://aws"),
    Fault.TIMEOUT_AFTER: lambda: ReadTimeoutError(endpoint_url="http://aws"),
    Fault.RESET_AFTER: lambda: ConnectionClosedError(endpoint_url="http://aws"),
    Fault.CRASH: Crash,
    Fault.CRASH_AFTER: Crash,
}
_ENTRIES = {
    "PutRecords": ("Records", "Records", "ProvisionedThroughputExceededException"),
    "BatchExecuteStatement": ("Statements", "Responses", "ProvisionedThroughputExceeded"),
}
"""Batches with a result for each entry: the lists of the request and of the response, and the code
of a throttled entry."""
_UNPROCESSED = {"BatchGetItem": "UnprocessedKeys", "BatchWriteItem": "UnprocessedItems"}
"""Batches that return what is not processed."""


class Faults:
    """Lets calls of clients fail inside of `planned`.

    `calls` has the operations since the last plan began. `refuses` tells which statements
    DynamoDB refuses for good.
    """

    def __init__(self, *clients: Any, refuses: Callable[[Any], bool] = lambda _: False) -> None:
        self.calls: list[str] = []
        self._refuses = refuses
        self._plan: Iterator[Fault | None] = iter(())
        self._operation = ""
        for client in clients:
            events = client.meta.events
            events.register("before-parameter-build", self._choose_fault)
            events.register("before-call", self._before)
            events.register("needs-retry", self._repeat)
            events.register("after-call", self._after)

    @contextmanager
    def planned(self, plan: Iterable[Fault | None], operation: str = "") -> Iterator[None]:
        """The faults of the next calls, of one operation if one is given, in their order."""
        self.calls.clear()
        self._plan, self._operation = iter(plan), operation
        try:
            yield
        finally:
            self._plan = iter(())

    def _choose_fault(self, params: Any, model: Any, context: dict[str, Any], **_: Any) -> None:
        """Choose the fault, and take entries that will fail out of the request."""
        self.calls.append(model.name)
        is_planned = self._operation in ("", model.name)
        context["fault"] = fault = next(self._plan, None) if is_planned else None
        if model.name in _ENTRIES:
            self._take_out_entries(model.name, params, context)
        elif model.name in _UNPROCESSED and fault is Fault.PARTIAL:
            left, context["unprocessed"] = _halves(params["RequestItems"])
            context["is_empty"] = not left
            params["RequestItems"] = left or params["RequestItems"]

    def _take_out_entries(self, operation: str, params: Any, context: dict[str, Any]) -> None:
        name, _, code = _ENTRIES[operation]
        entries = params[name]
        throttled = range(0, len(entries), 2) if context["fault"] is Fault.PARTIAL else ()
        errors = dict.fromkeys(throttled, code) | self._refusals(operation, entries)
        left = [entry for i, entry in enumerate(entries) if i not in errors]
        context["errors"], context["is_empty"] = errors, not left
        params[name] = left or entries  # an empty request would be invalid

    def _refusals(self, operation: str, entries: Sequence[Any]) -> dict[int, str]:
        """The codes of the statements that the table refuses, by index."""
        if operation != "BatchExecuteStatement":
            return {}
        return {i: "ValidationError" for i, one in enumerate(entries) if self._refuses(one)}

    def _before(self, model: Any, context: dict[str, Any], **_: Any) -> Response | None:
        fault = context.get("fault")
        if fault in (Fault.UNREACHABLE, Fault.CRASH):
            raise _ERRORS[fault]()
        if fault in (Fault.THROTTLED, Fault.BUSY, Fault.FAILED):
            return _failure(fault)
        if fault is Fault.PARTIAL and model.name == "TransactWriteItems":
            reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}]
            return _response(400, "TransactionCanceledException", CancellationReasons=reasons)
        if context.get("is_empty"):
            return SimpleNamespace(status_code=200), {"Responses": [], "Records": []}
        return None

    def _repeat(self, request_dict: Any, **_: Any) -> int | None:
        """The seconds until botocore sends the request again."""
        context = request_dict["context"]
        if context.get("fault") is not Fault.REPEATED:
            return None
        context["fault"] = None
        return 0

    def _after(self, model: Any, parsed: Any, context: dict[str, Any], **_: Any) -> None:
        fault = context.get("fault")
        if fault in (Fault.TIMEOUT_AFTER, Fault.RESET_AFTER, Fault.CRASH_AFTER):
            raise _ERRORS[fault]()
        if fault is Fault.FAILED_AFTER:
            raise ClientError(_failure(fault)[1], model.name)  # type: ignore[arg-type]
        if model.name in _ENTRIES and "Error" not in parsed:
            _insert_errors(model.name, parsed, context.get("errors", {}))
        if "unprocessed" in context and "Error" not in parsed:
            parsed[_UNPROCESSED[model.name]] = context["unprocessed"]
            parsed["Responses"] = parsed.get("Responses") or {}


def _failure(fault: Fault) -> Response:
    return _response(500 if fault in (Fault.FAILED, Fault.FAILED_AFTER) else 400, _CODES[fault])


def _response(status: int, code: str, **content: Any) -> Response:
    """A response as botocore hands it from its parser to the client."""
    error = {"Code": code, "Message": "injected"}
    metadata = {"HTTPStatusCode": status}
    parsed = {"Error": error, "ResponseMetadata": metadata, **content}
    return SimpleNamespace(status_code=status), parsed


def _halves(requests: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Every second key or item of each table: those to process, and the others."""
    left: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for table, part in requests.items():
        is_read = isinstance(part, dict)
        for half, start in ((others, 0), (left, 1)):
            entries = (part["Keys"] if is_read else part)[start::2]
            if entries:
                half[table] = {**part, "Keys": entries} if is_read else entries
    return left, others


def _insert_errors(operation: str, parsed: dict[str, Any], errors: Mapping[int, str]) -> None:
    """Add the results of entries that were taken out of the request, in their places."""
    _, name, _ = _ENTRIES[operation]
    if operation == "PutRecords":
        parsed["FailedRecordCount"] = len(errors)
    for index, code in sorted(errors.items()):
        error = {"Code": code, "Message": "injected"}
        flat = {"ErrorCode": code, "ErrorMessage": "injected"}
        parsed[name].insert(index, flat if operation == "PutRecords" else {"Error": error})
