"""Counting with faults: whatever is delivered again, and wherever a function stops."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count as numbers
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echostream.adapters.dynamodb_counters import DynamoDBCounters
from echostream.domain.counters import Change
from echostream.domain.errors import TryAgain
from echostream.domain.model import Count, count
from tests.aws import client, mock_table
from tests.builders import NOW, RETENTION, scored
from tests.counters_contract import change, non_zero
from tests.unit.echostream_cli.filled_table import create_table

TENANTS = numbers()
"""Each example has a tenant and a shard of its own, in one table."""


@dataclass
class Crash:
    """A client that stops at one of its calls, before or after the call reached the table."""

    client: Any
    remaining: int
    is_before: bool

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.client, name)
        return method if name == "exceptions" else lambda **a: self._call(method, a)

    def _call(self, method: Any, arguments: Any) -> Any:
        self.remaining -= 1
        if self.remaining < 0 and self.is_before:
            raise EndpointConnectionError(endpoint_url="http://before")
        response = method(**arguments)
        if self.remaining < 0:
            raise EndpointConnectionError(endpoint_url="http://after")
        return response


@pytest.fixture(scope="module")
def table() -> Iterator[str]:
    with mock_table():
        create_table(client("dynamodb"), "counted")
        yield "counted"


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
    st.tuples(st.integers(0, 3), st.integers(1, 12), st.none() | st.integers(0, 4), st.booleans()),
    max_size=8,
)
"""How far before the position a batch starts, its length, the call that is the last, and how."""


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
    position = 0
    for back, length, call, is_before in deliveries:
        start = max(0, position - back)
        batch = changes[start : start + length]
        dynamodb = client("dynamodb")
        if call is not None:
            dynamodb = Crash(dynamodb, call, is_before)
        counters = DynamoDBCounters(dynamodb, table, RETENTION, 1)
        try:
            counters.add(tenant, batch, is_behind=start + length < len(changes))
        except TryAgain:
            continue
        position = max(position, start + len(batch))
    counters = DynamoDBCounters(client("dynamodb"), table, RETENTION, 1)
    counters.add(tenant, changes[max(0, position - 2) :], is_behind=False)
    hours = counters.hours(tenant, NOW - timedelta(days=3), NOW + timedelta(hours=1))
    assert non_zero(hours) == non_zero(expected)
    days = counters.days(tenant, NOW.date() - timedelta(days=3), NOW.date() + timedelta(days=1))
    assert non_zero(days) == non_zero(replace(c, hour=c.hour.replace(hour=0)) for c in expected)
    assert counters.counted_to(tenant) == NOW
