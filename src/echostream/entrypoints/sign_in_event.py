"""Events of Cognito's trigger before it issues tokens: who signs in, and the claims to add.

Format: "Pre token generation Lambda trigger" in the Amazon Cognito Developer Guide.
"""

from collections.abc import Mapping
from typing import Any

from echostream.domain.members import Identity

_OF_MACHINES = "TokenGeneration_ClientCredentials"
_REFRESH = "TokenGeneration_RefreshTokens"


def identity(event: Mapping[str, Any]) -> Identity:
    """Who signs in. Neither a user name nor a client id can be changed by its user."""
    if event["triggerSource"] == _OF_MACHINES:
        return Identity("machine", event["userPoolId"], event["callerContext"]["clientId"])
    return Identity("person", event["userPoolId"], event["userName"])


def is_sign_in(event: Mapping[str, Any]) -> bool:
    """Whether somebody signs in; otherwise a session that exists gets new tokens."""
    return bool(event["triggerSource"] != _REFRESH)


def method(event: Mapping[str, Any]) -> str:
    """How somebody signs in: Cognito's word for it, such as `HostedAuth`."""
    return str(event["triggerSource"]).removeprefix("TokenGeneration_")


def with_claims(event: dict[str, Any], claims: Mapping[str, str]) -> dict[str, Any]:
    """The event with claims for the token that the API accepts.

    That is the ID token of a person, and the access token of a machine. A pool that is being
    updated from version 1.0 still sends events of version 1, which have only an ID token.
    """
    added = {"claimsToAddOrOverride": dict(claims)}
    if event["version"] == "1":
        event["response"]["claimsOverrideDetails"] = added
        return event
    token = "accessToken" if event["triggerSource"] == _OF_MACHINES else "idToken"
    event["response"]["claimsAndScopeOverrideDetails"] = {f"{token}Generation": added}
    return event
