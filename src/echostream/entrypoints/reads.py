"""What a caller reads of their tenant, with its session. A part of the composition root."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from echostream.entrypoints import admission, wiring
from echostream.entrypoints.access import Caller
from echostream.entrypoints.config import TableSettings
from echostream.entrypoints.queries import query_response, stats_response
from echostream.entrypoints.query_parameters import Parameters

if TYPE_CHECKING:
    from echostream.domain.themes.sampling import TakeSample


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


def alerts(caller: Caller, parameters: Parameters, now: datetime) -> dict[str, Any]:
    """The body of `GET /alerts`. Raises `BadRequest`."""
    from echostream.entrypoints.alert_requests import alerts_response  # not for other responses

    return alerts_response(wiring.tenant(caller.tenant).alerts, caller.tenant, parameters, now)


def themes(caller: Caller, parameters: Parameters, now: datetime) -> dict[str, Any]:
    """The body of `GET /themes`. Raises `BadRequest`."""
    from echostream.entrypoints.theme_requests import themes_response  # not for other responses

    return themes_response(take(caller.tenant), parameters, now, _table(caller).retention)


def aspects(caller: Caller, parameters: Parameters, now: datetime) -> dict[str, Any]:
    """The body of `GET /aspects`. Raises `BadRequest`."""
    from echostream.entrypoints.aspect_requests import aspects_response

    score, retention = wiring.vader().score, _table(caller).retention
    return aspects_response(take(caller.tenant), score, parameters, now, retention)


def digest(caller: Caller, parameters: Parameters, now: datetime) -> dict[str, Any]:
    """The body of `GET /digest`. Raises `BadRequest`."""
    return digest_of(caller.tenant, _table(caller).retention, parameters, now)


def digest_of(
    tenant: str, retention: timedelta, parameters: Parameters, now: datetime
) -> dict[str, Any]:
    """The digest of a tenant, also for a report without a caller. Raises `BadRequest`."""
    from echostream.entrypoints.digest_requests import digest_response

    model = wiring.language_model(tenant)
    return digest_response(take(tenant), model, parameters, now, retention)


def take(name: str) -> "TakeSample":
    """Reads samples of a tenant's documents."""
    from echostream.domain.themes.sampling import sample

    tenant = wiring.tenant(name)
    return partial(sample, tenant.store, tenant.counters, name)


def _table(caller: Caller) -> TableSettings:
    """The settings of the table, with the retention of the caller's tenant."""
    table = wiring.table_settings()
    return replace(table, retention=caller.privacy.retention(table.retention))
