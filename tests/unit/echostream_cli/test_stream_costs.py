"""What the stream path adds to a bill: shards, units of 25 KB, streams on demand."""

import pytest

from echostream_cli.costs.plan import plan_month
from echostream_cli.costs.stream import DOCUMENT_BYTES, HOURS, compute_stream

STREAM = {"IngestPath": "stream"}


def test_direct_path_adds_nothing():
    """It has no stream."""
    assert compute_stream(1e6, 1, {}) == {}


@pytest.mark.parametrize("path", ["stream", "drain"])
def test_shards_are_billed_by_the_hour(path):
    """Whatever is written, also while the stream is only read."""
    usage = compute_stream(0, 1, {"IngestPath": path, "StreamShards": "3"})
    assert usage["kinesis_shard_hour"] == pytest.approx(3 * 730)
    assert usage["kinesis_put_unit"] == 0


def test_documents_of_a_request_share_units():
    """A hundred tweets fit into one unit; sent singly, each is one."""
    assert compute_stream(1000, 1, STREAM)["kinesis_put_unit"] == 1000
    assert compute_stream(1000, 100, STREAM)["kinesis_put_unit"] == 10
    assert compute_stream(1000, 500, STREAM)["kinesis_put_unit"] == 2 * 5


def test_capacity_on_demand_is_billed_by_size():
    """In steps of 1 KB a record, and by the hour; no shard."""
    usage = compute_stream(1e6, 1, {**STREAM, "StreamMode": "ON_DEMAND"})
    assert usage["kinesis_stream_hour"] == HOURS
    assert usage["kinesis_gb_in"] == pytest.approx(1e6 * 1024 / 1e9, rel=0.08)
    assert DOCUMENT_BYTES * 1e6 / 1e9 < usage["kinesis_gb_out"] < usage["kinesis_gb_in"]
    assert "kinesis_shard_hour" not in usage


def test_month_of_a_stage_includes_its_stream():
    """The estimate before a deployment: $10.95 for a shard, and more."""
    added = plan_month(1000, parameters=STREAM).total - plan_month(1000).total
    assert 10.95 < added < 12
