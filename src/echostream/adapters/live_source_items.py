"""Live sources as items of the documents table, to and from DynamoDB's attribute values.

pk          sk          item
live        T#<name>    a source and its progress, each as JSON
cursor#T    <name>      how far it was read, as JSON
hosts       <host>      a host that sources may name

The sources of all tenants are in one partition: the producer reads it each minute.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from echostream.adapters.table_items import expiry
from echostream.adapters.table_keys import PARTITION, SORT, Key, Query
from echostream.domain.codec import time_from_wire, time_to_wire, to_json
from echostream.domain.live_sources import Listed, LiveSource, Progress
from echostream.domain.model import sort_time

CURSOR_KEPT = timedelta(days=30)
"""The time after a read at which its cursor expires."""
_TIMES = ("due_at", "read_at", "succeeded_at", "newest_at")
_ALL = "live"
_HOSTS = "hosts"


def live_source_key(tenant: str, name: str) -> Key:
    return {PARTITION: {"S": _ALL}, SORT: {"S": f"{tenant}#{name}"}}


def cursor_key(tenant: str, name: str) -> Key:
    return {PARTITION: {"S": f"cursor#{tenant}"}, SORT: {"S": name}}


def live_sources_query(tenant: str | None) -> Query:
    """Selects the sources of a tenant, or of all."""
    condition, values = f"{PARTITION} = :pk", {":pk": {"S": _ALL}}
    if tenant is not None:
        condition += f" AND begins_with({SORT}, :tenant)"
        values[":tenant"] = {"S": f"{tenant}#"}
    return {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}


def live_source_item(source: LiveSource) -> dict[str, Any]:
    """The item of a new source, which is due at once."""
    config = {
        "kind": source.kind,
        "settings": dict(source.settings),
        "interval": source.interval.total_seconds(),
        "budget": source.budget,
        "secret": source.secret,
    }
    progress = _progress_values(Progress(source.added_at))
    return {
        **live_source_key(source.tenant, source.name),
        **_owner(source),
        "config": {"S": to_json(config)},
        "paused": {"BOOL": source.is_paused},
        **progress,
    }


def listed_from_item(item: Mapping[str, Any]) -> Listed:
    tenant, name = str(item[SORT]["S"]).split("#", 1)
    config: dict[str, Any] = json.loads(item["config"]["S"])
    source = LiveSource(
        tenant,
        name,
        config["kind"],
        config["settings"],
        timedelta(seconds=config["interval"]),
        config["budget"],
        datetime.fromisoformat(item["added_at"]["S"]),
        item["paused"]["BOOL"],
        config["secret"],
    )
    wire: dict[str, Any] = json.loads(item["progress"]["S"])
    times = {n: time_from_wire(n, wire[n]) if wire[n] else None for n in _TIMES}
    return Listed(source, Progress(**{**wire, **times}, version=int(item["version"]["N"])))


def progress_update(source: LiveSource, progress: Progress) -> dict[str, Any]:
    """The arguments of an update to a version, in place of the one before."""
    values = _progress_values(progress)
    return {
        "Key": live_source_key(source.tenant, source.name),
        "UpdateExpression": "SET progress = :progress, version = :version",
        "ConditionExpression": "version = :former",
        "ExpressionAttributeValues": {
            ":progress": values["progress"],
            ":version": values["version"],
            ":former": {"N": str(progress.version - 1)},
        },
    }


def cursor_item(source: LiveSource, cursor: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A cursor belongs to the source that was added at a time, not to a later one of its name."""
    return {
        **cursor_key(source.tenant, source.name),
        **_owner(source),
        "cursor": {"S": to_json(cursor)},
        "expires_at": expiry(now, CURSOR_KEPT),
    }


def cursor_from_item(source: LiveSource, item: Mapping[str, Any] | None) -> dict[str, Any]:
    if item is None or item["added_at"] != _owner(source)["added_at"]:
        return {}
    cursor: dict[str, Any] = json.loads(item["cursor"]["S"])
    return cursor


def host_key(host: str) -> Key:
    return {PARTITION: {"S": _HOSTS}, SORT: {"S": host}}


def hosts_query() -> Query:
    """Selects the hosts that sources may name."""
    values = {":pk": {"S": _HOSTS}}
    return {"KeyConditionExpression": f"{PARTITION} = :pk", "ExpressionAttributeValues": values}


def _owner(source: LiveSource) -> dict[str, Any]:
    """With these, a restore leaves out what a deleted tenant had."""
    return {"tenant_id": {"S": source.tenant}, "added_at": {"S": sort_time(source.added_at)}}


def _progress_values(progress: Progress) -> dict[str, Any]:
    wire = asdict(progress)
    del wire["version"]
    for name in _TIMES:
        wire[name] = time_to_wire(wire[name]) if wire[name] else None
    return {"progress": {"S": to_json(wire)}, "version": {"N": str(progress.version)}}
