"""No accepted document is lost, and repeats change nothing, whatever fails: by counting."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echostream.domain.codec import time_from_wire, time_to_wire
from echostream.domain.model import hour_of
from tests.aws import mock_table
from tests.builders import NOW, RETENTION
from tests.faults import Fault
from tests.unit.echostream.faulty_pipeline import REFUSED, SHARDS, Clients, Pipeline
from tests.unit.echostream.test_stream_record import POISON

TENANTS = ("acme", "other")
PATHS = ("direct", "stream")
LONG = "long " * 4_000
"""Two of these do not fit into one record of the stream."""
REASONS = {"conflict", "refused", "out_of_range", "invalid_record", "unknown_version"}
"""Of accepted documents that cannot be stored, and of records that are not ours."""

LATER = NOW + timedelta(hours=1)
"""Arrivals of a clock that is fast by this are not counted as received."""


@pytest.fixture(scope="module")
def clients() -> Iterator[Clients]:
    with mock_table():
        yield Clients()


def check(pipeline: Pipeline) -> None:
    """Promise 1, and counters equal to a recount of the table."""
    stored, raw = pipeline.stored(), list(pipeline.raw())
    items = list(pipeline.quarantined().values())
    payloads = [(i["tenant"], json.loads(i["payload"])) for i in items if i["kind"] == "document"]
    for tenant, name, row in pipeline.accepted:
        is_stored = stored.get((tenant, name), {}).get("text") == row["text"]
        is_archived = {"tenant": f"tenant_id={tenant}", "row": row} in raw
        assert (is_stored and is_archived) or (tenant, row) in payloads, row
    assert sum(item["kind"] == "record" for item in items) == len(pipeline.poison)
    assert {item["reason"] for item in items} <= REASONS
    for tenant in TENANTS:
        listed = {name for (owner, name), row in stored.items() if owner == tenant and is_new(row)}
        assert pipeline.listed(tenant) == listed
        assert counted(pipeline, tenant) == recounted(stored, tenant)
        if (at := pipeline.received.get(tenant, LATER)) < LATER:
            counted_to = pipeline.counters.counted_to(tenant)
            assert counted_to
            assert counted_to >= at


def recounted(stored, tenant):
    """The documents and the sums of their scores by hour, source and sentiment.

    Without those of the lake only.
    """
    counts: Counter[tuple[str, ...]] = Counter()
    for (owner, _), row in stored.items():
        if owner == tenant and is_new(row):
            hour = time_to_wire(hour_of(time_from_wire("created_at", row["created_at"])))
            counts[hour, row["source"], row["sentiment"].lower()] += 1
            counts[hour, row["source"], "sum"] += round(10_000 * row["compound"])
    return +counts


def is_new(row):
    """Whether a document is of the table, and not of the lake only."""
    return time_from_wire("created_at", row["created_at"]) > NOW - RETENTION


def counted(pipeline, tenant):
    """The same from the counters; hours and days agree."""
    start, end = NOW - timedelta(days=3), NOW + timedelta(days=3)
    counts: Counter[tuple[str, ...]] = Counter()
    for part in pipeline.counters.hours(tenant, start, end):
        hour = time_to_wire(part.hour)
        for sentiment in ("positive", "negative", "neutral", "mixed"):
            counts[hour, part.source, sentiment] += getattr(part, sentiment)
        counts[hour, part.source, "sum"] += round(10_000 * part.compound_sum)
    days = sum(p.total for p in pipeline.counters.days(tenant, start.date(), end.date()))
    assert days == sum(n for (*_, kind), n in counts.items() if kind != "sum")
    return +counts


def snapshot(pipeline):
    counts = [counted(pipeline, tenant) for tenant in TENANTS]
    return pipeline.stored(), pipeline.quarantined(), counts


OLD = 70_000
"""The age in hours of documents that are for the lake only."""
DOCUMENTS = st.builds(
    lambda number, text, hours, source: {
        "text": text,
        "source": source,
        **({"id": f"d{number}"} if number else {}),
        **({"created_at": time_to_wire(NOW - timedelta(hours=hours))} if hours else {}),
    },
    st.integers(0, 30),
    st.sampled_from(["I love it", "I hate it", "caf\u00e9 \U0001f60d", REFUSED, "a\u0000b", LONG]),
    st.sampled_from([0, 1, 2, 3, OLD]),
    st.sampled_from(["x", "y#z"]),
)
BAD = st.sampled_from([{"text": ""}, {"id": "d1"}, "no object", {"text": "a", "nonsense": 1}])
ROWS = st.lists(st.one_of(*[DOCUMENTS] * 9, BAD), min_size=1, max_size=40)
PLAN = st.lists(st.sampled_from([None] * 12 + list(Fault)), max_size=30)
JUMPS = st.sampled_from([0] * 6 + [-90, 2, 90])
"""Minutes by which the clock of the API is wrong."""
REQUESTS = st.lists(
    st.tuples(st.sampled_from(TENANTS), ROWS, PLAN, JUMPS, st.sampled_from([99, 99, 1])),
    min_size=1,
    max_size=5,
)
"""Each with the faults of its calls, and the attempts after which its sender gives up."""
DELIVERIES = st.lists(
    st.tuples(st.integers(0, SHARDS - 1), st.integers(0, 3), st.integers(1, 20), PLAN), max_size=6
)


def send_all(pipeline, path, requests):
    for tenant, rows, plan, minutes, attempts in requests:
        with pipeline.faults.planned(plan):
            pipeline.send(path, tenant, rows, NOW + timedelta(minutes=minutes), attempts)


EXAMPLES = settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(REQUESTS, DELIVERIES)
@EXAMPLES
def test_direct_path_loses_nothing_and_counts_once(clients, requests, deliveries):
    """Random requests, faults, crashes and clocks; then everything is sent and delivered again."""
    pipeline = Pipeline(clients)
    send_all(pipeline, "direct", requests)
    pipeline.deliver("table", deliveries)
    check(pipeline)
    before = snapshot(pipeline)
    for tenant in TENANTS:
        pipeline.send(
            "direct", tenant, [row for owner, _, row in pipeline.accepted if owner == tenant]
        )
    pipeline.deliver("table", [])
    pipeline.deliver_again("table")
    assert snapshot(pipeline) == before


POISONS = st.lists(st.sampled_from(sorted(POISON)), max_size=3)


@given(REQUESTS, POISONS, st.sampled_from([2, 6]), st.tuples(DELIVERIES, DELIVERIES))
@EXAMPLES
def test_stream_path_loses_nothing_and_counts_once(clients, requests, poison, seconds, deliveries):
    """The same with a queue, and with records in it that are not ours."""
    pipeline = Pipeline(clients, seconds)
    of_stream, of_table = deliveries
    for name in poison:
        pipeline.put_poison(POISON[name])
    send_all(pipeline, "stream", requests)
    pipeline.deliver("stream", of_stream)
    pipeline.deliver("table", of_table)
    check(pipeline)
    before = snapshot(pipeline)
    pipeline.deliver_again("stream")
    pipeline.deliver("table", [])
    pipeline.deliver_again("table")
    assert snapshot(pipeline) == before


CALLS = 9
"""More than the calls of any function in the test below."""


@pytest.mark.parametrize(
    "fault", [Fault.CRASH, Fault.CRASH_AFTER, Fault.TIMEOUT_AFTER, Fault.PARTIAL]
)
@pytest.mark.parametrize("path", PATHS)
def test_fault_of_any_call_loses_nothing(clients, path, fault):
    """Of a request with a new document, a repeat, a conflict and one that the table refuses."""
    pipeline = Pipeline(clients)
    pipeline.send(path, "acme", [{"id": "old", "text": "old"}])
    for number in range(CALLS):
        plans = [iter([None] * number + [fault]) for _ in range(1 + 2 * SHARDS)]
        with pipeline.faults.planned(plans[0]):
            pipeline.send(path, "acme", rows(f"{number}"))
        pipeline.deliver("stream", [(n, 0, 99, plans[1 + n]) for n in range(SHARDS)])
        pipeline.deliver("table", [(n, 0, 99, plans[1 + SHARDS + n]) for n in range(SHARDS)])
    assert all(fault in plan for plan in plans)  # the last fault came after all calls
    check(pipeline)
    before = snapshot(pipeline)
    pipeline.deliver_again("stream")
    pipeline.deliver_again("table")
    assert snapshot(pipeline) == before


def rows(name):
    return [
        {"id": name, "text": f"new {name}"},
        {"id": "old", "text": "old"},
        {"id": "old", "text": f"another {name}"},
        {"id": f"{name}-refused", "text": f"{REFUSED} {name}"},
        *({"id": f"{name}-long-{n}", "text": LONG} for n in range(3)),
    ]
