"""The fields of the bodies that change something: JSON objects without unknown fields."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.domain.errors import BadDocument, BadRequest, PayloadTooLarge
from echostream.domain.validation import printable
from echostream.entrypoints import json_documents, request_body
from echostream.entrypoints.query_parameters import refuse_unknown

MAX_BODY = 10_000
"""Bytes of a body."""


def read(
    event: APIGatewayProxyEventV2, known: tuple[str, ...], limit: int = MAX_BODY
) -> Mapping[str, Any]:
    """The fields of a body, a JSON object of at most `limit` characters. Raises `BadRequest`."""
    refuse_unknown(event.query_string_parameters or {}, ())
    payload = json_documents.parse(_text(event, limit))
    if isinstance(payload, BadDocument):
        raise payload
    if not isinstance(payload, dict):
        raise BadRequest("invalid_type", "body: must be a JSON object")
    for name in payload:
        if name not in known:
            message = f"{printable(name)}: unknown field; known: {', '.join(known)}"
            raise BadRequest("unknown_field", message)
    return payload


def text(fields: Mapping[str, Any], name: str) -> str:
    """A string that a body must have. Raises `BadRequest`."""
    value = fields.get(name)
    if not isinstance(value, str):
        raise BadRequest("invalid_type", f"{name}: is required, as a string")
    return value


def whole(fields: Mapping[str, Any], name: str, allowed: range, default: int) -> int:
    """A whole number that a body may have, and which is parsed to a float. Raises `BadRequest`."""
    value = fields.get(name, float(default))
    if not isinstance(value, float) or value not in allowed:
        between = f"{allowed[0]} to {allowed[-1]}"
        raise BadRequest("invalid_value", f"{name}: must be a whole number, {between}")
    return int(value)


def flag(fields: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """True or false, which a body may have. Raises `BadRequest`."""
    value = fields.get(name, default)
    if not isinstance(value, bool):
        raise BadRequest("invalid_type", f"{name}: must be true or false")
    return value


def texts(fields: Mapping[str, Any], name: str) -> dict[str, str]:
    """Strings by name that a body may have, as a JSON object. Raises `BadRequest`."""
    value = fields.get(name, {})
    if isinstance(value, BadDocument):
        raise value
    if not isinstance(value, dict):
        raise BadRequest("invalid_type", f"{name}: must be a JSON object")
    for key, one in value.items():
        if not isinstance(one, str):
            raise BadRequest("invalid_type", f"{name}.{printable(key)}: must be a string")
    return value


def list_of_texts(fields: Mapping[str, Any], name: str) -> list[str]:
    """A list of strings that a body must have. Raises `BadRequest`."""
    value = fields.get(name)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadRequest("invalid_type", f"{name}: is required, as a list of strings")
    return value


def _text(event: APIGatewayProxyEventV2, limit: int) -> str:
    size = len(event.get("body") or "")
    if size > limit:
        raise PayloadTooLarge("too_large", f"body: {size} characters, at most {limit}")
    if not size:
        raise BadRequest("empty", "body: must not be empty; send a JSON object")
    text = request_body.raw_body(event).decode("utf-8", "surrogateescape")
    return text.removeprefix("\ufeff")
