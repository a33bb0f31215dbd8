"""Ingestion: accepted and refused documents, repeats, and a crash after each step."""

import gzip
import json
from datetime import timedelta

import pytest

from echostream.adapters.vader import Vader
from echostream.domain.errors import TryAgain
from echostream.domain.ingest import Ingest
from tests.builders import NOW, RETENTION
from tests.fakes import MemoryCounters, MemoryLake, MemoryStore

VADER = Vader()


class Failing:
    """A lake or a store whose n-th call of a method raises an error."""

    def __init__(self, target, method, call=1, error=TryAgain):
        self._error = error
        self._target, self._method, self._remaining = target, method, call

    def __getattr__(self, name):
        attribute = getattr(self._target, name)
        if name != self._method:
            return attribute

        def call(*arguments):
            self._remaining -= 1
            if self._remaining == 0:
                raise self._error("injected")
            return attribute(*arguments)

        return call


def ingest(lake=None, store=None):
    lake, store = lake or MemoryLake(), store or MemoryStore()
    return Ingest(lambda _: VADER, lake, store, RETENTION, lambda: NOW)


def lines(lake, prefix):
    """The rows of the objects below a prefix."""
    return [
        json.loads(line)
        for key, data in lake.objects.items()
        if key.startswith(prefix)
        for line in gzip.decompress(data).splitlines()
    ]


def total(store):
    hours = MemoryCounters(store).hours("acme", NOW - timedelta(days=2), NOW)
    return sum(part.total for part in hours)


GOOD = {"id": "good", "text": "I love it", "source": "forum"}
BAD = {"id": "good", "text": ""}


def test_document_is_archived_scored_and_stored():
    """As sent in the lake, with its score in the store."""
    lake, store = MemoryLake(), MemoryStore()
    receipt = ingest(lake, store)("acme", [GOOD], NOW)
    assert (receipt.ids, receipt.rejected) == (["good"], [])
    assert lines(lake, "raw") == [GOOD]
    [stored] = store.get_many("acme", ["good"]).values()
    assert (stored.document.text, stored.enrichment.compound) == ("I love it", 0.6369)
    assert total(store) == 1
    [raw_key] = [key for key in lake.objects if key.startswith("raw")]
    assert raw_key.startswith("raw/tenant_id=acme/dt=2026-05-20/hour=12/")


def test_old_documents_go_to_the_lake_only():
    """They are accepted and scored; repeats of them, also days later, change nothing."""
    lake, store = MemoryLake(), MemoryStore()
    years = ("2024-02-29T12:00:00Z", "2023-01-01T00:00:00Z", "0001-01-01T00:00:00Z")
    old = [{"id": at[:4], "text": "I love it", "created_at": at} for at in years]
    receipt = ingest(lake, store)("acme", [*old, GOOD], NOW)
    assert (receipt.ids, receipt.lake_only) == (["2024", "2023", "0001", "good"], 3)
    assert lines(lake, "raw") == [*old, GOOD]
    assert total(store) == 1
    assert len(store.new_documents) == 4
    later = NOW + timedelta(days=5)
    again = ingest(lake, store)("acme", old, later)
    assert (again.ids, again.repeated, again.lake_only) == (["2024", "2023", "0001"], 3, 0)
    assert again.stored == []
    assert len(store.new_documents) == 4
    conflict = ingest(lake, store)("acme", [{**old[0], "text": "other"}], later)
    assert ([one.code for one in conflict.rejected], conflict.lake_only) == (["conflict"], 0)


def test_invalid_document_does_not_affect_the_others():
    """The receipt has its index and the reason."""
    lake = MemoryLake()
    receipt = ingest(lake)("acme", [{"id": "a", "text": "a"}, BAD, GOOD, "no object"], NOW)
    assert receipt.ids == ["a", "good"]
    assert [(r.index, r.code) for r in receipt.rejected] == [(1, "empty"), (3, "invalid_type")]
    assert [d["id"] for d in lines(lake, "raw")] == ["a", "good"]


def test_batch_without_valid_documents_writes_nothing():
    """The lake has no object."""
    lake = MemoryLake()
    receipt = ingest(lake)("acme", [BAD], NOW)
    assert (receipt.ids, len(receipt.rejected), lake.objects) == ([], 1, {})


def test_repeated_request_changes_nothing():
    """The same receipt, objects and counts."""
    lake, store = MemoryLake(), MemoryStore()
    first = ingest(lake, store)("acme", [GOOD], NOW)
    before = dict(lake.objects)
    second = ingest(lake, store)("acme", [GOOD], NOW + timedelta(minutes=5))
    assert second == first
    assert lake.objects == before
    assert total(store) == 1


def test_documents_that_are_stored_already_are_counted_as_repeats():
    """Those of an earlier request, and one that is twice in this request; not the conflicts."""
    store = MemoryStore()
    assert ingest(store=store)("acme", [GOOD], NOW).repeated == 0
    new, other = {"id": "new", "text": "a"}, {**GOOD, "text": "other"}
    receipt = ingest(store=store)("acme", [GOOD, new, new, other, BAD], NOW)
    assert (receipt.ids, receipt.repeated) == (["good", "new", "new"], 2)


def test_conflicting_document_is_rejected():
    """The store keeps the first text of an id."""
    lake, store = MemoryLake(), MemoryStore()
    ingest(lake, store)("acme", [GOOD], NOW)
    receipt = ingest(lake, store)("acme", [{**GOOD, "text": "other"}], NOW)
    assert receipt.ids == []
    assert [(r.index, r.code) for r in receipt.rejected] == [(0, "conflict")]
    [stored] = store.get_many("acme", ["good"]).values()
    assert stored.document.text == "I love it"


@pytest.mark.parametrize(("part", "method"), [("lake", "write"), ("store", "put")])
def test_repeat_after_a_crash_completes_the_work(part, method):
    """After a failure of any step, the repeated request stores every document once."""
    lake, store = MemoryLake(), MemoryStore()
    parts = {"lake": lake, "store": store}
    parts[part] = Failing(parts[part], method)
    with pytest.raises(TryAgain):
        ingest(**parts)("acme", [GOOD], NOW)
    receipt = ingest(lake, store)("acme", [GOOD], NOW)
    assert receipt.ids == ["good"]
    assert len(lines(lake, "raw")) == 1
    assert total(store) == 1
