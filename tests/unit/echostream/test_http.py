"""Events of an HTTP API in, answers out: the processor's handler over fakes."""

import base64
import json
from types import SimpleNamespace

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.domain.errors import (
    BadRequest,
    Forbidden,
    PayloadTooLarge,
    TryAgain,
    Unauthorized,
    UnsupportedMedia,
)
from echostream.domain.ingest import Receipt, Rejection
from echostream.entrypoints import http
from echostream.entrypoints.request_body import documents, raw_body

CONTEXT = SimpleNamespace(
    function_name="f", memory_limit_in_mb=1, invoked_function_arn="arn", aws_request_id="1"
)


def event(body="", claims=None, headers=None, base64_encoded=False, path="/x"):
    return {
        "version": "2.0",
        "routeKey": f"GET {path}",
        "rawPath": path,
        "headers": headers or {},
        "requestContext": {
            "http": {"method": "GET", "path": path},
            "stage": "$default",
            "authorizer": {"jwt": {"claims": claims or {}}},
        },
        "body": body,
        "isBase64Encoded": base64_encoded,
    }


def wrapped(**arguments):
    return APIGatewayProxyEventV2(event(**arguments))


def test_the_tenant_is_the_claim():
    """Only the verified token says who is calling."""
    assert http.tenant(wrapped(claims={"tenant_id": "acme", "exp": "1"})) == "acme"
    with pytest.raises(Forbidden):
        http.tenant(wrapped(claims={"exp": "1", "custom:tenant_id": "acme"}))
    with pytest.raises(Unauthorized):
        http.tenant(wrapped(claims={"tenant_id": "acme"}))


def test_bodies():
    """Text and base64 give the same bytes."""
    assert raw_body(wrapped(body="caf\u00e9")) == "caf\u00e9".encode()
    encoded = base64.b64encode(b"\xff\x00").decode()
    assert raw_body(wrapped(body=encoded, base64_encoded=True)) == b"\xff\x00"
    with pytest.raises(BadRequest):
        raw_body(wrapped(body="%%%", base64_encoded=True))


def test_compressed_bodies():
    """A compressed body is refused by the name of the header."""
    with pytest.raises(UnsupportedMedia, match="Content-Encoding"):
        raw_body(wrapped(headers={"content-encoding": "gzip"}))


def test_bytes_that_were_replaced_on_the_way():
    """A replacement character that the sender did not send is told by the length."""
    sent_as_such = wrapped(body="\ufffd", headers={"content-length": "3"})
    assert raw_body(sent_as_such) == b"\xef\xbf\xbd"
    with pytest.raises(BadRequest, match="invalid UTF-8"):
        raw_body(wrapped(body="\ufffd", headers={"content-length": "1"}))


def test_declared_length():
    """A body that says it is too large is not read."""
    with pytest.raises(PayloadTooLarge):
        raw_body(wrapped(headers={"content-length": "6000001"}))


@pytest.mark.parametrize("text", ["\ud800", "", "[]"])
def test_unreadable_bodies_touch_nothing(text):
    """A body that cannot be read raises before a document is passed on."""
    with pytest.raises(BadRequest):
        documents(wrapped(body=text))


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (BadRequest("c", "field: m"), 400, "c"),
        (Unauthorized("c", "m"), 401, "c"),
        (Forbidden("c", "m"), 403, "c"),
        (PayloadTooLarge("c", "m"), 413, "c"),
        (UnsupportedMedia("c", "m"), 415, "c"),
        (TryAgain("the table said something private"), 503, "try_again"),
    ],
)
def test_errors_become_answers(error, status, code):
    """Each branch of the tree has its status; what a service said stays inside."""
    app = http.resolver()

    @app.get("/x")
    def fail():
        raise error

    answer = app.resolve(event(), CONTEXT)
    assert answer["statusCode"] == status
    found = json.loads(answer["body"])["error"]
    assert found["code"] == code
    assert "private" not in found["message"]


def test_receipts():
    """202 where anything was taken, else 400 with the first reason."""
    refused = Rejection(0, "empty", "text: must not be empty")
    assert http.accepted(Receipt(["a"], [refused])).status_code == 202
    nothing = http.accepted(Receipt([], [refused]))
    assert nothing.status_code == 400
    assert json.loads(nothing.body)["error"] == {
        "code": "empty",
        "message": "text: must not be empty",
    }
