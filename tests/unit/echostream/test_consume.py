"""The stream path after the door: batches of records, poison, faults and redelivery."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from echostream.domain.consume import Consume, Record
from echostream.domain.erasure import subject_of
from echostream.domain.errors import ConfigError, TryAgain
from echostream.domain.privacy import PLAIN
from echostream.domain.query import Question, newest
from echostream.domain.stream_record import pack
from tests.builders import NOW, RETENTION
from tests.fakes import MemoryErasures, MemoryLake, MemoryQuarantine, MemoryStore
from tests.unit.echostream.test_ingest import VADER, Failing, ingest, lines, total
from tests.unit.echostream.test_stream_record import POISON

GOOD = {"id": "good", "text": "I love it", "source": "forum"}
RAW_OF_ACME = "raw/tenant_id=acme/dt=2026-05-20/hour=12"


class Pipeline:
    """A consumer with its lake, table and quarantine."""

    def __init__(self, lake=None, store=None, quarantine=None, engine=VADER):
        self.lake = lake or MemoryLake()
        self.store = store or MemoryStore()
        self.quarantine = quarantine or MemoryQuarantine()
        self.erasures = MemoryErasures(lambda: NOW)
        pipeline = replace(ingest(self.lake, self.store), engine_for=lambda _: engine)
        self.consume = Consume(pipeline, self.quarantine, self.erasures, lambda _: PLAIN)

    @property
    def received(self):
        """The tenants and times that were marked as received, in their order."""
        return [(c.tenant, c.received) for c in self.store.changes if c.received]

    def __call__(self, *records, now=NOW):
        return self.consume([Record(data, NOW) for data in records], now)

    @property
    def reasons(self):
        """The reasons of the items in quarantine."""
        return Counter(item.reason for item in self.quarantine.items.values())


def record(*rows, tenant="acme", arrived_at=NOW):
    [packed] = pack(tenant, arrived_at, dict(enumerate(rows)))
    return packed.data


def test_documents_of_a_batch_are_archived_scored_and_stored():
    """One object in each zone for a tenant and its hour of arrival, however many records."""
    pipeline = Pipeline()
    earlier = NOW - timedelta(hours=1)
    result = pipeline(
        record(GOOD, {"id": "b", "text": "b"}),
        record({"id": "c", "text": "c"}),
        record({"id": "d", "text": "d"}, tenant="other"),
        record({"id": "e", "text": "e"}, arrived_at=earlier),
    )
    assert sorted(result.ids) == ["b", "c", "d", "e", "good"]
    assert (len(result.stored), result.oldest, result.quarantined) == (5, earlier, 0)
    assert sorted(key.rsplit("/", 1)[0] for key in pipeline.lake.objects if "raw" in key) == [
        "raw/tenant_id=acme/dt=2026-05-20/hour=11",
        "raw/tenant_id=acme/dt=2026-05-20/hour=12",
        "raw/tenant_id=other/dt=2026-05-20/hour=12",
    ]
    folder = "raw/tenant_id=acme/dt=2026-05-20/hour=12"
    assert [row["id"] for row in lines(pipeline.lake, folder)] == ["good", "b", "c"]
    assert pipeline.store.get_many("acme", ["d"]) == {}
    assert total(pipeline.store) == 4


def test_large_batch_is_stored_in_parts():
    """After a failure the parts before it are stored; a second delivery stores the others."""
    rows = [{"id": f"{n}", "text": "a"} for n in range(2500)]
    batch = [record(*rows[start : start + 100]) for start in range(0, 2500, 100)]
    store, lake = MemoryStore(), MemoryLake()
    failed = Pipeline(lake=lake, store=Failing(store, "put", 2))(*batch)
    assert (len(failed.ids), bool(failed.failure)) == (1500, True)
    result = Pipeline(lake=lake, store=store)(*batch)
    assert (len(result.ids), len(result.stored)) == (2500, 1000)
    sizes = [len(lines(lake, key)) for key in lake.objects if key.startswith("raw")]
    assert sorted(sizes) == [500, 1000, 1000]


def test_document_without_time_has_that_of_its_arrival():
    """Whenever it is processed, so that a second delivery is the same document."""
    pipeline = Pipeline()
    pipeline(record(GOOD), now=NOW + timedelta(hours=2))
    assert pipeline.store.get_many("acme", ["good"])["good"].document.created_at == NOW


@pytest.mark.parametrize("name", POISON)
def test_foreign_record_is_quarantined_and_the_others_are_stored(name):
    """With its payload; twice delivered it is one item."""
    pipeline = Pipeline()
    batch = [record(GOOD), POISON[name], record({"id": "b", "text": "b"})]
    assert pipeline(*batch).quarantined == 1
    again = pipeline(*batch)
    assert (sorted(again.ids), again.quarantined) == (["b", "good"], 0)
    [item] = pipeline.quarantine.items.values()
    assert (item.payload, item.is_document, item.tenant) == (POISON[name], False, "")
    assert (item.arrived_at, item.quarantined_at, item.attempts) == (NOW, NOW, 1)
    assert item.key.startswith("quarantine/items/tenant_id=-/")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"text": ""}, "empty"),
        ({"text": "x" * 1_000_000}, "too_long"),
        ({"text": "a", "nonsense": None}, "unknown_field"),
        ({"text": "a", "created_at": "2099-01-01T00:00:00Z"}, "out_of_range"),
    ],
)
def test_bad_document_of_a_record_is_quarantined_alone(row, reason):
    """The other documents of the record are stored."""
    pipeline = Pipeline()
    result = pipeline(record({"id": "a", "text": "a"}, {"id": "b", "text": "b"}))
    assert not result.quarantined
    content = json.loads(record(GOOD))
    content["documents"].append(row)
    result = pipeline(json.dumps(content).encode())
    assert (result.ids, result.quarantined) == (["good"], 1)
    [item] = pipeline.quarantine.items.values()
    assert (item.tenant, item.reason, item.documents) == ("acme", reason, [row])


def test_half_of_a_surrogate_pair_is_quarantined():
    """Such a text cannot be written as UTF-8; the item has it as an escape."""
    pipeline = Pipeline()
    pipeline(record({"text": "HALF"}).replace(b"HALF", rb"\ud83d"))
    [item] = pipeline.quarantine.items.values()
    assert (item.reason, item.documents) == ("invalid_text", [{"text": "\ud83d"}])


@pytest.mark.parametrize("age", [RETENTION, timedelta(days=-1)])
def test_documents_of_a_record_outside_of_the_retention_are_quarantined(age):
    """An arrival too long ago, or in the future."""
    pipeline = Pipeline()
    assert pipeline(record(GOOD, arrived_at=NOW - age)).quarantined == 1
    assert pipeline.reasons == {"out_of_range": 1}
    assert pipeline.lake.objects == {}


def test_document_that_expired_in_the_stream_goes_to_the_lake_only():
    """The table would delete it at once: it has the document's id only, for repeats."""
    pipeline = Pipeline()
    created_at = (NOW - RETENTION + timedelta(minutes=1)).isoformat()
    data = record({**GOOD, "created_at": created_at})
    later = NOW + timedelta(hours=1)
    result = pipeline(data, now=later)
    assert (result.ids, result.quarantined) == (["good"], 0)
    assert list(pipeline.lake.objects)
    assert newest(pipeline.store, "acme", Question(NOW - RETENTION * 2, later), 9).documents == []
    assert [new.row["id"] for new in pipeline.store.new_documents] == ["good"]
    assert pipeline(data, now=later).ids == ["good"]
    assert len(pipeline.store.new_documents) == 1


