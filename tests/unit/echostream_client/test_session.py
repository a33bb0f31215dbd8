"""A person's stay with the user pool: in, renewed, out; what the pool's refusals mean."""

import base64
import json

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from echostream_client.cognito import SignInFailed
from echostream_client.session import NewPassword, claims, sign_in


def token(**fields):
    given = {"token_use": "id", "aud": "client", "sub": "s-1", "tenant_id": "acme", **fields}
    middle = base64.urlsafe_b64encode(json.dumps(given).encode()).decode().rstrip("=")
    return f"e30.{middle}.signature"


def refusal(code, message=""):
    return ClientError({"Error": {"Code": code, "Message": message}}, "InitiateAuth")


class Pool:
    """A user pool that answers what a test wants."""

    def __init__(self, expires_in=3600):
        self.refuse = None
        self.flows, self.revoked = [], []
        self.expires_in = expires_in
        self.challenge = None
        self.number = 0

    def initiate_auth(self, AuthFlow, AuthParameters, ClientId):  # noqa: N803
        self.flows.append((AuthFlow, AuthParameters))
        if self.refuse:
            raise self.refuse
        if self.challenge:
            return {"ChallengeName": self.challenge, "Session": "s"}
        return {"AuthenticationResult": self._result(AuthFlow)}

    def _result(self, flow):
        self.number += 1
        fresh = {"RefreshToken": "refresh"} if flow == "USER_PASSWORD_AUTH" else {}
        return {"IdToken": token(n=self.number), "ExpiresIn": self.expires_in, **fresh}

    def respond_to_auth_challenge(self, ChallengeResponses, **_):  # noqa: N803
        if len(ChallengeResponses["NEW_PASSWORD"]) < 14:
            raise refusal("InvalidPasswordException", "too short")
        return {"AuthenticationResult": self._result("USER_PASSWORD_AUTH")}

    def revoke_token(self, Token, ClientId):  # noqa: N803
        self.revoked.append(Token)


def kind_of(call):
    with pytest.raises(SignInFailed) as found:
        call()
    return found.value.kind


def test_in_renewed_and_out():
    """The password is sent once; a token that ends is renewed without it; out is out."""
    pool = Pool(expires_in=30)  # always about to end
    session = sign_in(pool, "client", "ann", "secret")
    assert (session.subject, session.tenant) == ("s-1", "acme")
    assert session.token() == token(n=2)
    assert [flow for flow, _ in pool.flows] == ["USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH"]
    session.end()
    assert pool.revoked == ["refresh"]
    assert kind_of(session.token) == "ended"


def test_a_good_token_is_kept():
    """Nobody asks the pool again while it is good."""
    pool = Pool()
    session = sign_in(pool, "client", "ann", "secret")
    assert session.token() == session.token()
    assert len(pool.flows) == 1


def test_a_session_that_the_pool_ended():
    """Is told from a pool that is away for a moment."""
    pool = Pool(expires_in=30)
    session = sign_in(pool, "client", "ann", "secret")
    pool.refuse = EndpointConnectionError(endpoint_url="http://pool")
    assert kind_of(session.token) == "unreachable"
    pool.refuse = None
    assert session.token()
    pool.refuse = refusal("NotAuthorizedException", "Refresh Token has been revoked")
    assert kind_of(session.renew) == "ended"
    pool.refuse = None
    assert kind_of(session.token) == "ended"


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("NotAuthorizedException", "Incorrect username or password.", "wrong"),
        ("NotAuthorizedException", "Password attempts exceeded", "locked"),
        ("UserNotFoundException", "", "wrong"),
        ("PasswordResetRequiredException", "", "reset"),
        ("TooManyRequestsException", "", "busy"),
        ("InternalErrorException", "", "failed"),
    ],
)
def test_what_refusals_mean(code, message, kind):
    """To the person who wants in."""
    pool = Pool()
    pool.refuse = refusal(code, message)
    assert kind_of(lambda: sign_in(pool, "client", "ann", "x")) == kind


def test_a_password_for_one_use():
    """Is replaced by one that the pool takes."""
    pool = Pool()
    pool.challenge = "NEW_PASSWORD_REQUIRED"
    challenge = sign_in(pool, "client", "ann", "temporary")
    assert isinstance(challenge, NewPassword)
    assert kind_of(lambda: challenge.answer("short")) == "weak"
    assert challenge.answer("long enough to be taken").tenant == "acme"


def test_a_challenge_that_nobody_here_can_meet():
    """Says so."""
    pool = Pool()
    pool.challenge = "SMS_MFA"
    assert kind_of(lambda: sign_in(pool, "client", "ann", "x")) == "unsupported"


@pytest.mark.parametrize(
    "given", ["", "no token", "a.b.c", token(aud="another"), token(token_use="access")]
)
def test_tokens_that_are_none_of_ours(given):
    """Are not read."""
    assert kind_of(lambda: claims(given, "client")) == "unreadable"
