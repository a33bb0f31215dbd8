"""Batch calls of DynamoDB of which a part is not processed."""

import pytest
from botocore.exceptions import ClientError

from echostream.adapters import dynamodb_batches
from echostream.adapters.dynamodb_batches import BACKOFF, MAX_ATTEMPTS
from echostream.domain.errors import CallRefused, TryAgain

PUTS = {"a": [{"PutRequest": {"Item": number}} for number in range(6)], "b": [1, 2, 3, 4]}


class Table:
    """Processes `capacity` items of a call, of one table after another."""

    def __init__(self, capacity):
        self.capacity = capacity
        self.calls: list[int] = []

    def write(self, RequestItems):  # noqa: N803
        left, room = {}, self.capacity
        self.calls.append(sum(map(len, RequestItems.values())))
        for table, items in RequestItems.items():
            if items[room:]:
                left[table] = items[room:]
            room = max(0, room - len(items))
        return {"UnprocessedItems": left}


def test_items_left_are_written_again_after_growing_waits(monkeypatch):
    """A call that processes something begins the waits again."""
    monkeypatch.setattr("random.uniform", lambda _, limit: limit)
    table = Table(capacity=3)
    waits: list[float] = []
    dynamodb_batches.write(table.write, PUTS, waits.append)
    assert table.calls == [10, 7, 4, 1]
    assert waits == [BACKOFF] * 3


def test_items_that_are_never_processed_are_an_error(monkeypatch):
    """After waits that double; the message has the number of items."""
    monkeypatch.setattr("random.uniform", lambda _, limit: limit)
    table = Table(capacity=0)
    waits: list[float] = []
    with pytest.raises(TryAgain, match="10 items not processed in 8 attempts"):
        dynamodb_batches.write(table.write, PUTS, waits.append)
    assert len(table.calls) == MAX_ATTEMPTS
    assert waits == [BACKOFF * 2**number for number in range(MAX_ATTEMPTS - 1)]


def test_waits_are_random():
    """Callers that were throttled together do not repeat together."""
    table = Table(capacity=0)
    waits: list[float] = []
    for _ in range(2):
        with pytest.raises(TryAgain):
            dynamodb_batches.write(table.write, PUTS, waits.append)
    assert len(set(waits)) == len(waits)


@pytest.mark.parametrize(
    ("code", "error"), [("ThrottlingException", TryAgain), ("ValidationException", CallRefused)]
)
def test_failed_call_is_an_error_of_the_table(code, error):
    """A repeat of the whole request can succeed, or never."""

    def fail(**_):
        raise ClientError({"Error": {"Code": code}}, "BatchGetItem")

    with pytest.raises(error, match="table: "):
        list(dynamodb_batches.read(fail, {"a": {"Keys": [1]}}))