def test_conflicting_document_is_quarantined():
    """The first text stays; a second delivery adds nothing."""
    pipeline = Pipeline()
    other = {**GOOD, "text": "another text"}
    assert pipeline(record(GOOD), record(other)).ids == ["good"]
    assert pipeline(record(GOOD), record(other)).quarantined == 0
    [item] = pipeline.quarantine.items.values()
    assert (item.reason, item.documents, item.tenant) == ("conflict", [other], "acme")
    stored = pipeline.store.get_many("acme", ["good"])["good"].document
    assert stored.text == "I love it"


class Faulty:
    """An engine with a fault in some texts."""

    def enrich(self, documents, now):
        for document in documents:
            if "fault" in document.text:
                raise IndexError("caf\u00e9 \ud83d")
        return VADER.enrich(documents, now)


def test_fault_in_one_document_costs_only_itself():
    """An unknown error would block the shard; the document is quarantined with its name."""
    pipeline = Pipeline(engine=Faulty())
    rows = [{"id": f"{n}", "text": "fault" if n in (3, 11) else f"text {n}"} for n in range(20)]
    result = pipeline(record(*rows))
    assert (len(result.ids), result.quarantined, result.failure) == (18, 2, None)
    items = list(pipeline.quarantine.items.values())
    assert sorted(item.documents[0]["id"] for item in items) == ["11", "3"]
    assert {item.reason for item in items} == {"processing_failed"}
    assert all("IndexError" in item.message and item.message.isascii() for item in items)


