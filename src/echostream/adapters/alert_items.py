"""Alerts as items of the documents table, to and from DynamoDB's attribute values.

pk          sk                  item
alerts#T    <hour>#<subject>    an alert as JSON, and the destinations to which it was sent
alerts#T    watched             the time up to which hours are compared

An hour is like 2026-11-26T10: the alerts of a period are a range of the sort key.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from echostream.adapters.table_items import EXPIRY, expiry
from echostream.adapters.table_keys import PARTITION, SORT, Key, Query
from echostream.domain.alerts.alert import KEPT, Alert, Sent, Subject
from echostream.domain.alerts.deviations import Deviation, Metric
from echostream.domain.codec import to_json
from echostream.domain.model import sort_time

_EXISTS = f"attribute_exists({PARTITION})"
_AFTER_SEPARATOR = chr(ord("#") + 1)


def alert_key(tenant: str, alert: Alert) -> Key:
    return _key(tenant, alert.id)


def watched_key(tenant: str) -> Key:
    return _key(tenant, "watched")


def alerts_query(tenant: str, start: datetime, end: datetime) -> Query:
    """Selects the alerts that begin in the hours from that of a time to that of another."""
    first, last = sort_time(start)[:13], sort_time(end)[:13] + _AFTER_SEPARATOR
    return {
        "KeyConditionExpression": f"{PARTITION} = :pk AND {SORT} BETWEEN :first AND :last",
        "ExpressionAttributeValues": {
            ":pk": _key(tenant, "")[PARTITION],
            ":first": {"S": first},
            ":last": {"S": last},
        },
    }


def alert_update(tenant: str, alert: Alert) -> dict[str, Any]:
    """The arguments of an update that stores an alert; it keeps the first `noticed_at`."""
    wire = {
        "source": alert.subject.source,
        "terms": alert.subject.terms,
        "start": sort_time(alert.start),
        "end": sort_time(alert.end),
        "changes": [_change_to_wire(one) for one in alert.changes],
    }
    return {
        "Key": alert_key(tenant, alert),
        "UpdateExpression": (
            f"SET alert = :alert, {EXPIRY} = :expiry,"
            " noticed_at = if_not_exists(noticed_at, :noticed)"
        ),
        "ExpressionAttributeValues": {
            ":alert": {"S": to_json(wire)},
            ":expiry": expiry(alert.start, KEPT),
            ":noticed": {"S": sort_time(alert.noticed_at)},
        },
    }


def sent_update(tenant: str, alert: Alert, destination: str) -> dict[str, Any]:
    """The arguments of an update that adds a destination to which an alert was sent."""
    return {
        "Key": alert_key(tenant, alert),
        "UpdateExpression": "ADD sent :destination",
        "ConditionExpression": _EXISTS,
        "ExpressionAttributeValues": {":destination": {"SS": [destination]}},
    }


def sent_from_item(item: Mapping[str, Any]) -> Sent:
    wire: dict[str, Any] = json.loads(item["alert"]["S"])
    alert = Alert(
        Subject(wire["source"], tuple(wire["terms"])),
        datetime.fromisoformat(wire["start"]),
        datetime.fromisoformat(wire["end"]),
        tuple(map(_change_from_wire, wire["changes"])),
        datetime.fromisoformat(item["noticed_at"]["S"]),
    )
    return Sent(alert, frozenset(item.get("sent", {}).get("SS", ())))


def watched_update(tenant: str, moment: datetime) -> dict[str, Any]:
    """The arguments of an update that moves the time up to which hours are compared."""
    return {
        "Key": watched_key(tenant),
        "UpdateExpression": "SET watched_to = :to",
        "ConditionExpression": f"attribute_not_exists({PARTITION}) OR watched_to < :to",
        "ExpressionAttributeValues": {":to": {"S": sort_time(moment)}},
    }


def watched_from_item(item: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(item["watched_to"]["S"])


def _key(tenant: str, name: str) -> Key:
    return {PARTITION: {"S": f"alerts#{tenant}"}, SORT: {"S": name}}


def _change_to_wire(one: Deviation) -> dict[str, Any]:
    return {
        "hour": sort_time(one.hour),
        "metric": one.metric.value,
        "value": one.value,
        "expected": one.expected,
        "deviations": one.deviations,
    }


def _change_from_wire(wire: Mapping[str, Any]) -> Deviation:
    hour, metric = datetime.fromisoformat(wire["hour"]), Metric(wire["metric"])
    return Deviation(hour, metric, wire["value"], wire["expected"], wire["deviations"])
