"""The spend guard: units, two caps, and nothing between them."""

import threading

import pytest

from echostream.domain.spend import ALL_TENANTS, SpendGuard, units_of
from tests.builders import NOW
from tests.fakes import MemoryLedger
from tests.ledger_contract import MONTH, LedgerContract


class LockedLedger(MemoryLedger):
    """The ledger in memory, made safe for threads as DynamoDB is."""

    def __init__(self):
        super().__init__()
        self._lock = threading.Lock()

    def reserve(self, *arguments, **named):
        with self._lock:
            return super().reserve(*arguments, **named)


class TestMemoryLedger(LedgerContract):
    @pytest.fixture
    def ledger(self):
        return LockedLedger()

    @pytest.fixture
    def account(self):
        return "tenant#acme"


@pytest.mark.parametrize(
    ("texts", "units"),
    [([], 0), (["a"], 3), (["a" * 300], 3), (["a" * 301], 4), (["\U0001f60d" * 301, "b"], 7)],
)
def test_units(texts, units):
    """100 characters a unit, begun ones count, three at least for each text."""
    assert units_of(texts) == units


def test_who_watches_hears_the_share_of_the_whole_cap():
    """At each reservation, whoever's it is, and 1 where the cap of all refuses one."""
    heard = []
    guard = SpendGuard(MemoryLedger(), "one", cap=1000, total_cap=100, watch=heard.append)
    assert guard.reserve(50, NOW)
    assert guard.reserve(40, NOW)
    assert not guard.reserve(20, NOW)
    assert heard == [0.5, 0.9, 1.0]


def test_both_caps_must_hold():
    """What the total refuses is given back to the tenant."""
    ledger = MemoryLedger()
    one = SpendGuard(ledger, "one", cap=80, total_cap=100)
    two = SpendGuard(ledger, "two", cap=80, total_cap=100)
    assert one.reserve(80, NOW)
    assert not one.reserve(1, NOW)
    assert not two.reserve(21, NOW)
    assert ledger.spent("tenant#two", MONTH) == 0
    assert two.reserve(20, NOW)
    two.release(20, NOW)
    assert ledger.spent(ALL_TENANTS, MONTH) == 80
