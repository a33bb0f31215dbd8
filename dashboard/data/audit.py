"""The audit log for the page Tenant, and exports, which are recorded in it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from dashboard.data.errors import translate_errors
from echostream.domain.codec import time_to_wire
from echostream_client.api import ApiClient

NEWEST = 50
"""Events in the table."""
PERIOD = timedelta(days=30)
COLUMNS = ("Time", "Who", "Action", "On", "Details")


def events(api: ApiClient, now: datetime) -> pd.DataFrame:
    """The newest events of the tenant, a row each. Raises `ServiceError`."""
    with translate_errors():
        start = time_to_wire(now - PERIOD)
        found = api.audit(**{"from": start, "limit": NEWEST})["events"]
        table = pd.DataFrame([_row(event) for event in found], columns=list(COLUMNS))
        return table.assign(Time=pd.to_datetime(table["Time"], utc=True, format="ISO8601"))


def _row(event: Mapping[str, Any]) -> tuple[str, ...]:
    details = ", ".join(f"{name}: {value}" for name, value in sorted(event["details"].items()))
    return event["at"], who(event["actor"]), event["action"], event["subject"], details


def who(actor: str) -> str:
    """The name of an actor: a user name, `machine` and a client id, or `operator` and an ARN."""
    kind, _, rest = actor.partition("#")
    name = rest if kind == "operator" else rest.partition("#")[2]
    return name if kind == "person" else f"{kind} {name}"


def recorded(api: ApiClient, form: str, rows: int, make: Callable[[], bytes]) -> bytes:
    """A file, after its export is in the audit log. Raises `ServiceError` without a file."""
    with translate_errors():
        api.record_export(form, rows)
    return make()
