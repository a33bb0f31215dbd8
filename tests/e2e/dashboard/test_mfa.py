"""Sign-in to the dashboard with an authenticator app, against the emulator's challenges."""

import time

import pytest

from dashboard.data.auth import enter
from dashboard.data.deployment import deployment
from echostream_client import totp
from echostream_client.challenges import CodeRequired
from tests.accounts import PASSWORD, Account
from tests.authenticator_app import SETUP_REQUIRED, WRONG_CODE, code_of, mfa, set_up_app
from tests.e2e.dashboard.app_actions import button, total_of

WRONG = "The code is incorrect, or it was used before."


@pytest.fixture(autouse=True)
def optional_mfa(settings, sandbox):
    with mfa(settings, sandbox, "OPTIONAL"):
        yield


def submit_password(app, account):
    app.run()
    app.text_input[0].input(account.username)
    app.text_input[1].input(PASSWORD)
    button(app, "Sign in").click().run()


def submit_code(app, code, label="Sign in"):
    [field] = [one for one in app.text_input if one.label == "Code"]
    field.input(code)
    button(app, label).click().run()


def test_code_of_the_app_is_required(app, settings, sandbox, account):
    """A wrong code can be corrected."""
    secret = set_up_app(settings, sandbox, account)
    submit_password(app, account)
    submit_code(app, WRONG_CODE)
    assert WRONG in app.error[0].value
    submit_code(app, code_of(secret))
    assert not app.exception
    assert total_of(app) == 0


def test_first_sign_in_sets_password_and_app(app, settings, sandbox, name, monkeypatch):
    """The emulator asks for no setup: the response to the new password is AWS's."""
    submit_password(app, Account(settings, sandbox, name, tenant=name))
    client = app.session_state["challenge"]._cognito
    respond = client.respond_to_auth_challenge

    def respond_as_aws(**arguments):
        response = respond(**arguments)
        is_password = arguments["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
        return SETUP_REQUIRED if is_password else response

    monkeypatch.setattr(client, "respond_to_auth_challenge", respond_as_aws)
    app.text_input[0].input("Another-password-2")
    button(app, "Sign in").click().run()
    secret, address = (block.value for block in app.code)
    assert address == totp.uri(secret, name)
    submit_code(app, code_of(secret))
    assert not app.exception
    assert total_of(app) == 0


def test_member_turns_the_app_on_and_off(page_of, account, monkeypatch):
    """Where the deployment permits it: the next sign-in asks for a code, and later no longer."""
    member = enter(account.username, PASSWORD)
    assert "Set up an authenticator app" not in labels(page_of("tenant", member).run())
    monkeypatch.setattr(type(deployment()), "mfa", "optional")
    page = page_of("tenant", member).run()
    button(page, "Set up an authenticator app").click().run()
    secret = page.code[0].value
    submit_code(page, WRONG_CODE, "Turn on")
    assert WRONG in page.error[0].value
    submit_code(page, code_of(secret), "Turn on")
    challenge = enter(account.username, PASSWORD)
    assert isinstance(challenge, CodeRequired)
    assert challenge.answer(totp.code(secret, time.time()))
    button(page, "Turn off").click().run()
    assert not page.exception
    assert not isinstance(enter(account.username, PASSWORD), CodeRequired)


def labels(page):
    return [one.label for one in page.button]
