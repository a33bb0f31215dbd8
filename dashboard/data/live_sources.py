"""What the page Sources shows of live sources, and what admins change there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.data.changes import Change, said, translate_changes
from echostream_client.admin_calls import AdminCalls

COLUMNS = (
    *("Name", "Kind", "State", "Last success", "Newest document", "Accepted", "Other"),
    *("Last error", "Settings"),
)


@dataclass(frozen=True, slots=True)
class LiveSources:
    """The sources of a tenant: the state of each, and a table of all with COLUMNS.

    `kinds` are those that can be added, as the API has them; none without a producer.
    """

    states: Mapping[str, str]
    table: pd.DataFrame
    kinds: Sequence[Mapping[str, Any]]


def list_sources(api: AdminCalls) -> LiveSources:
    """Fetch the sources. Raises `ServiceError`."""
    with translate_changes():
        response = api.live_sources()
        states = {one["name"]: str(one["state"]) for one in response["sources"]}
        table = pd.DataFrame(map(_row, response["sources"]), columns=list(COLUMNS))
        return LiveSources(states, table, response["kinds"])


def _row(source: Mapping[str, Any]) -> tuple[Any, ...]:
    others = [f"{count:,} {name}" for name, count in source["totals"].items() if name != "accepted"]
    return (
        source["name"],
        source["kind"],
        source["state"],
        _time(source["succeeded_at"]),
        _time(source["newest_at"]),
        source["totals"].get("accepted", 0),
        ", ".join(others),
        source["error"],
        " ".join(f"{name}={value}" for name, value in source["settings"].items()),
    )


def _time(text: str | None) -> pd.Timestamp | None:
    return pd.Timestamp(text) if text else None


def add(
    api: AdminCalls, source: Mapping[str, Any], kind: Mapping[str, Any], values: Mapping[str, str]
) -> Change:
    """Add a source of a kind with the values of its settings. Raises `ServiceError`."""
    secret = {one["name"]: bool(one["is_secret"]) for one in kind["settings"]}
    filled = {name: value.strip() for name, value in values.items() if value.strip()}
    with translate_changes():
        made = api.add_live_source(
            {
                **source,
                "kind": kind["name"],
                "settings": {name: text for name, text in filled.items() if not secret[name]},
                "credentials": {name: text for name, text in filled.items() if secret[name]},
            }
        )
        return Change(said("source_added", made["name"]))


def pause(api: AdminCalls, name: str) -> Change:
    """Read a source no more. Raises `ServiceError`."""
    with translate_changes():
        return Change(said("source_paused", api.pause_live_source(name)["name"]))


def resume(api: AdminCalls, name: str) -> Change:
    """Read a source within a minute. Raises `ServiceError`."""
    with translate_changes():
        return Change(said("source_resumed", api.resume_live_source(name)["name"]))


def remove(api: AdminCalls, name: str) -> Change:
    """Remove a source. Raises `ServiceError`."""
    with translate_changes():
        return Change(said("source_removed", api.remove_live_source(name)["name"]))
