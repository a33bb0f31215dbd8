"""The counters of tests against the contract of all counters."""

import pytest

from tests.builders import NOW
from tests.counters_contract import CountersContract
from tests.fakes import MemoryCounters


@pytest.fixture
def counters():
    return MemoryCounters()


@pytest.fixture
def tenant():
    return "acme"


@pytest.fixture
def at():
    return NOW


class TestMemoryCounters(CountersContract):
    """Counters in dictionaries."""
