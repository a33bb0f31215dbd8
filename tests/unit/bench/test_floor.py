"""The floor writes what our store would write, under keys that are new in each call."""

import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from bench.floor.payload import MARK, TENANT, json_attribute, make_item, make_payload, split_keys
from bench.query import LIMIT, newest_of
from echostream.adapters.table_items import document_item
from echostream.domain.document_store import TimePartition, time_partition_of
from echostream.domain.json_lines import unpack
from echostream.domain.model import hour_of
from tests.builders import NOW, RETENTION, SHARDS, TABLE, scored

CALLS = ("aaaaaaaa", "bbbbbbbb")


def different(first, second):
    """The attributes that differ."""
    return {name for name in first if first[name] != second[name]}


def renamed(parts, name):
    """The item of a call, as the floor's function builds it."""
    keys = {key: {"S": text.replace(MARK, name)} for key, text in parts["keys"].items()}
    return {**parts["rest"], **keys}


def test_item_of_the_floor_is_an_item_of_the_store():
    """All attributes, with the keys of the table and of the index."""
    document = scored(f"{MARK}-7")
    partition = time_partition_of(document, SHARDS)
    parts = split_keys(make_item(document, TABLE))
    assert renamed(parts, MARK) == document_item(TENANT, document, partition, RETENTION)


def test_every_call_has_keys_of_its_own():
    """Two calls differ where items of two ids differ, except for the document itself."""
    parts = split_keys(make_item(scored(f"{MARK}-7"), TABLE))
    partition = TimePartition(hour_of(NOW), 0)
    items = [document_item(TENANT, scored(f"{name}-7"), partition, RETENTION) for name in CALLS]
    keys = different(*items) - {json_attribute(items[0])}
    calls = [renamed(parts, name) for name in CALLS]
    assert different(*calls) == keys
    for call, item in zip(calls, items, strict=True):
        assert {name: call[name] for name in keys} == {name: item[name] for name in keys}


def test_payload_has_the_items_and_two_objects_of_each_size():
    """The objects have as many documents as the request."""
    payload = make_payload((1, 3), TABLE, NOW)
    assert len(payload["items"]) == 3
    sizes = {
        size: [len(unpack(body)) for body in map(base64.b64decode, bodies)]
        for size, bodies in payload["objects"].items()
    }
    assert sizes == {1: [1, 1], 3: [3, 3]}


def test_newest_partition_with_a_page_is_chosen():
    """A partition with fewer documents than a page is no floor of a page."""
    assert newest_of({"a": LIMIT, "c": LIMIT - 1, "b": LIMIT + 9}) == "b"


def test_partitions_without_a_page_are_an_error():
    """Fewer documents would make the floor faster than a page can be."""
    with pytest.raises(RuntimeError, match="no partition"):
        newest_of({"a": LIMIT - 1})


def test_floor_keeps_the_retention_of_the_table():
    """Expiry is part of an item."""
    long = replace(TABLE, retention=RETENTION + timedelta(days=1))
    assert make_item(scored("a"), TABLE) != make_item(scored("a"), long)
