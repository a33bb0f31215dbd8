"""Authenticator apps of test users, and a user pool that requires or permits them.

The emulator asks for the code of an app that was set up, and checks it. With MFA required it does
not ask a person without an app to set one up, as AWS does (MFA_SETUP): tests replace one response.
"""

import time
from contextlib import contextmanager

from echostream_client import totp
from echostream_client.authenticator_app import AppSetup
from echostream_client.challenges import sign_in
from echostream_client.session import Session
from tests.accounts import PASSWORD

SETUP_REQUIRED = {
    "ChallengeName": "MFA_SETUP",
    "Session": "a session of this user pool",
    "ChallengeParameters": {"MFAS_CAN_SETUP": '["SOFTWARE_TOKEN_MFA"]'},
}
"""What AWS returns to a person without an app, in place of tokens."""
WRONG_CODE = "000000"
"""Of a million codes, one of three that the emulator accepts at a time could be this one."""


@contextmanager
def mfa(settings, sandbox, configuration):
    """Set MfaConfiguration of the tests' user pool; other users have no app, and notice nothing."""
    pool, name = settings.target.client("cognito-idp"), sandbox["USER_POOL_ID"]
    app = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
    pool.set_user_pool_mfa_config(UserPoolId=name, MfaConfiguration=configuration, **app)
    try:
        yield
    finally:
        pool.set_user_pool_mfa_config(UserPoolId=name, MfaConfiguration="OFF")


def set_up_app(settings, sandbox, account):
    """Set up an app for an account. Returns its secret."""
    cognito, client = settings.target.client("cognito-idp"), sandbox["USER_POOL_CLIENT_ID"]
    session = sign_in(cognito, client, account.username, PASSWORD)
    assert isinstance(session, Session)
    setup = AppSetup(session)
    setup.confirm(totp.code(setup.secret, time.time()))
    return setup.secret


def code_of(secret):
    """The code that an app with this secret shows now, in two groups as apps write it."""
    code = totp.code(secret, time.time())
    return f"{code[:3]} {code[3:]}"
