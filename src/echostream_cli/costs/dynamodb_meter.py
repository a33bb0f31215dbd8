"""Units of DynamoDB calls, worked out from the calls and from the items before and after them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from echostream_cli.costs.calls import Reading
from echostream_cli.costs.dynamodb_units import (
    Item,
    Table,
    item_bytes,
    read_units,
    stored_bytes,
    write_units,
)

READS = ("GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems")
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")
MAX_KEYS = 100
_REFUSED = ("ConditionalCheckFailedException", "TransactionCanceledException")
"""Errors for which units are charged all the same."""
_UNSEEN = ("FilterExpression", "ProjectionExpression", "AttributesToGet", "QueryFilter")


class NotMetered(Exception):
    """What a call used does not show in it. The message says which call and why."""


@dataclass(frozen=True, slots=True)
class Write:
    """One item that a call writes. `put` is the whole new item, where the call has it."""

    table: str
    action: str
    key: Mapping[str, Any]
    put: Item | None = None

    @property
    def name(self) -> tuple[str, str]:
        return self.table, repr(sorted(self.key.items()))


Images = Mapping[tuple[str, str], Item]


class DynamoDBMeter:
    """Looks items up in the emulator itself, past the meter, so that nothing of it is counted."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.table = cache(self._describe)

    def _describe(self, name: str) -> Table:
        return Table.from_description(self._client.describe_table(TableName=name)["Table"])

    def before(self, operation: str, asked: Mapping[str, Any]) -> Images:
        """The items that a call is about to write."""
        return self._images(list(self._writes(operation, asked)))

    def reading(
        self,
        operation: str,
        asked: Mapping[str, Any],
        status: int,
        answer: Mapping[str, Any],
        before: Images,
    ) -> Reading:
        """What a call used. Raises `NotMetered`."""
        if operation in READS:
            units = _read(operation, asked, answer) if status < 400 else 0.0
            return Reading({"dynamodb_read": units})
        if operation in WRITES:
            return self._written(operation, asked, status, answer, before)
        if operation == "DescribeTable":
            return Reading()
        raise NotMetered(f"dynamodb {operation}: there is no rule for its units")

    def _written(
        self,
        operation: str,
        asked: Mapping[str, Any],
        status: int,
        answer: Mapping[str, Any],
        before: Images,
    ) -> Reading:
        refused = str(answer.get("__type", "")).endswith(_REFUSED)
        if status >= 400 and not refused:
            return Reading({"dynamodb_write": 0.0})
        writes = list(self._writes(operation, asked))
        after = before if refused else self._after(writes, before)
        double = operation == "TransactWriteItems"
        units, bytes_, plain = 0.0, 0, 0.0
        for write in writes:
            table, old, new = self.table(write.table), before.get(write.name), after.get(write.name)
            units += write_units(table, old, new, double)
            bytes_ += stored_bytes(table, new) - stored_bytes(table, old)
            plain += write_units(table, old, new) if write.action == "Put" else 0
        return Reading({"dynamodb_write": units}, {"table_bytes": bytes_, "put_units": plain})

    def _after(self, writes: Sequence[Write], before: Images) -> Images:
        found = dict(before)
        for write in writes:
            if write.action == "Delete":
                found.pop(write.name, None)
            elif write.put is not None:
                found[write.name] = write.put
        found.update(self._images([write for write in writes if write.action == "Update"]))
        return found

    def _images(self, writes: Sequence[Write]) -> Images:
        found: dict[tuple[str, str], Item] = {}
        for start in range(0, len(writes), MAX_KEYS):
            found.update(self._some_images(writes[start : start + MAX_KEYS]))
        return found

    def _some_images(self, writes: Sequence[Write]) -> Iterator[tuple[tuple[str, str], Item]]:
        asked: dict[str, Any] = {}
        for write in writes:
            asked.setdefault(write.table, {"Keys": [], "ConsistentRead": True})["Keys"].append(
                write.key
            )
        while asked:
            answer = self._client.batch_get_item(RequestItems=asked)
            for table, items in answer["Responses"].items():
                for item in items:
                    yield Write(table, "", self.table(table).key_of(item)).name, item
            asked = answer["UnprocessedKeys"]

    def _writes(self, operation: str, asked: Mapping[str, Any]) -> Iterator[Write]:
        if operation == "PutItem":
            yield self._write("Put", asked)
        elif operation in ("UpdateItem", "DeleteItem"):
            yield self._write(operation.removesuffix("Item"), asked)
        elif operation == "TransactWriteItems":
            for action in asked["TransactItems"]:
                ((kind, members),) = action.items()
                yield self._write(kind, members)
        elif operation == "BatchWriteItem":
            for table, requests in asked["RequestItems"].items():
                for request in requests:
                    ((kind, members),) = request.items()
                    yield self._write(kind.removesuffix("Request"), {**members, "TableName": table})

    def _write(self, action: str, members: Mapping[str, Any]) -> Write:
        table, item = members["TableName"], members.get("Item")
        key = self.table(table).key_of(item) if item else members["Key"]
        return Write(table, action, key, item)


def _read(operation: str, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    if operation in ("Query", "Scan"):
        hidden = [name for name in _UNSEEN if name in asked]
        if hidden or "Items" not in answer:
            raise NotMetered(f"dynamodb {operation}: {', '.join(hidden)} hides what was read")
        size = sum(map(item_bytes, answer["Items"]))
        return read_units(size, asked.get("ConsistentRead", False))
    if operation == "GetItem":
        return read_units(item_bytes(answer.get("Item")), asked.get("ConsistentRead", False))
    if operation == "TransactGetItems":
        found = (item_bytes(one.get("Item")) for one in answer["Responses"])
        return sum(read_units(size, transactional=True) for size in found)
    return sum(
        _read_batch(given, answer["Responses"].get(table, []), answer["UnprocessedKeys"].get(table))
        for table, given in asked["RequestItems"].items()
    )


def _read_batch(asked: Mapping[str, Any], items: Sequence[Item], unread: Any) -> float:
    """Each item of a batch by itself; a key without an item costs as much as a small one."""
    consistent = asked.get("ConsistentRead", False)
    missing = len(asked["Keys"]) - len(items) - len(unread["Keys"] if unread else ())
    sizes = [*map(item_bytes, items), *[0] * missing]
    return sum(read_units(size, consistent) for size in sizes)
