"""Cognito's trigger before it issues a token: adds the user's tenant from the documents table.

Users can change their own attributes, so the tenant is not an attribute. The claim is always set,
so that an attribute of the same name cannot replace it; it is empty for a user without a tenant,
and the API then returns 403.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from echostream.entrypoints import telemetry, wiring

logger = Logger()


@logger.inject_lambda_context
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    user = event["request"]["userAttributes"]["sub"]
    tenant = wiring.store().tenant_of(user)
    logger.info("claims", user=user, tenant=tenant)
    claims = {"claimsToAddOrOverride": {"tenant_id": tenant or ""}}
    event["response"]["claimsOverrideDetails"] = claims
    return event
