"""Cognito's trigger before it issues tokens: adds the member's tenant and roles.

They come from the directory, under the user name and the pool, or under the client id of a machine.
Attributes are not used, because users can change their own. The claims are always set, so that no
attribute of the same name replaces them; they are empty for a user without a tenant, and the API
then returns 403. A sign-in is an event of the audit log; without it there are no claims.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from echostream.domain.audit import Action, new_event
from echostream.domain.members import Member, format_roles
from echostream.entrypoints import admission, audit, sign_in_event, telemetry, wiring

logger = Logger()


def record(member: Member, event: dict[str, Any]) -> None:
    at, actor, method = wiring.now(), str(member.identity), sign_in_event.method(event)
    audit.log().record(new_event(member.tenant, at, actor, Action.SIGN_IN, method=method))


@logger.inject_lambda_context
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    identity = sign_in_event.identity(event)
    member = admission.directory().member(identity)
    logger.info("claims", member=str(identity), tenant=member.tenant if member else None)
    if member and sign_in_event.is_sign_in(event):
        record(member, event)
    claims = {
        "member": str(identity),
        "tenant_id": member.tenant if member else "",
        "roles": format_roles(member.roles) if member else "",
    }
    return sign_in_event.with_claims(event, claims)
