"""A tenant's quarantine as the API has it: a page of items, and one that is discarded.

An admin sends what is mended with `POST /ingest`, and then discards the item.
"""

import json
import re
from typing import Any

from echostream.adapters.s3_quarantine import S3Quarantine
from echostream.domain.codec import to_json
from echostream.domain.errors import BadRequest, NotFound
from echostream.domain.quarantine import Quarantined, item_key, item_to_wire
from echostream.entrypoints.query_parameters import Parameters, limit_of, refuse_unknown

MAX_BYTES = 5_000_000
"""Of the items in a Lambda's response, which is JSON inside JSON of at most 6 MiB."""
_ID = re.compile(r"[0-9a-f]{32}")


def page(quarantine: S3Quarantine, tenant: str, parameters: Parameters) -> dict[str, Any]:
    """The body of `GET /quarantine`: items in the order of their ids. Raises `BadRequest`."""
    refuse_unknown(parameters, ("limit", "after"))
    limit, after = limit_of(parameters), parameters.get("after")
    if after is not None and not _ID.fullmatch(after):
        raise BadRequest("invalid_value", "after: must be the id of an item")
    items: list[dict[str, Any]] = []
    size = 0
    for item in quarantine.items(tenant, item_key(tenant, after) if after else ""):
        wire = to_wire(item)
        if _size(wire) > MAX_BYTES:
            wire["payload"] = None
        size += _size(wire)
        if items and (len(items) == limit or size > MAX_BYTES):
            return {"items": items, "after": items[-1]["id"]}
        items.append(wire)
    return {"items": items, "after": None}


def _size(wire: dict[str, Any]) -> int:
    """The bytes of an item in a response: Lambda's runtime writes the outer JSON in ASCII."""
    return len(json.dumps(to_json(wire)))


def find(quarantine: S3Quarantine, tenant: str, name: str) -> Quarantined:
    """The item of a tenant with an id. Raises `NotFound`."""
    item = quarantine.get(item_key(tenant, name)) if _ID.fullmatch(name) else None
    if item is None:
        raise NotFound("unknown_item", "id: no item has it; list them with GET /quarantine")
    return item


def to_wire(item: Quarantined) -> dict[str, Any]:
    """An item as JSON. `payload` is the document as it was sent, as text of JSON.

    It is None in a page if it is too large for a response.
    """
    return {"id": item.id, **item_to_wire(item)}
