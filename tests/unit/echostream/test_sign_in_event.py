"""Events of Cognito's trigger: who signs in, and the claims of the token that the API accepts."""

import pytest

from echostream.domain.members import Identity
from echostream.entrypoints import sign_in_event

CLAIMS = {"member": "m", "tenant_id": "acme", "roles": "reader"}
MACHINE = "TokenGeneration_ClientCredentials"


def event(source="TokenGeneration_Authentication", version="3", **attributes):
    return {
        "version": version,
        "triggerSource": source,
        "userPoolId": "pool_1",
        "userName": "ClientCredentials" if source == MACHINE else "ann",
        "callerContext": {"clientId": "c1"},
        "request": {"userAttributes": attributes},
        "response": {"claimsAndScopeOverrideDetails": None},
    }


@pytest.mark.parametrize(
    "source",
    [
        "TokenGeneration_Authentication",
        "TokenGeneration_RefreshTokens",
        "TokenGeneration_HostedAuth",
        "TokenGeneration_NewPasswordChallenge",
    ],
)
def test_person_is_the_user_name_of_the_pool(source):
    """Attributes, which users can change, are not read."""
    attributes = {"sub": "bob", "userName": "bob", "cognito:username": "bob", "tenant_id": "x"}
    found = sign_in_event.identity(event(source, **attributes))
    assert found == Identity("person", "pool_1", "ann")


def test_machine_is_its_client():
    """Cognito sends the same user name for all machines."""
    assert sign_in_event.identity(event(MACHINE)) == Identity("machine", "pool_1", "c1")


def test_claims_are_for_the_token_that_the_api_accepts():
    """A person's access token gets none."""
    person = sign_in_event.with_claims(event(), CLAIMS)["response"]
    machine = sign_in_event.with_claims(event(MACHINE), CLAIMS)["response"]
    added = {"claimsToAddOrOverride": CLAIMS}
    assert person["claimsAndScopeOverrideDetails"] == {"idTokenGeneration": added}
    assert machine["claimsAndScopeOverrideDetails"] == {"accessTokenGeneration": added}


def test_pool_of_version_1_gets_the_claims_in_its_form():
    """While a stack is updated, the pool still sends events of the former version."""
    response = sign_in_event.with_claims(event(version="1"), CLAIMS)["response"]
    assert response["claimsOverrideDetails"] == {"claimsToAddOrOverride": CLAIMS}


@pytest.mark.parametrize(
    ("source", "is_one"),
    [
        ("TokenGeneration_Authentication", True),
        ("TokenGeneration_HostedAuth", True),
        ("TokenGeneration_NewPasswordChallenge", True),
        ("TokenGeneration_AuthenticateDevice", True),
        (MACHINE, True),
        ("TokenGeneration_RefreshTokens", False),
    ],
)
def test_refreshed_session_is_no_sign_in(source, is_one):
    """A sign-in has Cognito's word for how it was done."""
    assert sign_in_event.is_sign_in(event(source)) is is_one
    assert f"TokenGeneration_{sign_in_event.method(event(source))}" == source
