"""The DynamoDB store of destinations against its contract, on the template's table."""

import pytest

from echostream.adapters.dynamodb_destinations import DynamoDBDestinations
from tests.destinations_contract import DestinationsContract


class TestDynamoDBDestinations(DestinationsContract):
    @pytest.fixture
    def destinations(self, table):
        return DynamoDBDestinations(*table)
