"""JSON objects that a model wrote: read without trust in them."""

import json
from typing import Any

MAX_DEPTH = 100
"""Levels of nesting that the server handles; deeper values would exhaust Python's stack."""


def as_object(value: object) -> dict[str, Any] | None:
    """A value as a JSON object; None if it is none, too deep, or has numbers that JSON lacks."""
    if not isinstance(value, dict) or is_deeper(value, MAX_DEPTH):
        return None
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return None
    return value


def parse_object(text: str) -> dict[str, Any] | None:
    """The JSON object that a text is; None if the text is anything else."""
    try:
        return as_object(json.loads(text))
    except (ValueError, RecursionError):
        return None


def is_deeper(value: object, levels: int) -> bool:
    """Whether a JSON value has more than so many levels of objects and lists."""
    if not isinstance(value, (dict, list)):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(is_deeper(each, levels - 1) for each in inner)
