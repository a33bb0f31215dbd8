"""Sign-in on the page with an authenticator app, against the emulator's challenges.

The emulator does not ask for the setup of an app; these tests replace the response in which AWS
does, and the emulator issues the secret and checks the codes.
"""

import pytest
from playwright.sync_api import expect

from tests.accounts import PASSWORD, Account
from tests.authenticator_app import SETUP_REQUIRED, WRONG_CODE, code_of, mfa, set_up_app
from tests.e2e.site.page_actions import submit_sign_in

WRONG = "The code is incorrect, or it was used before."


@pytest.fixture(autouse=True)
def optional_mfa(settings, sandbox):
    with mfa(settings, sandbox, "OPTIONAL"):
        yield


def require_setup(page, settings, after):
    """Replace the tokens that follow a challenge by the request to set up an app."""
    # Only the browser resolves the name of the page.
    address, names = settings.endpoint, ("content-type", "x-amz-target")

    def replace(route):
        if f'"ChallengeName":"{after}"' not in (route.request.post_data or ""):
            route.continue_()
            return
        headers = {name: route.request.headers[name] for name in names}
        response = route.fetch(url=address, headers=headers)
        assert "AuthenticationResult" in response.json()
        route.fulfill(response=response, json=SETUP_REQUIRED)

    page.route("**/cognito/", replace)


def submit_code(page, code):
    page.get_by_label("Code", exact=True).fill(code)
    page.locator("#sign-in-button").click()


def test_code_of_the_app_is_required(page, settings, sandbox, account):
    """A wrong code can be corrected; the fields of the app's setup stay hidden."""
    secret = set_up_app(settings, sandbox, account)
    submit_sign_in(page, account)
    field = page.get_by_label("Code", exact=True)
    expect(field).to_be_focused()
    expect(page.locator("#app-row")).to_be_hidden()
    submit_code(page, WRONG_CODE)
    expect(page.locator("#sign-in-problem")).to_contain_text(WRONG)
    expect(field).to_be_focused()
    submit_code(page, code_of(secret))
    expect(page.locator("#as-of")).to_contain_text("As of")
    assert field.input_value() == ""


def test_first_sign_in_sets_password_and_app(page, settings, sandbox, name):
    """The new password is followed by the secret, as text and as an address for the app."""
    account = Account(settings, sandbox, name, tenant=name)
    require_setup(page, settings, "NEW_PASSWORD_REQUIRED")
    submit_sign_in(page, account)
    page.get_by_label("New password").fill("Another-password-2")
    page.locator("#sign-in-button").click()
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    expect(page.get_by_label("New password")).to_be_hidden()
    secret = page.locator("#app-secret").inner_text()
    address = f"otpauth://totp/EchoStream:{name}?secret={secret}&issuer=EchoStream"
    expect(page.locator("#app-link")).to_have_text(address)
    expect(page.locator("#app-link")).to_have_attribute("href", address)
    submit_code(page, WRONG_CODE)
    expect(page.locator("#sign-in-problem")).to_contain_text(WRONG)
    submit_code(page, code_of(secret))
    expect(page.locator("#as-of")).to_contain_text("As of")
    expect(page.locator("#app-secret")).to_have_text("")


def test_setup_continues_after_a_lost_connection(page, settings, account):
    """The pool verifies a setup once; the second attempt sends the last step only."""
    require_setup(page, settings, "PASSWORD_VERIFIER")
    submit_sign_in(page, account)
    secret = page.locator("#app-secret")
    expect(secret).not_to_have_text("")
    fail = '"ChallengeName":"MFA_SETUP"'
    page.route(
        "**/cognito/",
        lambda route: (
            route.abort() if fail in (route.request.post_data or "") else route.fallback()
        ),
    )
    submit_code(page, code_of(secret.inner_text()))
    expect(page.locator("#sign-in-problem")).to_contain_text("did not respond")
    page.unroute_all()
    page.locator("#sign-in-button").click()
    expect(page.locator("#as-of")).to_contain_text("As of")


def test_expired_code_returns_to_sign_in(page, settings, sandbox, account):
    """The pool waits for a code for some minutes; later the user must sign in again."""
    secret = set_up_app(settings, sandbox, account)
    submit_sign_in(page, account)
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    error = {"__type": "NotAuthorizedException", "message": "Invalid session for the user."}
    page.route("**/cognito/", lambda route: route.fulfill(status=400, json=error))
    submit_code(page, code_of(secret))
    expect(page.locator("#sign-in-problem")).to_contain_text("The sign-in timed out.")
    expect(page.get_by_label("Code", exact=True)).to_be_hidden()
    page.unroute_all()
    submit_sign_in(page, account, PASSWORD)
    submit_code(page, code_of(secret))
    expect(page.locator("#as-of")).to_contain_text("As of")
