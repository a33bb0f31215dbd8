"""What the floor writes: the items and objects that ours would write for the same documents."""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bench.documents import make_documents
from echostream.adapters.table_items import document_item
from echostream.adapters.vader import Vader
from echostream.domain.codec import scored_to_wire
from echostream.domain.document_store import time_partition_of
from echostream.domain.json_lines import pack
from echostream.domain.model import ScoredDocument
from echostream.domain.validation import AcceptedTimes, document_from_wire
from echostream.entrypoints.config import TableSettings

MARK = "00000000"
"""Stands in keys for a part of a request's id, which has as many characters."""
TENANT = "bare"
"""The floor's tenant; a name with as many characters as that of the demo user's tenant."""


def make_payload(sizes: Sequence[int], table: TableSettings, now: datetime) -> dict[str, Any]:
    """Items with keys apart from the other attributes, and for each size two objects in base64."""
    raw = make_documents(max(sizes), MARK, now)
    times = AcceptedTimes(now, table.retention)
    documents = [document_from_wire(document, times) for document in raw]
    scored = [
        ScoredDocument(*p) for p in zip(documents, Vader().enrich(documents, now), strict=True)
    ]
    items = [make_item(one, table) for one in scored]
    enriched = [scored_to_wire(one) for one in scored]
    objects = {size: [_packed(raw[:size]), _packed(enriched[:size])] for size in sizes}
    return {"mark": MARK, "items": [split_keys(item) for item in items], "objects": objects}


def make_item(scored: ScoredDocument, table: TableSettings) -> dict[str, Any]:
    """The item that our store would write."""
    partition = time_partition_of(scored, table.shards)
    return document_item(TENANT, scored, partition, table.retention)


def split_keys(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item as text of its keys, which contain the id, and its other attributes."""
    body = json_attribute(item)
    keys = {
        name: value["S"]
        for name, value in item.items()
        if name != body and MARK in value.get("S", "")
    }
    return {"keys": keys, "rest": {n: v for n, v in item.items() if n not in keys}}


def json_attribute(item: Mapping[str, Any]) -> str:
    """The name of the attribute that has the document as JSON."""
    return next(name for name, value in item.items() if value.get("S", "").startswith("{"))


def _packed(rows: Sequence[Mapping[str, Any]]) -> str:
    return base64.b64encode(pack(rows)).decode()
