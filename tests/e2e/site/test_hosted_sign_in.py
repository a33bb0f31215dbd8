"""Sign-in with OAuth on the emulator's pages, from the page's button to its data and back."""

import base64
import hashlib
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Request, Route, expect

from tests.accounts import PASSWORD
from tests.browser import TIMEOUT_MS, load
from tests.commands import run
from tests.e2e.site.identity_provider import identity_provider
from tests.e2e.site.page_actions import is_renewal, refresh, texts

FOREIGN = "did not begin on this page"


def sign_in_there(page, account):
    """Leave the page by its button, and sign in on the emulator's page."""
    page.locator("#hosted-button").click()
    page.locator("#username").fill(account.username)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def sign_in(page, account):
    sign_in_there(page, account)
    expect(page.locator("#as-of")).to_contain_text("As of", timeout=TIMEOUT_MS)


def change_stored(page, **values):
    """Change what the page has stored for its return; the emulator's page has the same origin."""
    change = "v => sessionStorage['hosted-sign-in'] = JSON.stringify("
    change += "{...JSON.parse(sessionStorage['hosted-sign-in']), ...v})"
    page.evaluate(change, values)


def form(request):
    return {name: value for name, [value] in parse_qs(request.post_data or "").items()}


def test_sign_in_with_a_code_and_its_proof(page, sandbox, account):
    """The code is exchanged with the secret of which the sign-in had the hash; the address is
    clean, and nothing is stored."""
    account.send("I love it")
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))  # noqa: PLW0108 (not a builtin)
    sign_in(page, account)
    expect(texts(page)).to_have_text(["I love it"])
    [asked] = [r for r in requests if "/oauth2/authorize" in r.url]
    [exchange] = [r for r in requests if r.url.endswith("/oauth2/token")]
    sent = {name: value for name, [value] in parse_qs(urlsplit(asked.url).query).items()}
    assert sent["redirect_uri"] == sandbox["SITE_URL"] == page.url
    assert (sent["response_type"], sent["scope"]) == ("code", "openid")
    digest = hashlib.sha256(form(exchange)["code_verifier"].encode()).digest()
    assert sent["code_challenge_method"] == "S256"
    assert sent["code_challenge"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_session_is_renewed(page, account):
    """With the refresh token, as after a sign-in with a password."""
    sign_in(page, account)
    refused: list[Route] = []

    def refuse_once(route):
        if refused:
            route.continue_()
        else:
            refused.append(route)
            route.fulfill(status=401, json={"message": "Unauthorized"})

    page.route("**/api/stats*", refuse_once)
    account.send("after the renewal")
    with page.expect_response(lambda response: is_renewal(response.request)) as renewal:
        refresh(page)
    assert renewal.value.status == 200
    expect(texts(page)).to_have_text(["after the renewal"], timeout=TIMEOUT_MS)


def test_sign_out_ends_the_session_of_the_pool(page, sandbox, account):
    """The page goes to the pool's sign-out and comes back; the tokens are revoked."""
    sign_in(page, account)
    with page.expect_request(lambda request: "/logout?" in request.url) as request:
        page.get_by_role("button", name="Sign out").click()
    assert parse_qs(urlsplit(request.value.url).query)["logout_uri"] == [sandbox["SITE_URL"]]
    expect(page.locator("#sign-in-panel")).to_be_visible()
    expect(page.locator("#content")).to_be_hidden()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"state": "another"}, FOREIGN),
        ({"nonce": "another"}, FOREIGN),
        ({"verifier": "a" * 43}, "The sign-in failed: invalid_grant"),
    ],
)
def test_code_of_another_sign_in_is_refused(page, account, changed, message):
    """By state and nonce the page refuses it, by the proof the user pool."""
    page.locator("#hosted-button").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    change_stored(page, **changed)
    page.locator("#username").fill(account.username)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#sign-in-problem")).to_contain_text(message)
    expect(page.locator("#content")).to_be_hidden()


def test_link_with_a_code_is_not_followed(page, sandbox):
    """Nobody can sign a user in as somebody else: the code is not sent to the pool."""
    exchanges: list[Request] = []
    page.on("request", lambda r: exchanges.append(r) if "/oauth2/token" in r.url else None)
    load(page, f"{sandbox['SITE_URL']}?code=theirs&state=theirs")
    expect(page.locator("#sign-in-problem")).to_contain_text(FOREIGN)
    assert page.url == sandbox["SITE_URL"]
    assert not exchanges


def test_error_of_the_provider_is_shown(page, sandbox):
    """With the description of the user pool, as text."""
    expect(page.locator("#hosted-button")).to_be_visible()  # and nothing is removed any more
    page.evaluate("sessionStorage['hosted-sign-in'] = JSON.stringify({state: 's'})")
    query = "?error=access_denied&error_description=no+%3Cb%3Eaccess&state=s"
    load(page, sandbox["SITE_URL"] + query)
    expect(page.locator("#sign-in-problem")).to_contain_text("The sign-in failed: no <b>access.")


@pytest.fixture
def provider(settings, sandbox, name, page):
    """An identity provider, and a page that offers it.

    Its names are in small letters: AWS makes them so in a pool that ignores case, the emulator not.
    """
    provider = f"idp{name}"
    with identity_provider(settings, sandbox, provider, "00u1"):
        config = page.evaluate("fetch('/config.json').then(r => r.json())")
        config["hosted"]["provider"] = provider
        page.route("**/config.json", lambda route: route.fulfill(body=json.dumps(config)))
        page.reload()
        yield provider


def test_federated_user_without_a_tenant_gets_advice(page, provider):
    """They have a token; the API answers 403, and the page says what to do."""
    button = page.locator("#hosted-button")
    expect(button).to_have_text(f"Sign in with {provider}")
    button.click()
    expect(page.locator("#notice")).to_contain_text("belongs to no tenant", timeout=TIMEOUT_MS)


def test_federated_member_sees_their_tenant(page, provider, settings, name, account):
    """They are invited before their first sign-in, under the name that the pool will give them."""
    account.send("of our tenant")
    arguments = ("member", "invite", f"{provider.upper()}_00U1", "--tenant", name, "--federated")
    process = run(settings.environment(), *arguments)
    assert f"admitted {provider}_00u1 to {name}" in process.stdout, process.stderr
    page.locator("#hosted-button").click()
    expect(texts(page)).to_have_text(["of our tenant"], timeout=TIMEOUT_MS)
