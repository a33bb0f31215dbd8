"""The spend guard: units, the cap of a tenant and the cap of all tenants."""

import threading

import pytest

from echostream.domain.spend import ALL_TENANTS, SpendGuard, units_of
from tests.builders import NOW
from tests.fakes import MemoryLedger
from tests.ledger_contract import MONTH, LedgerContract


class LockedLedger(MemoryLedger):
    """The in-memory ledger with a lock: its updates are atomic, as in DynamoDB."""

    def __init__(self):
        super().__init__()
        self._lock = threading.Lock()

    def reserve(self, *arguments, **options):
        with self._lock:
            return super().reserve(*arguments, **options)

    def release(self, *arguments):
        with self._lock:
            super().release(*arguments)


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
def test_text_costs_a_unit_per_100_characters(texts, units):
    """Rounded up, at least three units for each text."""
    assert units_of(texts) == units


def test_each_reservation_reports_the_share_of_the_total_cap():
    """The share is 1 if the total cap refuses the reservation."""
    shares: list[float] = []
    guard = SpendGuard(MemoryLedger(), "one", cap=1000, total_cap=100, watch=shares.append)
    assert guard.reserve(50, NOW)
    assert guard.reserve(40, NOW)
    assert not guard.reserve(20, NOW)
    assert shares == [0.5, 0.9, 1.0]


def test_both_caps_apply():
    """If the total cap refuses units, the tenant's units are released."""
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
