"""The times of receipt that the stream path marks, up to which the counters can count."""

from datetime import timedelta

import pytest

from tests.builders import NOW
from tests.fakes import MemoryQuarantine, MemoryStore
from tests.unit.echostream.test_consume import GOOD, Pipeline, record
from tests.unit.echostream.test_ingest import Failing
from tests.unit.echostream.test_stream_record import POISON


def test_latest_arrival_of_each_tenant_is_marked():
    """After its documents are stored or quarantined, so that counters can say how far they are."""
    pipeline = Pipeline()
    earlier = NOW - timedelta(hours=1)
    pipeline(
        record(GOOD),
        record({**GOOD, "id": "b"}, arrived_at=earlier),
        record({"text": ""}, tenant="other", arrived_at=earlier),
        POISON["not JSON"],
    )
    assert sorted(pipeline.received) == [("acme", NOW), ("other", earlier)]
    assert pipeline.store.changes[-1].received


def test_arrival_in_the_future_is_not_marked():
    """The record is not ours; the counters would report a time that is not over."""
    pipeline = Pipeline()
    pipeline(record(GOOD), record(GOOD, arrived_at=NOW + timedelta(days=1)))
    assert pipeline.received == [("acme", NOW)]


@pytest.mark.parametrize(
    ("part", "method"), [("store", "put"), ("quarantine", "add"), ("store", "mark_received")]
)
def test_tenant_is_marked_only_after_all_its_documents(part, method):
    """Not after a failure of one of them: the next delivery marks it."""
    parts = {"store": MemoryStore(), "quarantine": MemoryQuarantine()}
    earlier = NOW - timedelta(hours=1)
    batch = [record(GOOD, {"text": ""}, arrived_at=earlier), record({"id": "b", "text": "b"})]
    failing = Pipeline(**{**parts, part: Failing(parts[part], method)})
    assert failing(*batch).failure
    assert failing.received == []
    pipeline = Pipeline(**parts)
    assert not pipeline(*batch).failure
    assert pipeline.received == [("acme", NOW)]
