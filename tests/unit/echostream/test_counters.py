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


class TestMemoryCounters(CountersContract):
    @pytest.fixture
    def at(self):
        return NOW
