"""Events of the HTTP API: tenant, body, and the responses to errors and receipts."""

import base64
import json
from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.domain.door import Receipt, Rejection
from echostream.domain.errors import (
    BadRequest,
    CallRefused,
    Conflict,
    Forbidden,
    NotFound,
    PayloadTooLarge,
    QuotaExceeded,
    TryAgain,
    Unauthorized,
    UnsupportedMedia,
)
from echostream.domain.validation import MAX_BODY_BYTES
from echostream.entrypoints import http
from echostream.entrypoints.request_body import documents, raw_body

CONTEXT: Any = SimpleNamespace(
    function_name="f",
    memory_limit_in_mb=1,
    invoked_function_arn="arn",
    aws_request_id="1",
    get_remaining_time_in_millis=lambda: 29_000,
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


def http_event(**arguments):
    return APIGatewayProxyEventV2(event(**arguments))


def test_body_is_text_or_base64():
    """Both are decoded to bytes; invalid base64 is refused."""
    assert raw_body(http_event(body="caf\u00e9")) == "caf\u00e9".encode()
    encoded = base64.b64encode(b"\xff\x00").decode()
    assert raw_body(http_event(body=encoded, base64_encoded=True)) == b"\xff\x00"
    with pytest.raises(BadRequest):
        raw_body(http_event(body="%%%", base64_encoded=True))


def test_compressed_body_is_refused():
    """The message names the header."""
    with pytest.raises(UnsupportedMedia, match="Content-Encoding"):
        raw_body(http_event(headers={"content-encoding": "gzip"}))


CUT_EMOJI = '{"text": "\U0001f60d"}'.encode().replace(b"\x8d", b"")


@pytest.mark.parametrize("headers", [{}, {"content-length": str(len(CUT_EMOJI))}])
@pytest.mark.parametrize("raw", [CUT_EMOJI, b'{"text": "\xff"}', b'{"text": "\xed\xa0\x80"}'])
@pytest.mark.parametrize("in_base64", [False, True])
def test_bytes_that_are_not_utf8_become_surrogates(raw, in_base64, headers):
    """Also if the API replaced them, and if they are as long as their replacement."""
    text = base64.b64encode(raw).decode() if in_base64 else raw.decode(errors="replace")
    body = http_event(body=text, base64_encoded=in_base64, headers=headers)
    [document] = documents(body)
    assert all("\udc80" <= character <= "\udcff" for character in document["text"])


def test_replacement_character_is_accepted_where_it_is_certain():
    """As an escape, and in a body that came as bytes."""
    assert documents(http_event(body='{"text": "\\ufffd"}')) == [{"text": "\ufffd"}]
    encoded = base64.b64encode('{"text": "\ufffd"}'.encode()).decode()
    body = http_event(body=encoded, base64_encoded=True)
    assert documents(body) == [{"text": "\ufffd"}]


@pytest.mark.parametrize(
    ("content", "in_base64"), [('"' * 3_000_001, False), ("A" * 6_000_004, True)]
)
def test_size_in_the_event_is_limited(content, in_base64):
    """Below the limit of a request, but too large for Lambda as JSON or base64."""
    with pytest.raises(PayloadTooLarge, match=r"body: 600000. bytes.* at most 6000000"):
        raw_body(http_event(body=content, base64_encoded=in_base64))


def test_largest_bodies_are_accepted():
    """Of ordinary text, and of quotes."""
    assert len(raw_body(http_event(body="x" * MAX_BODY_BYTES))) == MAX_BODY_BYTES
    assert len(raw_body(http_event(body='"' * 2_999_999))) == 2_999_999


def test_declared_length_is_limited():
    """The header is checked before the body."""
    with pytest.raises(PayloadTooLarge):
        raw_body(http_event(headers={"content-length": "6000001"}))


@pytest.mark.parametrize("text", ["\ud800", "", "[]"])
def test_unreadable_bodies_are_refused(text):
    """A lone surrogate, no text, and JSON that is no object."""
    with pytest.raises(BadRequest):
        documents(http_event(body=text))


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (BadRequest("c", "field: m"), 400, "c"),
        (Unauthorized("c", "m"), 401, "c"),
        (Forbidden("c", "m"), 403, "c"),
        (NotFound("c", "m"), 404, "c"),
        (Conflict("c", "m"), 409, "c"),
        (PayloadTooLarge("c", "m"), 413, "c"),
        (QuotaExceeded("c", "m", 7), 429, "c"),
        (UnsupportedMedia("c", "m"), 415, "c"),
        (CallRefused("the table said something private"), 500, "call_refused"),
        (TryAgain("the table said something private"), 503, "try_again"),
    ],
)
def test_errors_become_responses(error, status, code):
    """Each branch of the tree has a status; messages of services are not shown."""
    app = http.resolver()

    @app.get("/x")
    def fail():
        raise error

    response = app.resolve(event(), CONTEXT)
    assert response["statusCode"] == status
    body = json.loads(response["body"])["error"]
    assert body["code"] == code
    assert "private" not in body["message"]
    waits = {429: "7", 503: "2"}
    assert response["headers"].get("Retry-After") == waits.get(status)


@pytest.mark.parametrize("path", ["/", "/y", "/api/x/y", "/x/"])
def test_unknown_path_gets_the_error_of_the_api(path):
    """Not the body that Powertools has for it."""
    app = http.resolver()
    app.get("/x")(dict)
    app.post("/y")(dict)
    response = app.resolve(event(path=path), CONTEXT)
    assert response["statusCode"] == 404
    assert json.loads(response["body"])["error"]["code"] == "not_found"


def test_receipt_has_status_202_or_400():
    """202 if any document was accepted, otherwise 400 with the first reason."""
    rejection = Rejection(0, "empty", "text: must not be empty")
    assert http.accepted(Receipt(["a"], [rejection])).status_code == 202
    response = http.accepted(Receipt([], [rejection]))
    assert response.status_code == 400
    assert json.loads(response.body or "")["error"] == {
        "code": "empty",
        "message": "text: must not be empty",
    }