@pytest.mark.parametrize("error", [TryAgain("down"), ConfigError("ENGINE: required, not set")])
def test_failure_of_one_tenant_does_not_stop_the_others(error):
    """All others are stored; the batch fails afterwards, and is delivered again."""

    class Store(MemoryStore):
        def put(self, tenant, documents, now, retention=None):
            if tenant == "acme":
                raise error
            return super().put(tenant, documents, now, retention)

    pipeline = Pipeline(store=Store())
    batch = [record(GOOD), POISON["not JSON"], record(GOOD, {"text": "b"}, tenant="other")]
    result = pipeline(*batch)
    assert result.failure is error
    assert (len(result.ids), result.quarantined) == (2, 1)


@pytest.mark.parametrize(
    ("part", "method", "call"),
    [("lake", "write", 1), ("store", "put", 1), ("quarantine", "add", 1)],
)
def test_second_delivery_completes_the_work(part, method, call):
    """After a failure of any step; each document is stored, or in quarantine, once."""
    parts = {"lake": MemoryLake(), "store": MemoryStore(), "quarantine": MemoryQuarantine()}
    batch = [record(GOOD), record({**GOOD, "text": "another text"})]
    failing = {**parts, part: Failing(parts[part], method, call)}
    assert Pipeline(**failing)(*batch).failure
    pipeline = Pipeline(**parts)
    assert not pipeline(*batch).failure
    assert len(lines(pipeline.lake, "raw")) == 2
    assert (total(pipeline.store), pipeline.reasons) == (1, {"conflict": 1})


def test_batch_with_other_borders_overwrites_no_object():
    """Each object keeps its documents: a smaller batch must not replace a larger one."""
    pipeline = Pipeline()
    records = [record({"id": f"{n}", "text": f"text {n}"}) for n in range(6)]
    pipeline(*records[:4])
    before = dict(pipeline.lake.objects)
    pipeline(*records[:2])
    pipeline(*records[2:])
    assert before.items() <= pipeline.lake.objects.items()
    assert {row["id"] for row in lines(pipeline.lake, "raw")} == {f"{n}" for n in range(6)}
    assert total(pipeline.store) == 6


@pytest.mark.parametrize(("kind", "value"), [("document", "good"), ("author", "ann")])
def test_erased_document_is_dropped(kind, value):
    """If it arrived before the erasure, also if it is invalid; others and later ones are stored."""
    pipeline = Pipeline()
    pipeline.erasures.create("acme", "e1", subject_of(kind, value), NOW)
    good = {**GOOD, "author": "ann"}
    result = pipeline(
        record(good, {**good, "created_at": "1970-01-01T00:00:00Z"}, {"id": "b", "text": "b"}),
        record(good, tenant="other"),
        record({**good, "id": "c"}, arrived_at=NOW + timedelta(minutes=1)),
        now=NOW + timedelta(minutes=2),
    )
    kept = {"b", "good", "c"}  # "good" is that of the other tenant
    assert (set(result.ids), result.erased, result.quarantined) == (kept, 2, 0)
    assert pipeline.store.get_many("acme", ["good"]) == {}
    assert [row["id"] for row in lines(pipeline.lake, RAW_OF_ACME)] == ["b", "c"]


def test_batch_fails_while_erasures_cannot_be_read():
    """A document that may be erased is not stored, and not quarantined."""
    pipeline = Pipeline()
    pipeline.consume = replace(pipeline.consume, erasures=Failing(pipeline.erasures, "since", 1))
    result = pipeline(record(GOOD), record({"text": ""}))
    assert (bool(result.failure), result.ids, result.quarantined) == (True, [], 0)
    assert pipeline.received == []
