"""A DynamoDB client with one table, on a virtual clock, for the product's own adapters.

What is simulated, by DynamoDB's developer guide: a transaction holds its items until it ends, and
what meets it on an item is cancelled or refused; each partition key takes 1,000 write units a
second, in the table and in the index. Assumed: the times that calls take, and that DynamoDB has
already separated busy partition keys from each other, so that the table as a whole has no limit.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import botocore.session

from echostream.adapters.table_keys import PARTITION, SORT, TIME_PARTITION, TIME_SORT, key_of
from echostream.entrypoints.wiring import CONFIG
from echostream_cli.costs import template
from echostream_cli.costs.dynamodb_units import Table, write_units
from echostream_cli.costs.partiql import parse_insert
from echostream_cli.scale.expressions import Expressions, Item, plain
from echostream_cli.scale.partition_capacity import PartitionCapacity
from echostream_cli.scale.virtual_clock import VirtualClock

TRANSACTION = 0.010, 0.020
"""Seconds for which a transaction holds its items: the range that is drawn from."""
CALL = 0.004, 0.008
"""Seconds of any other call, and of a refused one."""
THROTTLED = "ProvisionedThroughputExceeded"
MAX_BACKOFF = 20.0
"""Seconds between the attempts of botocore's standard mode."""

Name = tuple[str, str]
"""The values of an item's key."""
_Write = tuple[Item | None, Item]
"""An item before and after a write."""


