"""Destinations for alerts as items of the documents table, to and from DynamoDB's attribute values.

pk            sk        item
destinations#T    <name>    a destination, its configuration as JSON, and how its last messages went
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from echostream.adapters.table_keys import PARTITION, SORT, Key, Query
from echostream.domain.alerts.destinations import (
    DEFAULT_SENDS,
    MAX_ERROR,
    Destination,
    Kind,
    Listed,
)
from echostream.domain.codec import to_json
from echostream.domain.digest.report_periods import ReportKind
from echostream.domain.model import sort_time


def destination_key(tenant: str, name: str) -> Key:
    return {PARTITION: {"S": _partition(tenant)}, SORT: {"S": name}}


def destinations_query(tenant: str) -> Query:
    """Selects the destinations of a tenant."""
    values = {":pk": {"S": _partition(tenant)}}
    return {"KeyConditionExpression": f"{PARTITION} = :pk", "ExpressionAttributeValues": values}


def destination_item(destination: Destination) -> dict[str, Any]:
    """The item of a new destination; with its owner: a restore leaves out deleted tenants."""
    config = {
        "kind": destination.kind.value,
        "with_texts": destination.with_texts,
        "address": destination.address,
        "secret": destination.secret,
        "subscription": destination.subscription,
        "sends": sorted(destination.sends),
    }
    return {
        **destination_key(destination.tenant, destination.name),
        "tenant_id": {"S": destination.tenant},
        "added_at": {"S": sort_time(destination.added_at)},
        "config": {"S": to_json(config)},
    }


def listed_from_item(item: Mapping[str, Any]) -> Listed:
    config: dict[str, Any] = json.loads(item["config"]["S"])
    destination = Destination(
        item["tenant_id"]["S"],
        item[SORT]["S"],
        Kind(config["kind"]),
        datetime.fromisoformat(item["added_at"]["S"]),
        config["with_texts"],
        config["address"],
        config["secret"],
        config["subscription"],
        frozenset(config.get("sends", DEFAULT_SENDS)),
    )
    error = item["error"]["S"] if "error" in item else ""
    times = {kind: _time(item, _reported(kind)) for kind in ReportKind}
    reported = {kind: time for kind, time in times.items() if time}
    return Listed(destination, _time(item, "sent_at"), _time(item, "failed_at"), error, reported)


def sent_update(destination: Destination, at: datetime) -> dict[str, Any]:
    """The arguments of an update of a destination to which a message was sent."""
    return _update(destination, "SET sent_at = :at", {":at": {"S": sort_time(at)}})


def reported_update(destination: Destination, kind: ReportKind, end: datetime) -> dict[str, Any]:
    """The arguments of an update of a destination to which a report was sent."""
    return _update(destination, f"SET {_reported(kind)} = :end", {":end": {"S": sort_time(end)}})


def failed_update(destination: Destination, at: datetime, error: str) -> dict[str, Any]:
    """The arguments of an update of a destination that failed."""
    values = {":at": {"S": sort_time(at)}, ":error": {"S": error[:MAX_ERROR]}}
    return {
        **_update(destination, "SET failed_at = :at, #error = :error", values),
        "ExpressionAttributeNames": {"#error": "error"},
    }


def _update(destination: Destination, expression: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Another destination of the name, which was added later, is not changed."""
    return {
        "Key": destination_key(destination.tenant, destination.name),
        "UpdateExpression": expression,
        "ConditionExpression": "added_at = :added",
        "ExpressionAttributeValues": {**values, ":added": {"S": sort_time(destination.added_at)}},
    }


def _reported(kind: ReportKind) -> str:
    return f"reported_{kind.value}"


def _partition(tenant: str) -> str:
    return f"destinations#{tenant}"


def _time(item: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(item[name]["S"]) if name in item else None
