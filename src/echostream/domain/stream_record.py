"""The records of the stream: documents of one tenant, packed so that they cost little.

    {"version": 1, "tenant": T, "arrived_at": "2026-05-20T12:30:00Z", "documents": [as sent, ...]}

Kinesis bills a record in units of 25 KB, so that documents of one request share a record up to the
end of its last unit. A reader trusts nothing: whoever may write to the stream can write anything.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from echostream.domain.codec import time_from_wire, time_to_wire, to_json
from echostream.domain.errors import BadRequest
from echostream.domain.model import TENANT_RULE, is_tenant_name

VERSION = 1
UNIT = 25_000
"""Bytes that Kinesis bills as one unit."""
NOT_OURS = "invalid_record"
_NAMES = ("version", "tenant", "arrived_at", "documents")


@dataclass(frozen=True, slots=True)
class PackedRecord:
    """A record to write, and the indices of its documents in the request."""

    data: bytes
    indices: Sequence[int]


@dataclass(frozen=True, slots=True)
class Delivery:
    """The content of a record: documents as sent, not checked, and when the API received them."""

    tenant: str
    arrived_at: datetime
    rows: Sequence[Mapping[str, Any]]


def pack(tenant: str, arrived_at: datetime, rows: Mapping[int, Any]) -> Iterator[PackedRecord]:
    """Records with these documents (by index), in their order."""
    head = to_json({"version": VERSION, "tenant": tenant, "arrived_at": time_to_wire(arrived_at)})
    prefix = head[:-1].encode() + b',"documents":['
    parts: list[bytes] = []
    indices: list[int] = []
    size = capacity = 0
    for index, row in rows.items():
        part = to_json(row).encode()
        if parts and size + len(part) + 1 > capacity:
            yield PackedRecord(prefix + b",".join(parts) + b"]}", indices)
            parts, indices = [], []
        if not parts:
            size = len(prefix) + len(part) + len(b"]}")
            capacity = -(-size // UNIT) * UNIT
        else:
            size += len(part) + 1
        parts.append(part)
        indices.append(index)
    if parts:
        yield PackedRecord(prefix + b",".join(parts) + b"]}", indices)


def parse(data: bytes) -> Delivery:
    """The content of a record. Raises `BadRequest` with the reason if it is not one of ours."""
    try:
        content = json.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _not_ours(f"invalid UTF-8 at byte {error.start}") from error
    except (ValueError, RecursionError) as error:
        raise _not_ours("not JSON") from error
    if not isinstance(content, dict) or "version" not in content:
        raise _not_ours("not a JSON object with a version")
    version = content["version"]
    if version != VERSION or isinstance(version, bool):
        raise BadRequest("unknown_version", f"record: its version is not {VERSION}")
    if set(content) != set(_NAMES):
        raise _not_ours(f"must have exactly the fields {', '.join(_NAMES)}")
    return Delivery(_tenant(content), _arrived_at(content), _rows(content))


def _tenant(content: Mapping[str, Any]) -> str:
    tenant = content["tenant"]
    if not isinstance(tenant, str) or not is_tenant_name(tenant):
        raise _not_ours(TENANT_RULE)
    return tenant


def _arrived_at(content: Mapping[str, Any]) -> datetime:
    return time_from_wire("arrived_at", str(content["arrived_at"]), lambda _, m: _not_ours(m))


def _rows(content: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    rows = content["documents"]
    if not isinstance(rows, list) or not rows or not all(map(_is_flat, rows)):
        raise _not_ours("documents must be a list of objects without lists and objects in them")
    return rows


def _is_flat(row: Any) -> bool:
    """Whether a value is an object that the door may have accepted; such a row can be encoded."""
    return isinstance(row, dict) and not any(isinstance(v, dict | list) for v in row.values())


def _not_ours(reason: str) -> BadRequest:
    return BadRequest(NOT_OURS, f"record: {reason}")
