"""The DynamoDB spend ledger against the ledger contract, on the template's table."""

import pytest
from botocore.config import Config

from echostream.adapters.dynamodb_ledger import DynamoDBLedger
from echostream.domain.errors import CallRefused
from tests.ledger_contract import LedgerContract


class TestDynamoDBLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, settings, sandbox):
        config = Config(max_pool_connections=50)
        client = settings.target.client("dynamodb", config)
        return DynamoDBLedger(client, sandbox["TABLE_NAME"])

    @pytest.fixture
    def account(self, name):
        return f"tenant#{name}"


def test_missing_table_is_an_operators_fault(settings, sandbox):
    """The caller cannot spend while the ledger is unavailable."""
    ledger = DynamoDBLedger(settings.target.client("dynamodb"), "no-such-table")
    with pytest.raises(CallRefused, match=r"ledger: .*UpdateItem"):
        ledger.reserve("tenant#a", "2026-05", 1, 10)
