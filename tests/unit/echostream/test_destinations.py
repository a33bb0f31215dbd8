"""Destinations in memory and in moto's DynamoDB against the contract; their states and ids."""

from dataclasses import replace

import pytest

from echostream.adapters.dynamodb_destinations import DynamoDBDestinations
from echostream.domain.alerts.destinations import Listed
from tests.aws import client, mock_table
from tests.destinations_contract import AT, LATER, DestinationsContract, destination
from tests.memory_alerts import MemoryDestinations
from tests.unit.echostream_cli.filled_table import create_table


@pytest.fixture
def tenant():
    return "acme"


class TestMemoryDestinations(DestinationsContract):
    @pytest.fixture
    def destinations(self):
        return MemoryDestinations()


class TestDynamoDBDestinations(DestinationsContract):
    @pytest.fixture
    def destinations(self):
        with mock_table():
            create_table(client("dynamodb"), "table")
            yield DynamoDBDestinations(client("dynamodb"), "table")


@pytest.mark.parametrize(
    ("sent_at", "failed_at", "state"),
    [
        (None, None, "new"),
        (AT, None, "ok"),
        (None, AT, "failing"),
        (AT, LATER, "failing"),
        (LATER, AT, "ok"),
    ],
)
def test_state_is_that_of_the_last_message(sent_at, failed_at, state):
    assert Listed(destination(), sent_at, failed_at).state == state


def test_id_is_of_a_tenant_a_name_and_an_address():
    """Not of a time: a destination that is added again to its address has the same id."""
    one = destination()
    assert one.id == replace(one, added_at=LATER, with_texts=False, secret="s").id
    others = (
        destination("acme-b"),
        destination(name="other"),
        destination(address="another address"),
    )
    assert len({one.id, *(other.id for other in others)}) == 4
    assert one.id.startswith("acme/chat/")
