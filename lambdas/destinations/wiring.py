"""The composition root of the destinations function, which sends test messages but no alerts."""

from functools import cache

from tenant_destinations import TenantDestinations

from echostream.domain.alerts.destination_administration import DestinationAdministration
from echostream.entrypoints import admission, destination_wiring, wiring
from echostream_sources.posting import Posting


@cache
def tenant_destinations() -> TenantDestinations:
    settings = destination_wiring.settings()
    manage = DestinationAdministration(
        destination_wiring.destinations(),
        destination_wiring.secrets(),
        destination_wiring.mail(),
        destination_wiring.hosts,
        settings.allows_private,
    )
    senders = destination_wiring.senders(Posting(destination_wiring.hosts, settings.allows_private))
    return TenantDestinations(manage, admission.directory(), senders, settings.page, wiring.now)
