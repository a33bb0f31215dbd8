"""Counting with faults: whatever is delivered again, and wherever a function stops."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count as numbers
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echostream.adapters.dynamodb_counters import DynamoDBCounters
from echostream.domain.counters import Change
from echostream.domain.errors import TryAgain
from echostream.domain.model import Count, count
from tests.aws import mock_table, new_client
from tests.builders import NOW, RETENTION, scored
from tests.counters_contract import change, non_zero
from tests.faults import Crash, Fault, Faults
from tests.unit.echostream_cli.filled_table import create_table

TENANTS = numbers()
"""Each example has a tenant and a shard of its own, in one table."""


@pytest.fixture(scope="module")
def table() -> Iterator[tuple[Any, Faults]]:
    with mock_table():
        client = new_client("dynamodb")
        create_table(client, "counted")
        yield client, Faults(client)


DOCUMENTS = st.builds(
    lambda hour, source, compound: scored(
        "a", at=NOW - timedelta(hours=hour), source=source, compound=compound / 10_000
    ),
    st.integers(0, 30),
    st.sampled_from(["x", "y#z", "\u2603"]),
    st.integers(-10_000, 10_000),
)
STEPS = st.lists(st.tuples(DOCUMENTS, st.none() | DOCUMENTS), min_size=1, max_size=12)
"""Documents, each with what it becomes next; None if it is erased, the same if nothing changes."""
DELIVERIES = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(1, 12),
        st.lists(st.sampled_from([None] * 9 + list(Fault)), max_size=6),
    ),
    max_size=8,
)
"""How far before the position a batch starts, its length, and the faults of its calls."""


def make_changes(tenant: str, steps: Any) -> tuple[list[Change], list[Count]]:
    """The stream of inserted and then changed documents, and the counts at its end."""
    changes: list[Change] = []
    left: list[Count] = []
    for before, after in steps:
        old, new = count([before]), count([after]) if after else []
        changes.append(change(len(changes), tenant, NOW, *old))
        difference = [] if old == new else [*(-part for part in old), *new]
        changes.append(change(len(changes), tenant, NOW, *difference))
        left += new
    changes.append(change(len(changes), tenant, NOW, received=NOW))
    return changes, left


@given(STEPS, DELIVERIES)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_change_is_counted_once(table, steps, deliveries):
    """Lambda delivers from the position or from before it, until a delivery succeeds."""
    tenant = f"t{next(TENANTS)}"
    changes, expected = make_changes(tenant, steps)
    client, faults = table
    position = 0
    for back, length, plan in deliveries:
        start = max(0, position - back)
        batch = changes[start : start + length]
        counters = new_counters(client)
        with faults.planned(plan), suppress(TryAgain, Crash):
            counters.add(tenant, batch, is_behind=start + length < len(changes))
            position = max(position, start + len(batch))
    counters = new_counters(client)
    counters.add(tenant, changes[max(0, position - 2) :], is_behind=False)
    hours = counters.hours(tenant, NOW - timedelta(days=3), NOW + timedelta(hours=1))
    assert non_zero(hours) == non_zero(expected)
    days = counters.days(tenant, NOW.date() - timedelta(days=3), NOW.date() + timedelta(days=1))
    assert non_zero(days) == non_zero(replace(c, hour=c.hour.replace(hour=0)) for c in expected)
    assert counters.counted_to(tenant) == NOW


def new_counters(client: Any) -> DynamoDBCounters:
    """As a new process has them."""
    return DynamoDBCounters(client, "counted", RETENTION, 1, sleep=lambda _: None)
