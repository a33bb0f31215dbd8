"""A password that changes while somebody is signed in with it."""

import json

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from echostream_cli.errors import UserError
from echostream_cli.operate.rotate import Secret, login_of, rotate
from echostream_client.cognito import SignedInUser, SignInFailed
from tests.aws import client


class Pool:
    """A user pool with one user: takes one password, gives tokens that end at once."""

    def __init__(self, password):
        self.password = password
        self.tried = []
        self.is_away = False

    def initiate_auth(self, AuthParameters, **_):  # noqa: N803
        self.tried.append(AuthParameters["PASSWORD"])
        if self.is_away:
            raise ClientError({"Error": {"Code": "TooManyRequestsException"}}, "InitiateAuth")
        if self.tried[-1] != self.password:
            raise ClientError({"Error": {"Code": "NotAuthorizedException"}}, "InitiateAuth")
        return {"AuthenticationResult": {"IdToken": f"by {self.password}", "ExpiresIn": 0}}

    def admin_set_user_password(self, Password, **_):  # noqa: N803
        self.password = Password

    def admin_user_global_sign_out(self, **_):
        pass


@pytest.fixture
def secrets():
    with mock_aws():
        manager = client("secretsmanager")
        manager.create_secret(Name="s", SecretString='{"username": "producer", "password": "old"}')
        yield manager


def of(secrets, stage="AWSCURRENT"):
    found = secrets.get_secret_value(SecretId="s", VersionStage=stage)
    return json.loads(found["SecretString"])["password"]


def test_whoever_is_signed_in_finds_the_new_password():
    """Refused with the one it knows, a user tries those that the secret has by now."""
    pool = Pool("new")
    user = SignedInUser(pool, "client", "ann", "old", lambda: iter(["old", "other", "new"]))
    assert user.token() == "by new"
    assert pool.tried == ["old", "other", "new"]
    assert user.token() == "by new"
    assert pool.tried[3:] == ["new"]


def test_no_password_is_tried_where_the_pool_does_not_answer():
    """A throttled sign-in says nothing of the password."""
    pool = Pool("old")
    pool.is_away = True
    user = SignedInUser(pool, "client", "ann", "old", lambda: ["new"])
    with pytest.raises(SignInFailed, match="TooManyRequests"):
        user.token()
    assert pool.tried == ["old"]


def test_a_password_that_is_wrong_stays_an_error():
    """Nothing else in the secret: the first refusal is what the user reads."""
    user = SignedInUser(Pool("new"), "client", "ann", "old", lambda: ["old"])
    with pytest.raises(SignInFailed, match="cannot sign in as ann"):
        user.token()


class Dies(Exception):
    """A crash."""


DEADLY = (
    "put_secret_value",
    "admin_set_user_password",
    "initiate_auth",
    "update_secret_version_stage",
    "admin_user_global_sign_out",
)


class Dying:
    """Passes calls on, and dies before or after one of them."""

    def __init__(self, inner, call, after, number=1):
        self._inner, self._call, self._after, self._left = inner, call, after, number

    def __getattr__(self, name):
        value = getattr(self._inner, name)
        if name != self._call:
            return value

        def call(**arguments):
            self._left -= 1
            if self._left == 0 and not self._after:
                raise Dies
            value(**arguments)
            if self._left == 0:
                raise Dies
            return value(**arguments) if name == "initiate_auth" else {}

        return call


def signs_in(pool, secrets):
    """Whether a program that reads the secret as the producer does can sign in."""

    def passwords():
        yield of(secrets)
        try:
            yield of(secrets, "AWSPENDING")
        except secrets.exceptions.ResourceNotFoundException:
            return

    return SignedInUser(pool, "c", "producer", "old", passwords).token() == f"by {pool.password}"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("call", "number"), [*((call, 1) for call in DEADLY), ("update_secret_version_stage", 2)]
)
def test_a_crash_at_any_line_leaves_the_producer_running(secrets, call, number, after):
    """Whatever line is the last: the producer signs in, and a second run ends the rotation."""
    pool = Pool("old")
    with pytest.raises(Dies):
        rotate(
            Secret(Dying(secrets, call, after, number), "s"),
            Dying(pool, call, after, number),
            "pool",
            "client",
            "producer",
        )
    assert signs_in(pool, secrets)
    rotate(Secret(secrets, "s"), pool, "pool", "client", "producer")
    assert of(secrets) == pool.password != "old"
    assert signs_in(pool, secrets)


def test_secrets_of_either_form():
    """A password alone, or with its user's name."""
    assert login_of("word", "demo") == ("demo", "word")
    assert login_of('{"username": "a", "password": "b"}', "demo") == ("a", "b")


def test_a_secret_that_is_not_there_is_named(secrets):
    """Nothing is set in the pool."""
    pool = Pool("old")
    with pytest.raises(UserError, match="no secret gone"):
        rotate(Secret(secrets, "gone"), pool, "pool", "client", "demo")
    assert pool.password == "old"
