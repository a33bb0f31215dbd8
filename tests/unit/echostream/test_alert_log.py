"""The alert log in memory and in moto's DynamoDB against the contract, and the items in a table."""

from datetime import timedelta

import pytest

from echostream.adapters.dynamodb_alerts import DynamoDBAlerts
from echostream.domain.alerts.alert import KEPT
from tests.alerts_contract import START, AlertLogContract, alert
from tests.aws import client, mock_table
from tests.memory_alerts import MemoryAlerts
from tests.unit.echostream_cli.filled_table import create_table


@pytest.fixture
def tenant():
    return "acme"


@pytest.fixture
def dynamodb_log():
    with mock_table():
        create_table(client("dynamodb"), "table")
        yield DynamoDBAlerts(client("dynamodb"), "table")


class TestMemoryAlerts(AlertLogContract):
    @pytest.fixture
    def log(self):
        return MemoryAlerts()


class TestDynamoDBAlerts(AlertLogContract):
    @pytest.fixture
    def log(self, dynamodb_log):
        return dynamodb_log


def test_alert_expires_a_year_after_its_start(dynamodb_log):
    """A longer alert expires at the same time."""
    dynamodb_log.save("acme", alert())
    longer = alert().with_hour(START + timedelta(hours=5), [])
    dynamodb_log.save("acme", longer)
    [item] = client("dynamodb").scan(TableName="table")["Items"]
    assert item["expires_at"] == {"N": str(int((START + KEPT).timestamp()))}
    assert (item["pk"], item["sk"]) == ({"S": "alerts#acme"}, {"S": "2026-05-20T10#all"})
