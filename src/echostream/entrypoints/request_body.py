"""The body of `POST /ingest`: from an HTTP API event to documents as parsed JSON.

For a content type of text, such as application/json, the API hands over the body as a string in
which U+FFFD is in place of bytes that are not UTF-8; for any other, the bytes in base64.
"""

import base64
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.domain.codec import to_json
from echostream.domain.errors import BadDocument, BadRequest, PayloadTooLarge, UnsupportedMedia
from echostream.domain.validation import (
    LONGEST_ESCAPE,
    MAX_BODY_BYTES,
    MAX_DOCUMENTS,
    MAX_EVENT_BYTES,
    printable,
)
from echostream.entrypoints import json_documents

_REPLACEMENT, _NOT_UTF8 = "\ufffd".encode(), b"\xff"


def documents(event: APIGatewayProxyEventV2) -> list[Any]:
    """The documents of a request, not checked yet. Raises `BadRequest`."""
    return documents_from_body(raw_body(event))


def raw_body(event: APIGatewayProxyEventV2) -> bytes:
    """The request body as it was sent; 0xFF is in place of U+FFFD in a body that came as a string.

    U+FFFD may be a part of an emoji that was cut. A sender can write it as the escape `\\ufffd`.
    Raises `UnsupportedMedia` for a compressed body, and `PayloadTooLarge`.
    """
    headers = event.headers
    encoding = headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise UnsupportedMedia(
            "unsupported_encoding", "Content-Encoding: send the body as plain JSON, uncompressed"
        )
    declared = headers.get("content-length", "")
    if declared.isascii() and declared.isdigit():
        _check_size(int(declared[:20]))
    text = str(event.get("body") or "")
    _check_event_size(text)
    if event.is_base64_encoded:
        return _from_base64(text)
    return text.encode("utf-8", "surrogatepass").replace(_REPLACEMENT, _NOT_UTF8)


def _check_event_size(text: str) -> None:
    if len(text) * LONGEST_ESCAPE <= MAX_EVENT_BYTES:
        return
    size = len(to_json(text).encode("utf-8", "surrogatepass"))
    if size > MAX_EVENT_BYTES:
        raise PayloadTooLarge(
            "too_large",
            f"body: {size} bytes, counting each quote, backslash and line end as two (or base64 as"
            f" it is), at most {MAX_EVENT_BYTES}; send fewer documents in a request",
        )


def _check_size(size: int) -> None:
    if size > MAX_BODY_BYTES:
        raise PayloadTooLarge(
            "too_large",
            f"body: {size} bytes, at most {MAX_BODY_BYTES}; send fewer documents in a request",
        )


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise BadRequest("invalid_body", "body: declared as base64, but is not") from error


def documents_from_body(body: bytes) -> list[Any]:
    """The documents in a body: the list under `documents`, or the body itself as one document.

    A document that is not JSON is a `BadDocument`. A byte that is not UTF-8 is a lone surrogate
    (PEP 383). Raises `BadRequest` if the body as a whole cannot be read.
    """
    if not body:
        raise BadRequest("empty", "body: must not be empty")
    _check_size(len(body))
    payload = json_documents.parse(body.decode("utf-8", "surrogateescape").removeprefix("\ufeff"))
    if isinstance(payload, BadDocument):
        raise payload
    if not isinstance(payload, dict):
        raise BadRequest("invalid_type", "body: must be a JSON object")
    if "documents" not in payload:
        return [payload]
    for name in payload:
        if name != "documents":
            raise BadRequest("unknown_field", f"{printable(name)}: unknown field beside documents")
    items = payload["documents"]
    if not isinstance(items, list):
        raise BadRequest("invalid_type", "documents: must be a list")
    if not 1 <= len(items) <= MAX_DOCUMENTS:
        raise BadRequest(
            "invalid_count", f"documents: {len(items)} given, send 1 to {MAX_DOCUMENTS}"
        )
    return items
