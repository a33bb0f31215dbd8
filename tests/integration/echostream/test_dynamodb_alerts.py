"""The DynamoDB alert log against its contract, on the template's table."""

import pytest

from echostream.adapters.dynamodb_alerts import DynamoDBAlerts
from tests.alerts_contract import AlertLogContract


class TestDynamoDBAlerts(AlertLogContract):
    @pytest.fixture
    def log(self, table):
        return DynamoDBAlerts(*table)
