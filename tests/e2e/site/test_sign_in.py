"""Sign-in, renewal and the end of a session on the page."""

import re

from playwright.sync_api import expect

from tests.accounts import Account
from tests.browser import TIMEOUT_MS, load
from tests.e2e.site.page_actions import (
    end_session,
    fail_api,
    fail_user_pool,
    is_renewal,
    refresh,
    sign_in,
    submit_sign_in,
    texts,
)


def test_wrong_password_and_unknown_user_look_alike(page, account):
    """Both get the same message; the right password then succeeds."""
    submit_sign_in(page, account, "not the password")
    expect(page.locator("#sign-in-problem")).to_have_text(
        "The user name or the password is incorrect."
    )
    expect(page.locator("#password")).to_be_focused()
    page.get_by_label("User name").fill("nobody-of-that-name")
    page.locator("#sign-in-button").click()
    expect(page.locator("#sign-in-button")).to_have_text("Sign in")
    expect(page.locator("#sign-in-problem")).to_have_text(
        "The user name or the password is incorrect."
    )
    sign_in(page, account)


def test_temporary_password_must_be_replaced(page, settings, sandbox, name):
    """The first sign-in requests a new password; the page follows."""
    account = Account(settings, sandbox, name, tenant=name)
    submit_sign_in(page, account)
    field = page.get_by_label("New password")
    expect(field).to_be_focused()
    field.fill("Another-password-2")
    page.locator("#sign-in-button").click()
    expect(page.locator("#as-of")).to_contain_text("As of")


def test_expired_password_change_returns_to_sign_in(page, settings, sandbox, name):
    """The pool accepts the new password for some minutes; later the user must sign in again."""
    account = Account(settings, sandbox, name, tenant=name)
    submit_sign_in(page, account)
    fail_user_pool(page, "NEW_PASSWORD", "Invalid session for the user.")
    field = page.get_by_label("New password")
    field.fill("Another-password-2")
    page.locator("#sign-in-button").click()
    expect(page.locator("#sign-in-problem")).to_contain_text("The sign-in timed out.")
    expect(field).to_be_hidden()
    page.unroute_all()
    submit_sign_in(page, account)
    field.fill("Another-password-2")
    page.locator("#sign-in-button").click()
    expect(page.locator("#as-of")).to_contain_text("As of")


def test_user_without_a_tenant_gets_advice(page, settings, sandbox, name):
    """The page says why it cannot show documents."""
    submit_sign_in(page, Account(settings, sandbox, name, tenant=None).with_password())
    expect(page.locator("#notice")).to_contain_text("belongs to no tenant")


def test_refused_token_is_renewed(page, account):
    """After a 401 the page renews the token and repeats the request; the session continues."""
    sign_in(page, account)
    refused_tokens: list[str] = []

    def refuse_once(route):
        if refused_tokens:
            route.continue_()
        else:
            refused_tokens.append(route.request.headers["authorization"])
            route.fulfill(status=401, json={"message": "Unauthorized"})

    page.route("**/api/stats*", refuse_once)
    account.send("after the renewal")
    refresh(page)
    expect(texts(page)).to_have_text(["after the renewal"], timeout=TIMEOUT_MS)
    assert refused_tokens
    expect(page.locator("#sign-in-panel")).to_be_hidden()


def test_session_end_while_typing_keeps_input(page, account):
    """Data, input and focus stay; after a new sign-in the page continues."""
    account.send("I love it", "I hate it")
    sign_in(page, account)
    search = page.get_by_label("Search the loaded documents")
    search.press_sequentially("love")
    end_session(page)
    title = page.locator("#sign-in-title")
    expect(title).to_have_text("Your session has ended", timeout=TIMEOUT_MS)
    expect(search).to_be_focused()
    expect(search).to_have_value("love")
    expect(texts(page)).to_have_text(["I love it"])
    expect(page.locator("#as-of")).to_have_class(re.compile("stale"))
    page.unroute_all()
    page.get_by_role("button", name="Sign in again").click()
    expect(page.get_by_label("User name")).to_be_focused()
    sign_in(page, account)
    expect(page.locator("#sign-in-panel")).to_be_hidden()
    expect(page.locator("#notice")).to_be_hidden()
    expect(search).to_have_value("love")


def test_unreadable_renewal_is_reported(page, account):
    """The page reports HTML from the pool as unreadable; the session continues afterwards."""
    sign_in(page, account)
    fail_api(page, status=401, json={"message": "Unauthorized"})
    page.route("**/cognito/", lambda route: route.fulfill(status=200, body="<html>login</html>"))
    refresh(page)
    expect(page.locator("#notice")).to_contain_text("that this page cannot read")
    page.unroute_all()
    account.send("after that")
    expect(texts(page)).to_have_text(["after that"], timeout=TIMEOUT_MS)
    expect(page.locator("#sign-in-panel")).to_be_hidden()


def test_late_renewal_of_a_previous_session_is_ignored(page, account, settings, sandbox):
    """A renewal that completes after a sign-out does not replace the session of the next user."""
    sign_in(page, account)
    renewals = []

    def delay_renewal(route):
        if is_renewal(route.request):
            renewals.append(route)
        else:
            route.continue_()

    page.route("**/cognito/", delay_renewal)
    fail_api(page, status=401, json={"message": "Unauthorized"})
    with page.expect_request(is_renewal):
        refresh(page)
    page.unroute("**/api/**")
    page.get_by_role("button", name="Sign out").click()
    other = Account(settings, sandbox, f"{account.username}-o", tenant=f"{account.username}-o")
    other.with_password().send("of the other user")
    sign_in(page, other)
    with page.expect_response(lambda response: is_renewal(response.request)):
        renewals[0].fulfill(status=200, json={"AuthenticationResult": {"IdToken": "a.e30.c"}})
    other.send("one more")
    expect(texts(page)).to_have_text(["one more", "of the other user"], timeout=TIMEOUT_MS)
    expect(page.locator("#sign-in-panel")).to_be_hidden()


def test_next_user_sees_nothing_of_the_previous_user(page, account, settings, sandbox):
    """A sign-in as another user after the session's end first clears the page."""
    account.send("a secret")
    sign_in(page, account)
    expect(texts(page)).to_have_text(["a secret"])
    end_session(page)
    refresh(page)
    expect(page.locator("#sign-in-panel")).to_be_visible(timeout=TIMEOUT_MS)
    page.unroute_all()
    other = f"{account.username}-other"
    sign_in(page, Account(settings, sandbox, other, tenant=other).with_password())
    expect(page.locator("#empty")).to_contain_text("appear here within seconds")
    assert "a secret" not in page.content()


def test_sign_out_clears_the_page_and_revokes_the_session(page, account):
    """Another tab of the same user stays signed in."""
    account.send("a secret")
    second = page.context.new_page()
    load(second, page.url)
    sign_in(second, account)
    page.bring_to_front()
    sign_in(page, account)
    with page.expect_response(lambda one: "RevokeToken" in str(one.request.headers)) as revocation:
        page.get_by_role("button", name="Sign out").click()
    assert revocation.value.status == 200
    expect(page.locator("#sign-in-reason")).to_have_text("You are signed out.")
    expect(page.get_by_label("User name")).to_be_focused()
    expect(page.locator("#content")).to_be_hidden()
    assert "a secret" not in page.content()
    second.bring_to_front()
    account.send("in the other tab")
    refresh(second)
    expect(texts(second).first).to_have_text("in the other tab", timeout=TIMEOUT_MS)
