"""Quarantine: what was accepted and cannot be processed, with the reason, until it is mended.

An item is a document, or a record of the stream that holds no readable documents. Its id is a hash
of its content, so that a second delivery does not add a second item.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from echostream.domain.codec import time_from_wire, time_to_wire
from echostream.domain.errors import BadRequest

PREFIX = "quarantine/items/"
"""The prefix of the keys in the lake; other keys of `quarantine/` are objects of the lake."""
NO_TENANT = "-"
"""The folder of records that name no tenant; no tenant can have this name."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An item: its content, why it cannot be processed, and how often that was tried.

    `tenant` is empty if a record does not say whose documents it holds.
    """

    tenant: str
    payload: bytes
    is_document: bool
    reason: str
    message: str
    arrived_at: datetime
    quarantined_at: datetime
    attempts: int = 1

    @property
    def id(self) -> str:
        """A hash of the tenant and the content."""
        content = f"{self.tenant}\0{self.is_document:d}\0".encode() + self.payload
        return hashlib.sha256(content).hexdigest()[:32]

    @property
    def key(self) -> str:
        """The key of the item in the lake."""
        return item_key(self.tenant, self.id)

    @property
    def documents(self) -> list[Any]:
        """The documents as sent; none in a record that cannot be read."""
        return [json.loads(self.payload)] if self.is_document else []


def item_key(tenant: str, name: str) -> str:
    """The key of the item with an id."""
    return f"{PREFIX}tenant_id={tenant or NO_TENANT}/{name}.json"


class Quarantine(Protocol):
    """Stores items durably."""

    def add(self, item: Quarantined) -> bool:
        """Store an item; False, and nothing changed, if it is there already.

        Raises `TryAgain` and `CallRefused`.
        """


def document_item(
    tenant: str, row: Any, error: BadRequest, arrived_at: datetime, now: datetime
) -> Quarantined:
    """A document as sent that cannot be processed. Its payload is ASCII: half a pair is allowed."""
    payload = json.dumps(row, separators=(",", ":"), sort_keys=True).encode()
    return Quarantined(tenant, payload, True, error.code, error.message, arrived_at, now)


def record_item(
    data: bytes, error: BadRequest, arrived_at: datetime, now: datetime, tenant: str = ""
) -> Quarantined:
    """A record of the stream that cannot be read."""
    return Quarantined(tenant, data, False, error.code, error.message, arrived_at, now)


def item_to_wire(item: Quarantined) -> dict[str, Any]:
    """An item as it is stored: the payload as text, or in base64 if it is not UTF-8."""
    try:
        encoding, payload = "utf-8", item.payload.decode()
    except UnicodeDecodeError:
        encoding, payload = "base64", base64.b64encode(item.payload).decode()
    return {
        "tenant": item.tenant,
        "kind": "document" if item.is_document else "record",
        "reason": item.reason,
        "message": item.message,
        "arrived_at": time_to_wire(item.arrived_at),
        "quarantined_at": time_to_wire(item.quarantined_at),
        "attempts": item.attempts,
        "encoding": encoding,
        "payload": payload,
    }


def item_from_wire(wire: Mapping[str, Any]) -> Quarantined:
    """The inverse of `item_to_wire`."""
    text = wire["payload"]
    return Quarantined(
        tenant=wire["tenant"],
        payload=base64.b64decode(text) if wire["encoding"] == "base64" else text.encode(),
        is_document=wire["kind"] == "document",
        reason=wire["reason"],
        message=wire["message"],
        arrived_at=time_from_wire("arrived_at", wire["arrived_at"]),
        quarantined_at=time_from_wire("quarantined_at", wire["quarantined_at"]),
        attempts=wire["attempts"],
    )
