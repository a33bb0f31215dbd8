"""The composition root of the sources function, which stores sources and reads none."""

from functools import cache

from tenant_sources import TenantSources

from echostream.adapters.dynamodb_live_sources import DynamoDBLiveSources
from echostream.adapters.secrets_manager import SecretsManager
from echostream.entrypoints import admission, wiring
from echostream.entrypoints.config import SourceSettings
from echostream_sources.administration import SourceAdministration
from echostream_sources.opening import Opening


@cache
def tenant_sources() -> TenantSources:
    settings, table = SourceSettings.read(), wiring.table_settings().name
    sources = DynamoDBLiveSources(wiring.client("dynamodb"), table, wiring.now)
    secrets = SecretsManager(wiring.client("secretsmanager"), settings.secrets)
    opening = Opening(sources, secrets, lambda: (), settings.allows_private)
    manage = SourceAdministration(sources, secrets, opening)
    return TenantSources(manage, admission.directory(), bool(settings.secrets), wiring.now)
