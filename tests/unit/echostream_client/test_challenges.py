"""What the user pool asks for during a sign-in, against a stand-in with the documented shapes.

The emulator asks for no setup of an authenticator app (MFA_SETUP), so these chains have no other
test in Python; tests/e2e/site answers them with the emulator's own secrets and codes.
"""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from echostream_client.authenticator_app import AppSetup, is_on, turn_off
from echostream_client.challenges import (
    AppRequired,
    CodeRequired,
    NewPassword,
)
from echostream_client.cognito import SignedInUser, SignInFailed
from echostream_client.session import Session
from tests.unit.echostream_client.test_session import kind_of, session_of, sign_in_to, token

SECRET = "JBSWY3DPEHPK3PXP"
GOOD_CODE = "123456"
GOOD_PASSWORD = "long enough for the pool"


def refused(code):
    return ClientError({"Error": {"Code": code, "Message": ""}}, "RespondToAuthChallenge")


class Pool:
    """A user pool that asks for `challenges` in turn. A session is valid for one correct answer."""

    def __init__(self, *challenges):
        self.challenges = list(challenges)
        self.number = 0
        self.is_verified = False
        self.preferences = []
        self.is_down = False

    @property
    def session(self):
        return f"session {self.number}"

    def _next(self):
        self.number += 1
        if not self.challenges:
            tokens = {"IdToken": token(), "AccessToken": "access", "RefreshToken": "refresh"}
            return {"AuthenticationResult": {**tokens, "ExpiresIn": 900}}
        return {"ChallengeName": self.challenges[0], "Session": self.session}

    def _check(self, session):
        if session != self.session:
            raise refused("NotAuthorizedException")

    def initiate_auth(self, **_):
        return self._next()

    def respond_to_auth_challenge(self, ChallengeName, Session, ChallengeResponses, **_):  # noqa: N803
        if self.is_down:
            raise EndpointConnectionError(endpoint_url="http://pool")
        self._check(Session)
        assert ChallengeName == self.challenges[0]
        assert ChallengeResponses.pop("USERNAME") == "ann"
        match ChallengeName:
            case "NEW_PASSWORD_REQUIRED":
                if ChallengeResponses != {"NEW_PASSWORD": GOOD_PASSWORD}:
                    raise refused("InvalidPasswordException")
            case "SOFTWARE_TOKEN_MFA":
                if ChallengeResponses != {"SOFTWARE_TOKEN_MFA_CODE": GOOD_CODE}:
                    raise refused("CodeMismatchException")
            case "MFA_SETUP":
                assert self.is_verified
        del self.challenges[0]
        return self._next()

    def associate_software_token(self, Session="", AccessToken=""):  # noqa: N803
        if AccessToken:
            return {"SecretCode": SECRET}
        self._check(Session)
        self.number += 1
        return {"SecretCode": SECRET, "Session": self.session}

    def verify_software_token(self, UserCode, Session="", AccessToken=""):  # noqa: N803
        if not AccessToken:
            self._check(Session)
        if UserCode != GOOD_CODE:
            raise refused("EnableSoftwareTokenMFAException")
        self.is_verified = True
        self.number += 1
        return {"Status": "SUCCESS", "Session": self.session}

    def set_user_mfa_preference(self, AccessToken, SoftwareTokenMfaSettings):  # noqa: N803
        self.preferences.append(SoftwareTokenMfaSettings)

    def get_user(self, AccessToken):  # noqa: N803
        is_enabled = bool(self.preferences) and self.preferences[-1]["Enabled"]
        return {"UserMFASettingList": ["SOFTWARE_TOKEN_MFA"]} if is_enabled else {}


def test_temporary_password_is_replaced():
    """By one that the pool accepts; a weak one can be corrected."""
    challenge = sign_in_to(Pool("NEW_PASSWORD_REQUIRED"))
    assert isinstance(challenge, NewPassword)
    assert kind_of(lambda: challenge.answer("short")) == "weak"
    session = challenge.answer(GOOD_PASSWORD)
    assert isinstance(session, Session)
    assert session.tenant == "acme"
    assert session.roles == {"reader", "writer"}


def test_code_of_the_app_is_required():
    """A wrong code can be corrected."""
    challenge = sign_in_to(Pool("SOFTWARE_TOKEN_MFA"))
    assert isinstance(challenge, CodeRequired)
    assert kind_of(lambda: challenge.answer("000000")) == "code"
    assert isinstance(challenge.answer(GOOD_CODE), Session)


def test_first_sign_in_sets_password_and_app():
    """The new password is followed by the setup, whose secret an app can take over."""
    challenge = sign_in_to(Pool("NEW_PASSWORD_REQUIRED", "MFA_SETUP"))
    assert isinstance(challenge, NewPassword)
    setup = challenge.answer(GOOD_PASSWORD)
    assert isinstance(setup, AppRequired)
    assert setup.secret == SECRET
    assert setup.uri == f"otpauth://totp/EchoStream:ann?secret={SECRET}&issuer=EchoStream"
    assert kind_of(lambda: setup.answer("000000")) == "code"
    assert isinstance(setup.answer(GOOD_CODE), Session)


def test_setup_continues_after_a_lost_connection():
    """The pool verifies a setup once, so a repeat sends the last step only."""
    pool = Pool("MFA_SETUP")
    setup = sign_in_to(pool)
    assert isinstance(setup, AppRequired)
    pool.is_down = True
    assert kind_of(lambda: setup.answer(GOOD_CODE)) == "unreachable"
    pool.is_down = False
    assert isinstance(setup.answer("another code"), Session)


def test_expired_challenge_starts_again():
    """The pool no longer knows the session; its error is that of a wrong password."""
    pool = Pool("SOFTWARE_TOKEN_MFA")
    challenge = sign_in_to(pool)
    assert isinstance(challenge, CodeRequired)
    pool.number += 1
    assert kind_of(lambda: challenge.answer(GOOD_CODE)) == "wrong"


def test_other_challenges_are_unsupported():
    """For example a code by SMS, also after a new password."""
    assert kind_of(lambda: sign_in_to(Pool("SMS_MFA"))) == "unsupported"
    challenge = sign_in_to(Pool("NEW_PASSWORD_REQUIRED", "SMS_MFA"))
    assert isinstance(challenge, NewPassword)
    assert kind_of(lambda: challenge.answer(GOOD_PASSWORD)) == "unsupported"


def test_member_turns_the_app_on_and_off():
    """A wrong code changes nothing; a correct one makes the pool ask for codes."""
    session = session_of(Pool())
    setup = AppSetup(session)
    assert setup.secret == SECRET
    assert kind_of(lambda: setup.confirm("000000")) == "code"
    assert not is_on(session)
    setup.confirm(GOOD_CODE)
    assert is_on(session)
    turn_off(session)
    assert not is_on(session)


@pytest.mark.parametrize("challenge", ["SOFTWARE_TOKEN_MFA", "MFA_SETUP"])
def test_program_is_told_to_use_a_machine_user(challenge):
    """A program cannot enter a code, and tries no other password."""
    pool: Any = Pool(challenge)
    user = SignedInUser(pool, "client", "ann", "secret", lambda: ["other"])
    with pytest.raises(SignInFailed, match=r"as ann.*echostream machine create") as error:
        user.token()
    assert error.value.kind == "unsupported"
    assert pool.number == 1
