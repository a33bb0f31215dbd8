"""The body of `POST /ingest`: from an HTTP API event to documents as parsed JSON."""

import base64
import binascii
import json
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.domain.errors import BadRequest, PayloadTooLarge, UnsupportedMedia
from echostream.domain.validation import MAX_BODY_BYTES, MAX_DOCUMENTS, printable


def documents(event: APIGatewayProxyEventV2) -> list[Any]:
    """The documents of a request, not checked yet. Raises `BadRequest`."""
    return documents_from_body(raw_body(event))


def raw_body(event: APIGatewayProxyEventV2) -> bytes:
    """The request body as it was sent.

    Raises `UnsupportedMedia` for a compressed body, `PayloadTooLarge`, and `BadRequest` if the API
    replaced bytes that are not UTF-8, which changes the length.
    """
    headers = event.headers
    encoding = headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise UnsupportedMedia(
            "unsupported_encoding", "Content-Encoding: send the body as plain JSON, uncompressed"
        )
    text = event.get("body") or ""
    if event.is_base64_encoded:
        return _from_base64(text)
    raw = str(text).encode("utf-8", "surrogatepass")
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > MAX_BODY_BYTES:
        raise PayloadTooLarge("too_large", f"body: {declared} bytes, at most {MAX_BODY_BYTES}")
    if "\ufffd" in text and declared.isdigit() and int(declared) != len(raw):
        raise BadRequest("invalid_utf8", "body: invalid UTF-8")
    return raw


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise BadRequest("invalid_body", "body: declared as base64, but is not") from error


def documents_from_body(body: bytes) -> list[Any]:
    """The documents in a body: the list under `documents`, or the body itself as one document.

    Raises `BadRequest` if the body as a whole cannot be read.
    """
    payload = _parse(body)
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


def _parse(body: bytes) -> Any:
    if not body:
        raise BadRequest("empty", "body: must not be empty")
    if len(body) > MAX_BODY_BYTES:
        raise PayloadTooLarge("too_large", f"body: {len(body)} bytes, at most {MAX_BODY_BYTES}")
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise BadRequest("invalid_utf8", f"body: invalid UTF-8 at byte {error.start}") from error
    except (ValueError, RecursionError) as error:
        raise BadRequest("invalid_json", f"body: not JSON ({error})") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")
