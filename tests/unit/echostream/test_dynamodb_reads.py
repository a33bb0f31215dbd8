"""Reads of several items, of which DynamoDB throttles a part."""

import pytest

from echostream.adapters.dynamodb_batches import MAX_ATTEMPTS
from echostream.adapters.dynamodb_reads import MAX_KEYS, get_many
from echostream.domain.errors import TryAgain

KEYS = [{"pk": str(number)} for number in range(MAX_KEYS + 50)]


class Table:
    """Returns up to `capacity` items of a batch, and reports the rest as unprocessed."""

    def __init__(self, capacity):
        self.capacity = capacity
        self.batches: list[int] = []

    def batch_get_item(self, RequestItems):  # noqa: N803
        [(name, batch)] = RequestItems.items()
        keys = batch["Keys"]
        self.batches.append(len(keys))
        rest = {name: {"Keys": keys[self.capacity :]}} if keys[self.capacity :] else {}
        return {"Responses": {name: keys[: self.capacity]}, "UnprocessedKeys": rest}


def read(table, waits):
    return list(get_many(table, "table", KEYS, sleep=waits.append))


def test_unprocessed_keys_are_read_again_after_a_wait():
    """For as long as each attempt brings items, also more often than the limit of attempts."""
    table = Table(capacity=10)
    waits: list[float] = []
    found = read(table, waits)
    assert sorted(found, key=lambda item: int(item["pk"])) == KEYS
    assert max(table.batches) == MAX_KEYS
    assert len(waits) == len(table.batches) - 2 > MAX_ATTEMPTS


def test_keys_that_are_never_processed_are_an_error():
    table = Table(capacity=0)
    waits: list[float] = []
    with pytest.raises(TryAgain, match="100 items not processed"):
        read(table, waits)
    assert len(table.batches) == MAX_ATTEMPTS
    assert len(waits) == MAX_ATTEMPTS - 1
