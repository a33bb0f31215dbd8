"""Requests about live sources: what a body and a path name. Sources as JSON."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.domain.codec import time_to_wire
from echostream.domain.live_sources import (
    BUDGETS,
    DEFAULT_BUDGET,
    DEFAULT_INTERVAL,
    INTERVALS,
    Listed,
    LiveSource,
)
from echostream.entrypoints import request_fields
from echostream.entrypoints.erasure_requests import name_in

FIELDS = ("name", "kind", "settings", "credentials", "interval", "budget")
COLLECTION = "/live-sources/"


def new_source(
    event: APIGatewayProxyEventV2, tenant: str, at: datetime
) -> tuple[LiveSource, Mapping[str, str]]:
    """The source in the body of a request, and its credentials. Raises `BadRequest`."""
    fields = request_fields.read(event, FIELDS)
    seconds = request_fields.whole(fields, "interval", INTERVALS, DEFAULT_INTERVAL)
    source = LiveSource(
        tenant=tenant,
        name=request_fields.text(fields, "name"),
        kind=request_fields.text(fields, "kind"),
        settings=request_fields.texts(fields, "settings"),
        interval=timedelta(seconds=seconds),
        budget=request_fields.whole(fields, "budget", BUDGETS, DEFAULT_BUDGET),
        added_at=at,
    )
    return source, request_fields.texts(fields, "credentials")


def name_of_source(event: APIGatewayProxyEventV2) -> str:
    """The name in the path of a request, also of one that pauses or resumes.

    Raises `BadRequest`.
    """
    return name_in(event, COLLECTION).removesuffix("/pause").removesuffix("/resume")


def to_wire(listed: Listed) -> dict[str, Any]:
    """A source with its progress as JSON, without credentials."""
    source, progress = listed.source, listed.progress
    return {
        "name": source.name,
        "kind": source.kind,
        "settings": dict(source.settings),
        "interval": int(source.interval.total_seconds()),
        "budget": source.budget,
        "has_credentials": bool(source.secret),
        "added_at": time_to_wire(source.added_at),
        "state": listed.state,
        "error": progress.error,
        "due_at": time_to_wire(progress.due_at),
        "succeeded_at": _optional(progress.succeeded_at),
        "newest_at": _optional(progress.newest_at),
        "totals": dict(progress.totals),
    }


def _optional(moment: datetime | None) -> str | None:
    return time_to_wire(moment) if moment else None
