"""The in-memory store passes the contract of document stores."""

import pytest

from tests.builders import NOW
from tests.fakes import MemoryStore
from tests.store_contract import StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self):
        return MemoryStore()

    @pytest.fixture
    def tenant(self):
        return "acme"

    @pytest.fixture
    def at(self):
        return NOW
