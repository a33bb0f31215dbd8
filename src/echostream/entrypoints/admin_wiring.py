"""The composition root of the admin function."""

from functools import cache

from echostream.adapters.cognito_pool import ApiAudience, CognitoPool
from echostream.entrypoints import admission
from echostream.entrypoints.administration import Administration
from echostream.entrypoints.config import AdminSettings
from echostream.entrypoints.tenant_admin import TenantAdmin
from echostream.entrypoints.wiring import client, now


@cache
def tenant_admin() -> TenantAdmin:
    settings = AdminSettings.read()
    administration = Administration(
        admission.directory(),
        CognitoPool(client("cognito-idp"), settings.pool),
        settings.pool,
        ApiAudience(client("apigatewayv2"), settings.api, settings.authorizer),
        settings.people_client,
        settings.provider,
        settings.max_machines,
    )
    return TenantAdmin(administration, settings.token_url, now)
