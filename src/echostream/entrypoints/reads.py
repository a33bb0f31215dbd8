"""What a caller reads of their tenant, with its session. A part of the composition root."""

from datetime import datetime
from typing import Any

from echostream.entrypoints import admission, wiring
from echostream.entrypoints.access import Caller
from echostream.entrypoints.queries import query_response, stats_response
from echostream.entrypoints.query_parameters import Parameters


def query(caller: Caller, parameters: Parameters, now: datetime) -> dict[str, Any]:
    """The body of `GET /query`. Raises `BadRequest`."""
    store, table = wiring.tenant(caller.tenant).store, wiring.table_settings()
    return query_response(store, caller.tenant, parameters, now, table)


def stats(caller: Caller, parameters: Parameters, now: datetime) -> dict[str, Any]:
    """The body of `GET /stats`. Raises `BadRequest`."""
    counters, table = wiring.tenant(caller.tenant).counters, wiring.table_settings()
    return stats_response(counters, caller.tenant, parameters, now, table)


def usage(caller: Caller, _: Parameters, now: datetime) -> dict[str, Any]:
    """The body of `GET /usage`."""
    return admission.usage()(caller, now)
