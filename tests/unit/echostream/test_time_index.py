"""The writer of the directory: repeats of throttled writes, its memory; the wanted index keys."""

from datetime import timedelta

import pytest

from echostream.adapters import time_index
from echostream.adapters.dynamodb_batches import MAX_ATTEMPTS
from echostream.adapters.table_items import (
    InvalidItem,
    directory_items,
    document_item,
    wanted_time_key,
)
from echostream.adapters.table_keys import TIME_PARTITION, TIME_SORT
from echostream.adapters.time_index import TimeIndex
from echostream.domain.document_store import time_partition_of
from echostream.domain.errors import TryAgain
from tests.builders import NOW, RETENTION, SHARDS, scored


class Table:
    """Accepts up to `capacity` items of a batch, and reports the rest as unprocessed."""

    def __init__(self, capacity):
        self.capacity = capacity
        self.items: list[dict[str, str]] = []
        self.batches: list[int] = []

    def batch_write_item(self, RequestItems):  # noqa: N803
        [(name, requests)] = RequestItems.items()
        self.batches.append(len(requests))
        self.items += [request["PutRequest"]["Item"] for request in requests[: self.capacity]]
        rest = requests[self.capacity :]
        return {"UnprocessedItems": {name: rest} if rest else {}}


def make_index(table):
    """An index, and the list of its waits, whose sum is its time."""
    waits: list[float] = []
    return TimeIndex(table, "table", RETENTION, waits.append, lambda: sum(waits)), waits


def partitions(hours):
    documents = [scored("a", at=NOW - timedelta(hours=hour)) for hour in range(hours)]
    return [time_partition_of(document, SHARDS) for document in documents]


def keys(table):
    return [(item["pk"]["S"], item["sk"]["S"]) for item in table.items]


def test_unprocessed_entries_are_written_again():
    """After a wait, until all are written."""
    table = Table(capacity=10)
    index, waits = make_index(table)
    index.add("acme", partitions(22))
    assert table.batches == [24, 14, 4]
    assert len(waits) == 2
    assert len(set(keys(table))) == len(table.items) == 24


def test_entries_that_are_not_written_are_an_error():
    """The request is repeated then, and writes them again."""
    table = Table(capacity=0)
    index, waits = make_index(table)
    with pytest.raises(TryAgain, match="2 items not processed in 8 attempts"):
        index.add("acme", partitions(1))
    assert len(waits) == MAX_ATTEMPTS - 1
    table.capacity = 25
    index.add("acme", partitions(1))
    assert keys(table) == [
        ("days#acme#2026-05", "2026-05-20"),
        ("hours#acme#2026-05-20", f"2026-05-20T12#{partitions(1)[0].shard}"),
    ]


def test_memory_of_entries_is_bounded(monkeypatch):
    """A process that has listed more partitions than it remembers writes some again."""
    monkeypatch.setattr(time_index, "MAX_LISTED", 30)
    table = Table(capacity=25)
    index, _ = make_index(table)
    for tenant in ("acme", "globex"):
        index.add(tenant, partitions(20))
        number = len(table.items)
        index.add(tenant, partitions(20))
        assert len(table.items) == number
    index.add("acme", partitions(1))
    assert len(table.items) == number + 2


def test_deleted_entries_come_back():
    """A process writes an entry again after some minutes; it does not know that it was deleted."""
    table = Table(capacity=25)
    index, waits = make_index(table)
    for seconds, batches in ((0, 1), (200, 1), (200, 2), (200, 2), (200, 3)):
        waits.append(seconds)
        index.add("acme", partitions(1))
        assert len(table.batches) == batches


def test_entries_expire_after_the_last_document():
    """The last moment of an hour, and of a day, plus the retention."""
    document = scored("a", at=NOW.replace(hour=23, minute=59, second=59, microsecond=999999))
    partition = time_partition_of(document, SHARDS)
    item = document_item("acme", document, partition, RETENTION)
    for entry in directory_items("acme", partition, RETENTION):
        assert 0 <= int(entry["expires_at"]["N"]) - int(item["expires_at"]["N"]) <= 1


def test_wanted_index_key_of_an_item_by_day():
    """An item of an older version gets the key that a new document has."""
    document = scored("a#b")
    item = document_item("acme", document, time_partition_of(document, SHARDS), RETENTION)
    wanted = {name: item[name] for name in (TIME_PARTITION, TIME_SORT)}
    old = {**item, TIME_PARTITION: {"S": "time#acme#2026-05-20#1"}}
    assert wanted_time_key(old, SHARDS) == wanted
    assert wanted[TIME_PARTITION]["S"].startswith("time#acme#2026-05-20T12#")
    with pytest.raises(InvalidItem):
        wanted_time_key({**old, "document": {"S": "{}"}}, SHARDS)