class SimulatedDynamoDB:
    """The calls that the store and the counters make. `seen` counts calls and their failures."""

    def __init__(self, clock: VirtualClock, seed: int) -> None:
        self.exceptions = _exceptions()
        self.items: dict[Name, Item] = {}
        self.seen: Counter[str] = Counter()
        self._table = Table.from_description(template.get_properties("Table"))
        self._plain_table = Table(self._table.keys, {})
        self._clock = clock
        self.draw = random.Random(seed)  # noqa: S311 - not for secrets
        self._held: set[Name] = set()
        self._capacities: dict[str, PartitionCapacity] = {}

    def count_cancelled(self) -> int:
        """The number of transactions that were cancelled because they met others."""
        return self.seen["cancelled: TransactionConflict"]

    def get_item(self, **call: Any) -> dict[str, Any]:
        self._wait(CALL)
        item = self.items.get(_name(call["Key"]))
        return {"Item": item} if item else {}

    def batch_get_item(self, RequestItems: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N803
        self._wait(CALL)
        found = {
            table: [self.items[_name(key)] for key in request["Keys"] if _name(key) in self.items]
            for table, request in RequestItems.items()
        }
        return {"Responses": found, "UnprocessedKeys": {}}

    def query(self, **call: Any) -> dict[str, Any]:
        self._wait(CALL)
        expressions, condition = Expressions(call), call["KeyConditionExpression"]
        sort = TIME_SORT if "IndexName" in call else SORT
        found = [item for item in self.items.values() if expressions.holds(condition, item)]
        is_forward = call.get("ScanIndexForward", True)
        found.sort(key=lambda item: plain(item[sort]), reverse=not is_forward)
        return {"Items": found}

    def put_item(self, **call: Any) -> dict[str, Any]:
        return self._retry_throttles("PutItem", lambda: self._write_one("PutItem", call))

    def update_item(self, **call: Any) -> dict[str, Any]:
        return self._retry_throttles("UpdateItem", lambda: self._write_one("UpdateItem", call))

    def batch_write_item(self, RequestItems: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N803
        left: dict[str, list[Any]] = {}
        for table, requests in RequestItems.items():
            for request in requests:
                if self._try(request["PutRequest"]):
                    left.setdefault(table, []).append(request)
        self._wait(CALL)
        return {"UnprocessedItems": left}

    def batch_execute_statement(self, Statements: Sequence[Any]) -> dict[str, Any]:  # noqa: N803
        codes = [self._insert(statement) for statement in Statements]
        self._wait(CALL)
        return {"Responses": [{"Error": {"Code": code}} if code else {} for code in codes]}

    def transact_write_items(self, TransactItems: Sequence[Any]) -> dict[str, Any]:  # noqa: N803
        self.seen["transactions"] += 1
        calls = [call for action in TransactItems for call in action.values()]
        names = {_name(_key(call)) for call in calls}
        reasons = [self._refuse(call, is_transaction=True) for call in calls]
        if any(reasons):
            self._cancel(reasons)
        self._held |= names
        self._wait(TRANSACTION)
        self._held -= names
        for call in calls:
            self.items[_name(_key(call))] = self._apply(call)[1]
        return {}

    def _cancel(self, reasons: Sequence[str]) -> None:
        """Raises the exception of a cancelled transaction."""
        self.seen.update(f"cancelled: {reason}" for reason in set(filter(None, reasons)))
        self._wait(CALL)
        listed = [{"Code": reason or "None"} for reason in reasons]
        error: Any = {"Error": {"Code": "TransactionCanceledException"}}
        raise self.exceptions.TransactionCanceledException(
            {**error, "CancellationReasons": listed}, "TransactWriteItems"
        )

    def _write_one(self, operation: str, call: Mapping[str, Any]) -> dict[str, Any]:
        reason = self._try(call)
        self._wait(CALL)
        if reason:
            name = _EXCEPTIONS[reason]
            error: Any = {"Error": {"Code": name, "Message": reason}}
            raise getattr(self.exceptions, name)(error, operation)
        return {}

    def _insert(self, statement: Mapping[str, Any]) -> str:
        insert = parse_insert(statement)
        if insert is None:
            raise NotImplementedError(statement["Statement"])
        call = {"Item": insert[1], "ConditionExpression": f"attribute_not_exists({PARTITION})"}
        reason = self._try(call)
        return "DuplicateItem" if reason == CONDITION else reason

    def _try(self, call: Mapping[str, Any]) -> str:
        """Write one item at once, or return why it is refused."""
        reason = self._refuse(call)
        if reason:
            self.seen[reason] += 1
        else:
            self.items[_name(_key(call))] = self._apply(call)[1]
        return reason

    def _refuse(self, call: Mapping[str, Any], is_transaction: bool = False) -> str:
        """Why a write is refused; empty if it is not. Its units are taken."""
        name = _name(_key(call))
        if name in self._held:
            return "TransactionConflict"
        condition = call.get("ConditionExpression")
        if condition and not Expressions(call).holds(condition, self.items.get(name)):
            return CONDITION
        needs = list(self._list_units(self._apply(call), is_transaction))
        if not all(capacity.has(units, self._clock.now) for capacity, units in needs):
            return THROTTLED
        for capacity, units in needs:
            capacity.take(units)
        return ""

    def _list_units(
        self, write: _Write, is_transaction: bool
    ) -> Iterator[tuple[PartitionCapacity, float]]:
        """The partitions of a write, in the table and in the index, with its units in each."""
        own = write_units(self._plain_table, *write, is_transaction)
        yield self._capacity(plain(write[1][PARTITION])), own
        if TIME_PARTITION in write[1]:
            units = write_units(self._table, *write, is_transaction) - own
            yield self._capacity(plain(write[1][TIME_PARTITION])), units

    def _capacity(self, partition: str) -> PartitionCapacity:
        return self._capacities.setdefault(partition, PartitionCapacity(at=self._clock.now))

    def _apply(self, call: Mapping[str, Any]) -> _Write:
        """An item before and after a write."""
        before = self.items.get(_name(_key(call)))
        if "Item" in call:
            return before, call["Item"]
        return before, Expressions(call).update(call["UpdateExpression"], before or call["Key"])

    def _retry_throttles(
        self, operation: str, call: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        """Repeat a throttled call as botocore does with the product's configuration."""
        config: Any = CONFIG
        for attempt in range(config.retries["max_attempts"]):
            try:
                return call()
            except self.exceptions.ProvisionedThroughputExceededException:
                self.seen[f"{operation} throttled"] += 1
                self._clock.sleep(min(MAX_BACKOFF, self.draw.random() * 2**attempt))
        return call()

    def _wait(self, seconds: tuple[float, float]) -> None:
        self._clock.sleep(self.draw.uniform(*seconds))


CONDITION = "ConditionalCheckFailed"
_EXCEPTIONS = {
    CONDITION: "ConditionalCheckFailedException",
    THROTTLED: "ProvisionedThroughputExceededException",
    "TransactionConflict": "TransactionConflictException",
}
"""The exception of a refused PutItem or UpdateItem, by the reason in a transaction."""


@cache
def _exceptions() -> Any:
    """The exceptions of botocore's client."""
    session = botocore.session.get_session()
    options: Any = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
    return session.create_client("dynamodb", region_name="us-east-1", **options).exceptions


def _key(call: Mapping[str, Any]) -> Item:
    return key_of(call["Item"]) if "Item" in call else call["Key"]


def _name(key: Item) -> Name:
    return plain(key[PARTITION]), plain(key[SORT])
