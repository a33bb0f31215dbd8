"""The composition root of the alerts function."""

from datetime import datetime
from functools import cache

from echostream.adapters.dynamodb_alerts import DynamoDBAlerts
from echostream.domain.alerts.alert import Alert
from echostream.domain.alerts.delivery import RECENT, Delivery
from echostream.domain.alerts.documents import documents_behind
from echostream.domain.alerts.tenant_watch import TenantWatch
from echostream.domain.alerts.tenants import AlertTenants
from echostream.domain.alerts.theme_watch import ThemeWatch
from echostream.domain.alerts.watch import Found
from echostream.domain.themes.corpus import Mention
from echostream.entrypoints import admission, destination_wiring, reads, wiring
from echostream_sources.posting import Posting

POST_SECONDS = 5.0
"""For a response: a tenant has up to ten webhooks."""


@cache
def alert_tenants() -> AlertTenants:
    window = wiring.table_settings().window
    watch = TenantWatch(wiring.counters(), log(), compare_themes, window)
    mark_received, deliver = wiring.store().mark_received, delivery().deliver
    return AlertTenants(admission.active_tenants, mark_received, watch, deliver)


@cache
def log() -> DynamoDBAlerts:
    return DynamoDBAlerts(wiring.client("dynamodb"), wiring.table_settings().name)


def compare_themes(tenant: str, first: datetime, hour: datetime) -> Found:
    """What is unusual in the themes of an hour; reads documents with the tenant's credentials."""
    return ThemeWatch(reads.take(tenant))(first, hour)


def documents_of(tenant: str, alert: Alert) -> list[Mention]:
    """Documents to quote, of the last day: every tenant keeps them so long.

    They are read with the tenant's credentials.
    """
    return documents_behind(reads.take(tenant), alert, wiring.now() - RECENT)


@cache
def delivery() -> Delivery:
    settings = destination_wiring.settings()
    senders = destination_wiring.senders(
        Posting(destination_wiring.hosts, settings.allows_private, POST_SECONDS)
    )
    return Delivery(log(), destination_wiring.destinations(), senders, documents_of, settings.page)
