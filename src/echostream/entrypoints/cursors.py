"""Cursors of `GET /query`: a position in the documents, valid for one tenant and set of filters."""

import base64
import hashlib
import json

from echostream.domain.codec import time_from_wire, to_json
from echostream.domain.errors import BadRequest

Filters = list[str | None]
MAX_BYTES = 1024
"""Of a position: the sort key of the index `by_time` (a limit of DynamoDB)."""


def encode_cursor(position: str, filters: Filters) -> str:
    """A position as an opaque text that is valid for these filters only."""
    content = to_json([position, _checksum(position, filters)]).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decode_cursor(cursor: str, filters: Filters) -> str:
    """The position in a cursor. Raises `BadRequest` if the cursor is not one of these filters.

    The checksum is not a secret. A forged cursor reaches only documents of the caller's own tenant.
    """
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position, checksum = json.loads(content)
        time_from_wire("cursor", position.split("#", 1)[0])
        if len(position.encode()) > MAX_BYTES or checksum != _checksum(position, filters):
            raise ValueError("position or checksum")
    except (ValueError, TypeError, AttributeError, RecursionError, BadRequest) as error:
        raise BadRequest(
            "invalid_cursor",
            "cursor: does not belong to this query; repeat the query without a cursor",
        ) from error
    return str(position)


def _checksum(position: str, filters: Filters) -> str:
    return hashlib.sha256(json.dumps([position, filters]).encode()).hexdigest()[:16]
