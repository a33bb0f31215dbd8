"""`GET /query` and `GET /stats`: query parameters in, the JSON of the response out."""

from datetime import datetime
from typing import Any

from echostream.domain.codec import count_to_wire, scored_to_wire, time_to_wire
from echostream.domain.counters import Counters, counted_in_all_shards
from echostream.domain.document_store import DocumentStore
from echostream.domain.query import newest, stats
from echostream.entrypoints.config import TableSettings
from echostream.entrypoints.cursors import decode_cursor, encode_cursor
from echostream.entrypoints.query_parameters import (
    Parameters,
    bucket_of,
    limit_of,
    question_of,
    refuse_unknown,
)

FILTERS = ("from", "to", "source", "sentiment")
LATER_FILTERS = ("attribute", "rating")
"""Cursors of queries without them are those of versions that did not have them."""


def query_response(
    store: DocumentStore, tenant: str, parameters: Parameters, now: datetime, table: TableSettings
) -> dict[str, Any]:
    """The body of `GET /query`. Raises `BadRequest` that names the parameter."""
    refuse_unknown(parameters, (*FILTERS, "channel", *LATER_FILTERS, "limit", "cursor"))
    question = question_of(parameters, now, table.retention)
    limit = limit_of(parameters)
    filters = [tenant, *(parameters.get(name) for name in FILTERS)]
    if "channel" in parameters:  # cursors of versions without it stay valid
        filters.append(parameters["channel"])
    # with its name: a value may be that of another filter
    filters += [f"{name}={parameters[name]}" for name in LATER_FILTERS if name in parameters]
    cursor = parameters.get("cursor")
    before = None if cursor is None else decode_cursor(cursor, filters)
    page = newest(store, tenant, question, limit, before)
    return {
        "documents": [scored_to_wire(scored) for scored in page.documents],
        "cursor": encode_cursor(page.position, filters) if page.position else None,
    }


def stats_response(
    counters: Counters, tenant: str, parameters: Parameters, now: datetime, table: TableSettings
) -> dict[str, Any]:
    """The body of `GET /stats`. Raises `BadRequest` that names the parameter."""
    refuse_unknown(parameters, ("from", "to", "bucket", "source"))
    question = question_of(parameters, now, table.retention)
    bucket = bucket_of(parameters, question)
    result = stats(counters, tenant, question, bucket)
    others = result.other_sources
    counted_to = counted_in_all_shards(result.counted_to, table.window, now)
    return {
        "buckets": [{"start": time_to_wire(c.hour), **count_to_wire(c)} for c in result.by_time],
        "sources": [{"source": c.source, **count_to_wire(c)} for c in result.by_source],
        "other_sources": count_to_wire(others) if others else None,
        "counted_to": time_to_wire(counted_to) if counted_to else None,
    }
