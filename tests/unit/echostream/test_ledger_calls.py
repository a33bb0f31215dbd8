"""The ledger's calls of DynamoDB when responses are lost: no unit is released twice."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import get_session

from echostream.adapters.dynamodb_ledger import DynamoDBLedger
from echostream.domain.errors import TryAgain
from echostream.entrypoints import wiring
from tests.ledger_contract import MONTH
from tests.web_server import send, web_server

KEYS: dict[str, Any] = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}


class Table:
    """Applies `ADD units`; after that the responses of `lost` requests do not arrive."""

    def __init__(self) -> None:
        self.units = 0
        self.lost = 0
        self.requests = 0

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        self.requests += 1
        self.units += int(body["ExpressionAttributeValues"][":units"]["N"])
        if self.lost:
            self.lost -= 1
            return
        attributes = {"Attributes": {"units": {"N": str(self.units)}}}
        send(handler, json.dumps(attributes).encode(), Content_Type="application/x-amz-json-1.0")


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def ledger(table: Table, monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoDBLedger]:
    """The functions' ledger, with its own client, against `table`."""
    with web_server() as server:
        server.pages["/"] = table
        arguments: dict[str, Any] = {"endpoint_url": server.url, "region_name": "eu-central-1"}

        def connect(service: str, config: Config = wiring.CONFIG) -> Any:
            return get_session().create_client(service, config=config, **arguments, **KEYS)

        monkeypatch.setattr(wiring, "client", connect)
        monkeypatch.setattr(wiring, "table_settings", lambda: SimpleNamespace(name="documents"))
        yield wiring.ledger.__wrapped__()


def test_lost_response_of_a_release_releases_once(ledger, table):
    """The caller learns that it is uncertain; a repeat could let spending exceed a cap."""
    ledger.reserve("all", MONTH, 60, cap=100)
    table.lost = 1
    with pytest.raises(TryAgain):
        ledger.release("all", MONTH, 10)
    assert table.units == 50


def test_lost_response_of_a_reservation_is_asked_again_once(ledger, table):
    """Units of the cap are lost, and the request goes on."""
    table.lost = 1
    assert ledger.reserve("all", MONTH, 10, cap=100) == 20
    table.lost = 9
    with pytest.raises(TryAgain):
        ledger.reserve("all", MONTH, 10, cap=100)
    assert table.requests == 2 + 2
