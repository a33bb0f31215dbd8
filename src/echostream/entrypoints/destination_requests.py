"""Requests about destinations for alerts: what a body and a path name. Destinations as JSON."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.domain.alerts.destinations import ALERTS, SENDS, Destination, Kind, Listed
from echostream.domain.codec import time_to_wire
from echostream.domain.errors import BadRequest
from echostream.entrypoints import request_fields
from echostream.entrypoints.erasure_requests import name_in

FIELDS = ("name", "kind", "address", "with_texts", "sends")
COLLECTION = "/destinations/"
PENDING = "pending"
"""The state of a destination whose address must confirm first."""


def new_destination(
    event: APIGatewayProxyEventV2, tenant: str, at: datetime
) -> tuple[Destination, str]:
    """The destination in the body of a request, and its address, unchecked. Raises `BadRequest`."""
    fields = request_fields.read(event, FIELDS)
    kind = request_fields.text(fields, "kind")
    if kind not in set(Kind):
        raise BadRequest("invalid_value", f"kind: must be one of {', '.join(Kind)}")
    destination = Destination(
        tenant=tenant,
        name=request_fields.text(fields, "name"),
        kind=Kind(kind),
        added_at=at,
        with_texts=request_fields.flag(fields, "with_texts", default=False),
        address="",
        sends=_sends(fields),
    )
    return destination, request_fields.text(fields, "address")


def _sends(fields: Mapping[str, Any]) -> frozenset[str]:
    """What is sent to a destination. Raises `BadRequest`."""
    value = fields.get("sends", [ALERTS])
    if not isinstance(value, list) or not value or any(one not in SENDS for one in value):
        known = ", ".join(SENDS)
        raise BadRequest("invalid_value", f"sends: must be a list of one or more of {known}")
    return frozenset(value)


def name_of_destination(event: APIGatewayProxyEventV2) -> str:
    """The name in the path of a request, also of one that sends a test. Raises `BadRequest`."""
    return name_in(event, COLLECTION).removesuffix("/test")


def to_wire(listed: Listed, state: str | None = None) -> dict[str, Any]:
    """A destination as JSON, without its credentials. `state` is another one than the stored."""
    destination, shown = listed.destination, state or listed.state
    return {
        "name": destination.name,
        "kind": destination.kind.value,
        "address": destination.address,
        "with_texts": destination.with_texts,
        "sends": [one for one in SENDS if one in destination.sends],
        "added_at": time_to_wire(destination.added_at),
        "state": shown,
        "error": listed.error if shown == "failing" else "",
        "sent_at": _optional(listed.sent_at),
        "failed_at": _optional(listed.failed_at),
    }


def _optional(moment: datetime | None) -> str | None:
    return time_to_wire(moment) if moment else None
