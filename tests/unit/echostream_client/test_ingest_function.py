"""Documents that the producer sends: what the function gets, and what its response means."""

import io
import json

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from botocore.exceptions import ClientError, ReadTimeoutError

from echostream.domain.members import PRODUCER, Role
from echostream.domain.quotas import Quotas
from echostream.entrypoints import request_body
from echostream.entrypoints.access import AccessCheck
from echostream_client import api
from echostream_client.api import ApiFailed
from echostream_client.ingest_function import IngestFunction
from tests.builders import NOW
from tests.fakes import MemoryAudit, MemoryDirectory


class Lambda:
    """A function whose responses are given; the last one is repeated."""

    def __init__(self, *responses):
        self.responses = list(responses)
        self.events = []

    def invoke(self, FunctionName, Payload):  # noqa: N803
        assert FunctionName == "ingest:live"
        self.events.append(json.loads(Payload))
        response = self.responses.pop(0) if len(self.responses) > 1 else self.responses[0]
        if isinstance(response, Exception):
            raise response
        return response


def payload(content):
    return {"Payload": io.BytesIO(json.dumps(content).encode())}


def response(status, content, **headers):
    return payload({"statusCode": status, "headers": headers, "body": json.dumps(content)})


def accepted(*names, rejected=()):
    return response(202, {"accepted": len(names), "ids": names, "rejected": list(rejected)})


CRASHED = payload({"errorMessage": "out of memory"}) | {"FunctionError": "Unhandled"}


def ingest(function, documents):
    return IngestFunction(function, "ingest:live", "acme").ingest(documents)


def test_event_is_that_of_the_api_for_the_tenant():
    """The code behind the API reads the documents and the tenant from it."""
    function = Lambda(accepted("a"))
    assert ingest(function, [{"id": "a", "text": "\ufffd caf\u00e9"}])["accepted"] == 1
    event = APIGatewayProxyEventV2(function.events[0])
    assert request_body.documents(event) == [{"id": "a", "text": "\ufffd caf\u00e9"}]
    directory = MemoryDirectory()
    directory.create_tenant("acme", NOW)
    caller = AccessCheck(directory, MemoryAudit(), 60, Quotas())(event, Role.WRITER)
    assert (caller.tenant, caller.identity) == ("acme", PRODUCER)
    assert event.path == "/ingest"


def test_documents_that_could_not_be_stored_are_sent_again(monkeypatch):
    """And no others."""
    monkeypatch.setattr(api, "BACKOFF", 0.001)
    busy = {"index": 1, "code": "try_again", "message": "m"}
    function = Lambda(accepted("a", rejected=[busy]), accepted("b"))
    assert ingest(function, [{"id": "a"}, {"id": "b"}])["ids"] == ["a", "b"]
    assert request_body.documents(APIGatewayProxyEventV2(function.events[1])) == [{"id": "b"}]


@pytest.mark.parametrize(
    ("answer", "message", "wait"),
    [
        (ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke"), "TooMany", None),
        (ReadTimeoutError(endpoint_url="x"), "Read timeout", None),
        ({"Payload": io.BytesIO(b"no JSON")}, "POST /ingest", None),
        (CRASHED, "out of memory", None),
        (response(429, {"error": {"message": "used up"}}, **{"Retry-After": "9"}), "used up", 9.0),
        (response(403, {"error": {"message": "the tenant is suspended"}}), "suspended", None),
    ],
)
def test_failure_has_a_message(answer, message, wait):
    with pytest.raises(ApiFailed, match=message) as caught:
        ingest(Lambda(answer), [{"id": "a"}])
    assert caught.value.wait == wait


def test_documents_that_are_refused_are_named():
    """All of them: their read is not repeated for ever."""
    refused = [{"index": 0, "code": "conflict", "message": "m"}]
    answer = response(400, {"error": {"code": "conflict"}, "rejected": refused})
    assert ingest(Lambda(answer), [{"id": "a"}]) == {
        "error": {"code": "conflict"},
        "accepted": 0,
        "ids": [],
        "rejected": refused,
    }
