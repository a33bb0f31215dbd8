"""Units of DynamoDB calls, from requests, responses, and the items before and after a write."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from echostream.adapters import dynamodb_batches
from echostream_cli.costs.calls import Reading
from echostream_cli.costs.dynamodb_units import (
    Item,
    Table,
    item_bytes,
    read_units,
    stored_bytes,
    write_units,
)
from echostream_cli.costs.partiql import parse_insert

READS = ("GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems")
WRITES = (
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
    "BatchExecuteStatement",
)
MAX_KEYS = 100
_BILLED_ERRORS = {
    "ConditionalCheckFailedException",
    "TransactionCanceledException",
    "DuplicateItem",
}
"""Errors of writes that AWS bills like successful writes. Its documentation says so of conditional
writes; it does not mention duplicates, whose insert is a write on the condition that the id is new.
"""
_HIDING = ("FilterExpression", "AttributesToGet", "QueryFilter")
"""Parameters with which the response does not contain everything that was read."""


class MeteringError(Exception):
    """The usage of a call cannot be computed. The message names the call and the reason."""


@dataclass(frozen=True, slots=True)
class Write:
    """One item that a call writes. `put` is the whole new item, if the call contains it."""

    table: str
    action: str
    key: Mapping[str, Any]
    put: Item | None = None

    @property
    def name(self) -> tuple[str, str]:
        return self.table, repr(sorted(self.key.items()))


Images = Mapping[tuple[str, str], Item]
"""Items by the names of their writes."""


class DynamoDBMeter:
    """Computes units. `client` is the emulator's own, so that its reads are not metered."""

    def __init__(self, client: Any, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._sleep = sleep
        self.table = cache(self._describe)

    def _describe(self, name: str) -> Table:
        return Table.from_description(self._client.describe_table(TableName=name)["Table"])

    def read_items(self, operation: str, request: Mapping[str, Any]) -> Images:
        """The current items that a call will write."""
        return self._read_images(list(self._list_writes(operation, request)))

    def compute(
        self,
        operation: str,
        request: Mapping[str, Any],
        status: int,
        response: Mapping[str, Any],
        before: Images,
    ) -> Reading:
        """The usage of a call. Raises `MeteringError`."""
        if operation in READS:
            whole = self._read_whole(operation, request, response)
            units = _compute_read(operation, request, whole) if status < 400 else 0.0
            return Reading({"dynamodb_read": units})
        if operation in WRITES:
            return self._compute_write(operation, request, status, response, before)
        if operation == "DescribeTable":
            return Reading()
        raise MeteringError(f"dynamodb {operation}: there is no rule for its units")

    def _read_whole(
        self, operation: str, request: Mapping[str, Any], response: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The response with whole items: a projection does not change what a read costs."""
        arguments = {name: request[name] for name in request if name != "ProjectionExpression"}
        if len(arguments) == len(request) or "Items" not in response:
            return response
        read = self._client.query if operation == "Query" else self._client.scan
        return {**response, "Items": read(**arguments)["Items"]}

    def _compute_write(
        self,
        operation: str,
        request: Mapping[str, Any],
        status: int,
        response: Mapping[str, Any],
        before: Images,
    ) -> Reading:
        writes = list(self._list_writes(operation, request))
        errors = _list_errors(operation, len(writes), status, response)
        succeeded = [write for write, error in zip(writes, errors, strict=True) if not error]
        after = self._read_after(succeeded, before)
        is_transaction = operation == "TransactWriteItems"
        units, bytes_, insert_units = 0.0, 0, 0.0
        for write, error in zip(writes, errors, strict=True):
            if error and error not in _BILLED_ERRORS:
                continue
            table, old = self.table(write.table), before.get(write.name)
            new = old if error else after.get(write.name)
            units += write_units(table, old, new, is_transaction)
            bytes_ += stored_bytes(table, new) - stored_bytes(table, old)
            insert_units += write_units(table, old, new) if write.action == "Insert" else 0
        return Reading(
            {"dynamodb_write": units}, {"table_bytes": bytes_, "insert_units": insert_units}
        )

    def _read_after(self, writes: Sequence[Write], before: Images) -> Images:
        """The items after the writes; only updated ones have to be read."""
        images = dict(before)
        for write in writes:
            if write.action == "Delete":
                images.pop(write.name, None)
            elif write.put is not None:
                images[write.name] = write.put
        images.update(self._read_images([write for write in writes if write.action == "Update"]))
        return images

    def _read_images(self, writes: Sequence[Write]) -> Images:
        images: dict[tuple[str, str], Item] = {}
        for start in range(0, len(writes), MAX_KEYS):
            images.update(self._read_batch(writes[start : start + MAX_KEYS]))
        return images

    def _read_batch(self, writes: Sequence[Write]) -> Iterator[tuple[tuple[str, str], Item]]:
        request: dict[str, Any] = {}
        for write in writes:
            keys = request.setdefault(write.table, {"Keys": [], "ConsistentRead": True})["Keys"]
            keys.append(write.key)
        for response in dynamodb_batches.read(self._client.batch_get_item, request, self._sleep):
            for table, items in response["Responses"].items():
                for item in items:
                    yield Write(table, "", self.table(table).key_of(item)).name, item

    def _list_writes(self, operation: str, request: Mapping[str, Any]) -> Iterator[Write]:
        if operation == "PutItem":
            yield self._make_write("Put", request)
        elif operation in ("UpdateItem", "DeleteItem"):
            yield self._make_write(operation.removesuffix("Item"), request)
        elif operation == "TransactWriteItems":
            for action in request["TransactItems"]:
                ((kind, members),) = action.items()
                yield self._make_write(kind, members)
        elif operation == "BatchWriteItem":
            for table, entries in request["RequestItems"].items():
                for entry in entries:
                    ((kind, members),) = entry.items()
                    action = kind.removesuffix("Request")
                    yield self._make_write(action, {**members, "TableName": table})
        elif operation == "BatchExecuteStatement":
            yield from map(self._make_insert, request["Statements"])

    def _make_write(self, action: str, members: Mapping[str, Any]) -> Write:
        table, item = members["TableName"], members.get("Item")
        key = self.table(table).key_of(item) if item else members["Key"]
        return Write(table, action, key, item)

    def _make_insert(self, statement: Mapping[str, Any]) -> Write:
        insert = parse_insert(statement)
        if insert is None:
            text = statement["Statement"][:80]
            raise MeteringError(f"dynamodb BatchExecuteStatement: there is no rule for {text}")
        table, item = insert
        return Write(table, "Insert", self.table(table).key_of(item), item)


def _list_errors(
    operation: str, writes: int, status: int, response: Mapping[str, Any]
) -> list[str]:
    """The error code of each write of a call; empty for a write that succeeded."""
    if operation == "BatchExecuteStatement" and status < 400:
        return [entry.get("Error", {}).get("Code", "") for entry in response["Responses"]]
    error = str(response.get("__type", "unknown")).rpartition("#")[2] if status >= 400 else ""
    return [error] * writes


def _compute_read(operation: str, request: Mapping[str, Any], response: Mapping[str, Any]) -> float:
    is_consistent = request.get("ConsistentRead", False)
    if operation in ("Query", "Scan"):
        hiding = [name for name in _HIDING if name in request]
        if hiding or "Items" not in response:
            names = ", ".join(hiding) or "the response without Items"
            raise MeteringError(f"dynamodb {operation}: {names} hides what was read")
        return read_units(sum(map(item_bytes, response["Items"])), is_consistent)
    if operation == "GetItem":
        return read_units(item_bytes(response.get("Item")), is_consistent)
    if operation == "TransactGetItems":
        sizes = (item_bytes(entry.get("Item")) for entry in response["Responses"])
        return sum(read_units(size, transactional=True) for size in sizes)
    unprocessed = response["UnprocessedKeys"]
    return sum(
        _compute_batch_read(keys, response["Responses"].get(table, []), unprocessed.get(table))
        for table, keys in request["RequestItems"].items()
    )


def _compute_batch_read(
    request: Mapping[str, Any], items: Sequence[Item], unprocessed: Any
) -> float:
    """Each item is rounded up on its own; a key without an item costs as much as a small item."""
    is_consistent = request.get("ConsistentRead", False)
    missing = len(request["Keys"]) - len(items) - len(unprocessed["Keys"] if unprocessed else ())
    sizes = [*map(item_bytes, items), *[0] * missing]
    return sum(read_units(size, is_consistent) for size in sizes)
