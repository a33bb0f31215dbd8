"""Rotation of a password while a program is signed in with it."""

from collections.abc import Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from echostream_cli.errors import UserError
from echostream_cli.operate.rotate import Secret, rotate
from echostream_client.cognito import SignedInUser, SignInFailed
from tests.aws import client


class UserPool:
    """A user pool with one user. Its tokens expire at once, so each use signs in again."""

    def __init__(self, password):
        self.password = password
        self.attempts = []
        self.is_throttled = False

    def initiate_auth(self, AuthParameters, **_):  # noqa: N803
        self.attempts.append(AuthParameters["PASSWORD"])
        if self.is_throttled:
            raise ClientError({"Error": {"Code": "TooManyRequestsException"}}, "InitiateAuth")
        if self.attempts[-1] != self.password:
            raise ClientError({"Error": {"Code": "NotAuthorizedException"}}, "InitiateAuth")
        return {"AuthenticationResult": {"IdToken": f"by {self.password}", "ExpiresIn": 0}}

    def admin_set_user_password(self, Password, **_):  # noqa: N803
        self.password = Password

    def admin_user_global_sign_out(self, **_):
        pass


def user_of(pool: Any, passwords: Sequence[str]) -> SignedInUser:
    """A user whose password was "old", and whose secret has these."""
    return SignedInUser(pool, "client", "ann", "old", lambda: iter(passwords))


@pytest.fixture
def secrets():
    with mock_aws():
        manager = client("secretsmanager")
        manager.create_secret(Name="s", SecretString="old")
        yield manager


def get_password(secrets, stage="AWSCURRENT"):
    response = secrets.get_secret_value(SecretId="s", VersionStage=stage)
    return response["SecretString"]


def test_sign_in_tries_the_passwords_of_the_secret_after_a_rejection():
    """In their order, and keeps the one that works."""
    pool = UserPool("new")
    user = user_of(pool, ["old", "other", "new"])
    assert user.token() == "by new"
    assert pool.attempts == ["old", "other", "new"]
    assert user.token() == "by new"
    assert pool.attempts[3:] == ["new"]


def test_throttled_sign_in_tries_no_other_password():
    """Throttling does not mean that the password is wrong."""
    pool = UserPool("old")
    pool.is_throttled = True
    user = user_of(pool, ["new"])
    with pytest.raises(SignInFailed, match="TooManyRequests"):
        user.token()
    assert pool.attempts == ["old"]


def test_sign_in_fails_if_the_secret_has_no_other_password():
    """The error is that of the first attempt."""
    user = user_of(UserPool("new"), ["old"])
    with pytest.raises(SignInFailed, match="cannot sign in as ann"):
        user.token()


class Crash(Exception):
    """The end of the process."""


CALLS = (
    "put_secret_value",
    "admin_set_user_password",
    "initiate_auth",
    "update_secret_version_stage",
    "admin_user_global_sign_out",
)


class CrashingClient:
    """A client that crashes before or after the nth call of one method."""

    def __init__(self, inner, method, is_after, number=1):
        self._inner, self._method, self._is_after = inner, method, is_after
        self._remaining = number

    def __getattr__(self, name):
        method = getattr(self._inner, name)
        if name != self._method:
            return method

        def call(**arguments):
            self._remaining -= 1
            if self._remaining == 0 and not self._is_after:
                raise Crash
            response = method(**arguments)
            if self._remaining == 0:
                raise Crash
            return response

        return call


def can_sign_in(pool, secrets):
    """Whether a program can sign in that reads the secret after a rejection."""

    def read_passwords():
        yield get_password(secrets)
        try:
            yield get_password(secrets, "AWSPENDING")
        except secrets.exceptions.ResourceNotFoundException:
            return

    user = SignedInUser(pool, "c", "demo", "old", read_passwords)
    return user.token() == f"by {pool.password}"


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("method", "number"), [*((call, 1) for call in CALLS), ("update_secret_version_stage", 2)]
)
def test_rotation_can_crash_at_any_call(secrets, method, number, is_after):
    """A program can sign in afterwards, and a second run completes the rotation."""
    pool = UserPool("old")
    with pytest.raises(Crash):
        rotate(
            Secret(CrashingClient(secrets, method, is_after, number), "s"),
            CrashingClient(pool, method, is_after, number),
            "pool",
            "client",
            "demo",
        )
    assert can_sign_in(pool, secrets)
    rotate(Secret(secrets, "s"), pool, "pool", "client", "demo")
    assert get_password(secrets) == pool.password != "old"
    assert can_sign_in(pool, secrets)


def test_rotation_of_a_missing_secret_is_refused(secrets):
    """The message names the secret; the password in the pool does not change."""
    pool = UserPool("old")
    with pytest.raises(UserError, match="no secret missing"):
        rotate(Secret(secrets, "missing"), pool, "pool", "client", "demo")
    assert pool.password == "old"
