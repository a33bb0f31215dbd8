"""Sessions of the user pool: sign-in, renewal, sign-out, and the pool's errors."""

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from echostream_client.challenges import SignIn, sign_in
from echostream_client.cognito import SignInFailed
from echostream_client.session import Session, claims


def token(**fields):
    claims_ = {
        "token_use": "id",
        "aud": "client",
        "sub": "s-1",
        "tenant_id": "acme",
        "roles": "reader writer",
        **fields,
    }
    middle = base64.urlsafe_b64encode(json.dumps(claims_).encode()).decode().rstrip("=")
    return f"e30.{middle}.signature"


def client_error(code, message=""):
    return ClientError({"Error": {"Code": code, "Message": message}}, "InitiateAuth")


class Pool:
    """A user pool. `error`, if set, is its response to sign-in and renewal."""

    def __init__(self, expires_in=3600):
        self.error = None
        self.flows, self.revoked = [], []
        self.expires_in = expires_in
        self.number = 0

    def initiate_auth(self, AuthFlow, AuthParameters, ClientId):  # noqa: N803
        self.flows.append((AuthFlow, AuthParameters))
        if self.error:
            raise self.error
        return {"AuthenticationResult": self._result(AuthFlow)}

    def _result(self, flow):
        self.number += 1
        refresh = {"RefreshToken": "refresh"} if flow == "USER_PASSWORD_AUTH" else {}
        tokens = {"IdToken": token(n=self.number), "AccessToken": f"access {self.number}"}
        return {**tokens, "ExpiresIn": self.expires_in, **refresh}

    def get_user(self, AccessToken):  # noqa: N803
        return {"Username": AccessToken}

    def revoke_token(self, Token, ClientId):  # noqa: N803
        self.revoked.append(Token)


def sign_in_to(pool: Any) -> SignIn:
    return sign_in(pool, "client", "ann", "secret")


def session_of(pool: Any) -> Session:
    session = sign_in_to(pool)
    assert isinstance(session, Session)
    return session


def kind_of(call):
    """The kind of the `SignInFailed` that a call raises."""
    with pytest.raises(SignInFailed) as error:
        call()
    return error.value.kind


def test_session_is_renewed_without_the_password_and_ends():
    """After `end` there is no token, and the refresh token is revoked."""
    pool = Pool(expires_in=30)  # always about to end
    session = session_of(pool)
    assert (session.subject, session.tenant) == ("s-1", "acme")
    assert session.token() == token(n=2)
    assert [flow for flow, _ in pool.flows] == ["USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH"]
    session.end()
    assert pool.revoked == ["refresh"]
    assert kind_of(session.token) == "ended"


def test_valid_token_is_reused():
    """The pool is not called while the token is valid."""
    pool = Pool()
    session = session_of(pool)
    assert session.token() == session.token() == token(n=1)
    assert len(pool.flows) == 1


def test_revoked_session_ends():
    """An unreachable pool does not end the session; a revoked refresh token does."""
    pool = Pool(expires_in=30)
    session = session_of(pool)
    pool.error = EndpointConnectionError(endpoint_url="http://pool")
    assert kind_of(session.token) == "unreachable"
    pool.error = None
    assert session.token() == token(n=2)
    pool.error = client_error("NotAuthorizedException", "Refresh Token has been revoked")
    assert kind_of(session.renew) == "ended"
    pool.error = None
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
def test_error_of_the_pool_has_a_kind(code, message, kind):
    """The frontends show one message for each kind."""
    pool = Pool()
    pool.error = client_error(code, message)
    assert kind_of(lambda: sign_in_to(pool)) == kind


def test_operation_on_the_own_user_has_a_valid_access_token():
    """It is renewed with the ID token."""
    session = session_of(Pool(expires_in=30))  # always about to end
    assert session.call("get_user") == {"Username": "access 2"}


@pytest.mark.parametrize(
    "id_token", ["", "no token", "a.b.c", token(aud="another"), token(token_use="access")]
)
def test_foreign_tokens_are_unreadable(id_token):
    """Malformed, of another client, or no ID token."""
    assert kind_of(lambda: claims(id_token, "client")) == "unreadable"
