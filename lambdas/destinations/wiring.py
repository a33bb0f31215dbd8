"""The composition root of the destinations function, which sends test messages but no alerts."""

from functools import cache

from tenant_destinations import TenantDestinations

from echostream.adapters.dynamodb_live_sources import DynamoDBLiveSources
from echostream.domain.alerts.destination_administration import DestinationAdministration
from echostream.entrypoints import admission, destination_wiring, wiring
from echostream_sources.posting import Posting


@cache
def tenant_destinations() -> TenantDestinations:
    settings, table = destination_wiring.settings(), wiring.table_settings().name
    hosts = DynamoDBLiveSources(wiring.client("dynamodb"), table, wiring.now).hosts
    manage = DestinationAdministration(
        destination_wiring.destinations(),
        destination_wiring.secrets(),
        destination_wiring.mail(),
        hosts,
        settings.allows_private,
    )
    senders = destination_wiring.senders(Posting(hosts, settings.allows_private))
    return TenantDestinations(manage, admission.directory(), senders, settings.page, wiring.now)
