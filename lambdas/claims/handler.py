"""Before Cognito makes a token: put in the tenant that our own directory gives the user.

A user can rewrite their own attributes, so no attribute says whose member they are. The claim is
always set, so that none of theirs can stand in its place; it is empty for a user that the
directory does not know, which the API answers with 403.
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
