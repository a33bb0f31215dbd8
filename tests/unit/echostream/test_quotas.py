"""Quotas: many containers take parts of one window; the next window begins anew."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echostream.adapters.dynamodb_quotas import DynamoDBQuotaLedger
from echostream.domain.errors import QuotaExceeded
from echostream.domain.quotas import (
    MAX_TENANTS,
    PARTS,
    WINDOW,
    QuotaCheck,
    Quotas,
    document_window,
    request_window,
)
from tests import aws
from tests.builders import RETENTION
from tests.unit.echostream_cli.filled_table import create_table

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
STORED = Quotas(0, 0, 100)


class MemoryLedger:
    """A ledger in a dictionary; `calls` counts what would be writes."""

    def __init__(self):
        self.windows: dict[tuple[str, str], int] = {}
        self.calls = 0

    def take(self, tenant, window, number, limit):
        self.calls += 1
        if self.used(tenant, window) + number > limit:
            return False
        self.windows[tenant, window] = self.used(tenant, window) + number
        return True

    def used(self, tenant, window):
        return self.windows.get((tenant, window), 0)


def nothing(*_: Any) -> int:
    """The number of stored documents of a tenant that has none."""
    return 0


def containers(ledger, number, stored=nothing):
    return [QuotaCheck(ledger, stored) for _ in range(number)]


def accepted(call: Any) -> bool:
    try:
        call()
    except QuotaExceeded:
        return False
    return True


@pytest.mark.parametrize("number", [1, 3, 20])
@pytest.mark.parametrize("rate", [1, 7, 100])
def test_requests_of_a_window_are_limited_over_all_containers(number, rate):
    """They exceed the quota by two percent for each container at most."""
    checks = containers(MemoryLedger(), number)
    quotas, limit = Quotas(rate, 0, 0), rate * WINDOW
    served = sum(
        accepted(lambda check=checks[i % number]: check.request("acme", quotas, NOW))
        for i in range(limit * 10)
    )
    part = max(1, limit // PARTS)
    assert min(limit, part) <= served <= limit + number * part
    if number == 1:
        assert served >= limit


def test_slow_sender_costs_no_write():
    """One request in a window, for each of many windows."""
    ledger = MemoryLedger()
    [check] = containers(ledger, 1)
    for index in range(1000):
        check.request("acme", Quotas(10, 0, 0), NOW + timedelta(seconds=WINDOW * index))
    assert ledger.calls == 0


def test_flood_costs_few_writes():
    """A container that was refused asks again in the next window only."""
    ledger = MemoryLedger()
    [check] = containers(ledger, 1)
    for _ in range(100_000):
        accepted(lambda: check.request("acme", Quotas(100, 0, 0), NOW))
    assert ledger.calls <= PARTS + 2


def test_raised_quota_holds_at_once():
    """A container that was refused documents takes them after the quota of the day was raised."""
    [check] = containers(MemoryLedger(), 1)
    few, more = Quotas(0, 3, 0), Quotas(0, 5, 0)
    send = lambda quotas: accepted(lambda: check.documents("acme", quotas, 1, NOW))  # noqa: E731
    assert [send(few) for _ in range(4)] == [True, True, True, False]
    assert [send(more) for _ in range(3)] == [True, True, False]
    assert not send(few)


def test_refused_request_names_the_quota_and_the_time_to_wait():
    """Until the next window, in which requests are served again."""
    [check] = containers(MemoryLedger(), 1)
    at = NOW + timedelta(seconds=3)
    while accepted(lambda: check.request("acme", Quotas(2, 0, 0), at)):
        pass
    with pytest.raises(QuotaExceeded, match="2 requests a second are used up") as caught:
        check.request("acme", Quotas(2, 0, 0), at)
    assert (caught.value.code, caught.value.wait) == ("quota_requests", WINDOW - 3)
    check.request("acme", Quotas(2, 0, 0), at + timedelta(seconds=caught.value.wait))


def test_tenants_have_quotas_of_their_own():
    """One tenant's flood takes nothing of another's."""
    [check] = containers(MemoryLedger(), 1)
    while accepted(lambda: check.request("acme", Quotas(2, 0, 0), NOW)):
        pass
    check.request("acme-b", Quotas(2, 0, 0), NOW)
    check.documents("acme-b", Quotas(0, 5, 0), 5, NOW)


@given(
    st.integers(1, 4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 500)), max_size=60),
    st.integers(1, 20_000),
)
def test_documents_of_a_day_never_exceed_the_quota(number, requests, limit):
    """Over all containers; a single container can use the whole quota."""
    ledger = MemoryLedger()
    checks = containers(ledger, number)
    quotas = Quotas(0, limit, 0)
    sent = sum(
        size
        for index, size in requests
        if accepted(lambda i=index, n=size: checks[i % number].documents("acme", quotas, n, NOW))
    )
    assert sent <= ledger.used("acme", document_window(NOW)) <= limit
    if number == 1 and sum(size for _, size in requests) <= limit:
        assert sent == sum(size for _, size in requests)


def test_documents_are_taken_in_advance():
    """A container that sends many takes more at a time."""
    ledger = MemoryLedger()
    [check] = containers(ledger, 1)
    for _ in range(10_000):
        check.documents("acme", Quotas(0, 1_000_000, 0), 1, NOW)
    assert ledger.calls < 50


def test_request_that_does_not_fit_leaves_room_for_a_smaller_one():
    """All documents of a request count, or none; the wait is until midnight."""
    ledger = MemoryLedger()
    [check] = containers(ledger, 1)
    quotas = Quotas(0, 10, 0)
    check.documents("acme", quotas, 6, NOW)
    with pytest.raises(QuotaExceeded, match="10 documents a day are used up") as caught:
        check.documents("acme", quotas, 5, NOW)
    assert (caught.value.code, caught.value.wait) == ("quota_documents", 12 * 3600 + 1)
    check.documents("acme", quotas, 4, NOW)
    calls = ledger.calls
    assert not accepted(lambda: check.documents("acme", quotas, 500, NOW))
    assert ledger.calls == calls
    check.documents("acme", quotas, 10, NOW + timedelta(days=1))


def test_stored_documents_are_limited():
    """They are counted once in a while; those that were sent meanwhile count too."""
    calls = []

    def count_stored(tenant, now):
        calls.append(tenant)
        return 95

    [check] = containers(MemoryLedger(), 1, count_stored)
    check.documents("acme", STORED, 3, NOW)
    check.documents("acme", STORED, 2, NOW)
    with pytest.raises(QuotaExceeded, match="100 stored documents are reached") as caught:
        check.documents("acme", STORED, 1, NOW)
    assert caught.value.code == "quota_stored"
    assert calls == ["acme"]
    check.documents("acme", STORED, 5, NOW + timedelta(seconds=caught.value.wait))
    assert calls == ["acme", "acme"]


def test_no_quota_costs_nothing():
    """0 is no limit."""
    ledger = MemoryLedger()
    [check] = containers(ledger, 1, stored=None)
    for _ in range(1000):
        check.request("acme", Quotas(0, 0, 0), NOW)
        check.documents("acme", Quotas(0, 0, 0), 500, NOW)
    assert ledger.calls == 0


def test_number_of_remembered_tenants_is_limited():
    """A container that serves many tenants does not grow."""
    [check] = containers(MemoryLedger(), 1)
    for index in range(3 * MAX_TENANTS):
        check.request(f"t{index}", Quotas(1, 0, 0), NOW)
        check.documents(f"t{index}", Quotas(0, 10, 10), 1, NOW)
    assert len(check._shares) <= 2 * MAX_TENANTS
    assert len(check._stored) <= MAX_TENANTS


def test_own_quotas_replace_the_default():
    """Also with no limit."""
    default = Quotas(50, 0, 1000)
    assert Quotas(0, 7, None).or_default(default) == Quotas(0, 7, 1000)


def test_table_keeps_the_use_of_each_window():
    """And expires it; concurrent containers see each other's use."""
    with aws.mock_table():
        client = aws.client("dynamodb")
        create_table(client, "quotas")
        ledger = DynamoDBQuotaLedger(client, "quotas")
        window = document_window(NOW)
        assert ledger.take("acme", window, 6, 10)
        assert not DynamoDBQuotaLedger(client, "quotas").take("acme", window, 5, 10)
        assert not ledger.take("acme", request_window(NOW), 11, 10)
        assert ledger.take("acme", window, 4, 10)
        assert (ledger.used("acme", window), ledger.used("acme-b", window)) == (10, 0)
        assert ledger.take("acme", request_window(NOW), 10, 10)
        [item, other] = client.scan(TableName="quotas")["Items"]
        for one in (item, other):
            assert int(one["expires_at"]["N"]) > NOW.timestamp() + RETENTION.total_seconds() / 60
