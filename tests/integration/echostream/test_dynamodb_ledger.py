"""The spend ledger in DynamoDB keeps to the contract, on the table that the template makes."""

import pytest
from botocore.config import Config

from echostream.adapters.dynamodb_ledger import DynamoDBLedger
from echostream.domain.errors import TryAgain
from tests.ledger_contract import LedgerContract


class TestDynamoDBLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, settings, sandbox):
        wide = Config(max_pool_connections=50)
        client = settings.target.client("dynamodb", wide)
        return DynamoDBLedger(client, sandbox["TABLE_NAME"])

    @pytest.fixture
    def account(self, name):
        return f"tenant#{name}"


def test_a_table_that_does_not_answer(settings, sandbox):
    """Without the ledger nothing is spent: the caller is told to try again."""
    ledger = DynamoDBLedger(settings.target.client("dynamodb"), "no-such-table")
    with pytest.raises(TryAgain, match="ledger:"):
        ledger.reserve("tenant#a", "2026-05", 1, 10)
