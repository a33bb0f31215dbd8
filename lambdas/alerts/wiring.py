"""The composition root of the alerts function."""

import random
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial

from echostream.adapters.dynamodb_alerts import DynamoDBAlerts
from echostream.adapters.dynamodb_directory import DynamoDBDirectory
from echostream.adapters.dynamodb_live_sources import DynamoDBLiveSources
from echostream.domain.alerts.alert import Alert
from echostream.domain.alerts.delivery import Delivery
from echostream.domain.alerts.documents import documents_behind
from echostream.domain.alerts.tenant_watch import TenantWatch
from echostream.domain.alerts.tenants import AlertTenants
from echostream.domain.alerts.theme_watch import ThemeWatch
from echostream.domain.alerts.watch import Found
from echostream.domain.members import TenantState
from echostream.domain.query import Question
from echostream.domain.themes.corpus import Mention
from echostream.domain.themes.sampling import Sample, sample
from echostream.entrypoints import destination_wiring, wiring
from echostream_sources.posting import Posting

POST_SECONDS = 5.0
"""For a response: a tenant has up to ten webhooks."""


@cache
def alert_tenants() -> AlertTenants:
    window = wiring.table_settings().window
    watch = TenantWatch(wiring.counters(), log(), compare_themes, window)
    mark_received, deliver = wiring.store().mark_received, delivery().deliver
    return AlertTenants(active_tenants, mark_received, watch, deliver)


@cache
def log() -> DynamoDBAlerts:
    return DynamoDBAlerts(wiring.client("dynamodb"), wiring.table_settings().name)


def active_tenants() -> list[str]:
    """The names in another order each time: if the time is short, it is not for the same ones."""
    directory = DynamoDBDirectory(wiring.client("dynamodb"), wiring.table_settings().name)
    names = [one.name for one in directory.tenants() if one.state is TenantState.ACTIVE]
    return random.sample(names, len(names))


def compare_themes(tenant: str, first: datetime, hour: datetime) -> Found:
    """What is unusual in the themes of an hour; reads documents with the tenant's credentials."""
    return ThemeWatch(_take(tenant))(first, hour)


def documents_of(tenant: str, alert: Alert) -> list[Mention]:
    """Documents to quote; reads them with the tenant's credentials."""
    return documents_behind(_take(tenant), alert)


def _take(tenant: str) -> Callable[[Question, int], Sample]:
    adapters = wiring.tenant(tenant)
    return partial(sample, adapters.store, adapters.counters, tenant)


@cache
def delivery() -> Delivery:
    settings, table = destination_wiring.settings(), wiring.table_settings().name
    hosts = DynamoDBLiveSources(wiring.client("dynamodb"), table, wiring.now).hosts
    senders = destination_wiring.senders(Posting(hosts, settings.allows_private, POST_SECONDS))
    return Delivery(log(), destination_wiring.destinations(), senders, documents_of, settings.page)
