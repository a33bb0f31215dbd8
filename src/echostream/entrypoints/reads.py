"""What a caller reads of their tenant, with its session. A part of the composition root."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from echostream.entrypoints import admission, wiring
from echostream.entrypoints.access import Caller
from echostream.entrypoints.config import TableSettings
from echostream.entrypoints.queries import query_response, stats_response
from echostream.entrypoints.query_parameters import Parameters


def query(caller: Caller, parameters: Parameters, now: datetime) -> dict[str, Any]:
    """The body of `GET /query`. Raises `BadRequest`."""
    store = wiring.tenant(caller.tenant).store
    return query_response(store, caller.tenant, parameters, now, _table(caller))


def stats(caller: Caller, parameters: Parameters, now: datetime) -> dict[str, Any]:
    """The body of `GET /stats`. Raises `BadRequest`."""
    counters = wiring.tenant(caller.tenant).counters
    return stats_response(counters, caller.tenant, parameters, now, _table(caller))


def usage(caller: Caller, _: Parameters, now: datetime) -> dict[str, Any]:
    """The body of `GET /usage`."""
    return admission.usage()(caller, now)


def themes(caller: Caller, parameters: Parameters, now: datetime) -> dict[str, Any]:
    """The body of `GET /themes`. Raises `BadRequest`."""
    from echostream.domain.themes.sampling import sample  # what no other response needs
    from echostream.entrypoints.theme_requests import themes_response

    tenant = wiring.tenant(caller.tenant)
    take = partial(sample, tenant.store, tenant.counters, caller.tenant)
    return themes_response(take, parameters, now, _table(caller).retention)


def _table(caller: Caller) -> TableSettings:
    """The settings of the table, with the retention of the caller's tenant."""
    table = wiring.table_settings()
    return replace(table, retention=caller.privacy.retention(table.retention))
