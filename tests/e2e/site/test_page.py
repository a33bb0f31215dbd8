"""The static page in a real browser: sign-in, data, errors, accessibility, delivery."""

import importlib.util
import json
import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
import urllib3
from playwright.sync_api import expect

from echostream_cli.outputs import demo_user
from echostream_cli.target import outputs_of
from tests.accounts import PASSWORD, Account
from tests.browser import CHROMIUM, WITHOUT, chromium

TIMEOUT_MS = 20_000
FAILED_REQUEST = "Failed to load resource"
"""The console's message for a failed request; some tests make requests fail."""
pytestmark = pytest.mark.skipif(not CHROMIUM, reason=WITHOUT)


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def console_errors():
    """Exceptions, errors and warnings in the browser's console, except failed requests."""
    return []


@pytest.fixture
def open_page(browser, sandbox, console_errors):
    """A function that opens the page in a new tab. Afterwards: no errors in any console."""
    contexts = []

    def record(message):
        if message.type in ("error", "warning") and FAILED_REQUEST not in message.text:
            console_errors.append(message.text)

    def open_(**options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.on("pageerror", lambda error: console_errors.append(str(error)))
        page.on("console", record)
        page.on("requestfailed", lambda request: print(request.url, request.failure))
        page.goto(sandbox["SITE_URL"])
        return page

    yield open_
    for context in contexts:
        context.close()
    assert console_errors == []


@pytest.fixture
def page(open_page):
    return open_page()


@pytest.fixture
def account(settings, sandbox, name):
    return Account(settings, sandbox, name, tenant=name).with_password()


def submit_sign_in(page, account, password=PASSWORD):
    page.get_by_label("User name").fill(account.username)
    page.get_by_label("Password", exact=True).fill(password)
    page.locator("#sign-in-button").click()


def sign_in(page, account):
    submit_sign_in(page, account)
    expect(page.locator("#as-of")).to_contain_text("As of")


def refresh(page):
    """Make the page fetch at once, by pausing and resuming updates."""
    for _ in range(2):
        page.locator("#pause").click()


def texts(page):
    return page.locator(".document p.text")


def fail_api(page, **response):
    page.route("**/api/**", lambda route: route.fulfill(**response))


def test_page_shows_counts_and_new_documents(page, account):
    """After sign-in by SRP it shows the numbers of /stats and, within seconds, a new document."""
    account.send("I love it", "I hate it", "It is a chair")
    bodies = []
    page.on("request", lambda request: bodies.append(request.post_data or ""))
    sign_in(page, account)
    assert any("SRP_A" in body for body in bodies)
    assert not any(PASSWORD in body for body in bodies)
    buckets = account.api.stats()["buckets"]
    total = sum(bucket["total"] for bucket in buckets)
    expect(page.locator("#total")).to_have_text(str(total))
    expect(page.locator("#positive")).to_have_text("33.3%")
    expect(texts(page)).to_have_text(["It is a chair", "I hate it", "I love it"])
    expect(page.locator("#chart")).to_have_attribute("aria-label", re.compile("positive 1,"))
    expect(page.locator("#engines")).to_contain_text("vader")
    account.send("Arrived while you looked")
    expect(texts(page).first).to_have_text("Arrived while you looked", timeout=TIMEOUT_MS)
    expect(page.locator("#total")).to_have_text(str(total + 1))


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
    expired = {"__type": "NotAuthorizedException", "message": "Invalid session for the user."}

    def refuse_new_password(route):
        if "NEW_PASSWORD" in (route.request.post_data or ""):
            route.fulfill(status=400, body=json.dumps(expired))
        else:
            route.continue_()

    page.route("**/cognito/", refuse_new_password)
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


def test_account_without_documents_shows_a_hint(page, account):
    """The page says that there are no documents, and how to send some."""
    sign_in(page, account)
    expect(page.locator("#empty")).to_contain_text("appear here within seconds")
    expect(page.locator("#total")).to_have_text("0")
    expect(page.locator("#sources-note")).to_be_visible()


def test_filters_narrow_numbers_and_documents(page, account):
    """Source and sentiment apply to both; without a match the page says so."""
    account.send("I love it", "I hate it", source="forum")
    account.send("I adore it", "It is a chair", source="shop")
    sign_in(page, account)
    page.get_by_label("Source", exact=True).select_option("shop")
    expect(texts(page)).to_have_text(["It is a chair", "I adore it"])
    expect(page.locator("#total")).to_have_text("2")
    page.get_by_label("Sentiment", exact=True).select_option("POSITIVE")
    expect(texts(page)).to_have_text(["I adore it"])
    expect(page.locator("#total")).to_have_text("1")
    page.get_by_label("Sentiment", exact=True).select_option("NEGATIVE")
    expect(page.locator("#empty")).to_contain_text("No document matches these filters")
    page.get_by_role("button", name="Clear the filters").click()
    expect(texts(page)).to_have_count(4)


def test_invalid_period_is_refused(page, account):
    """The error appears beside the fields, the data stays, and no request goes out."""
    account.send("I love it")
    sign_in(page, account)
    page.get_by_label("Period").select_option("custom")
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.locator("#to").fill("2026-01-01T00:00")
    page.locator("#from").fill("2026-01-02T00:00")
    expect(page.locator("#period-problem")).to_have_text("The period ends before it begins.")
    expect(page.locator("#from")).to_have_attribute("aria-invalid", "true")
    expect(texts(page)).to_have_count(1)
    expect(page.locator("#as-of")).to_contain_text("As of")
    assert not [url for url in requests if "/api/" in url]
    page.locator("#to").fill("")
    expect(page.locator("#period-problem")).to_be_empty()
    expect(page.locator("#from")).to_have_attribute("aria-invalid", "false")


def test_older_documents_load_page_by_page(page, account):
    """Each document appears once; the search covers the loaded documents."""
    account.send(*(f"number {index}." for index in range(120)))
    sign_in(page, account)
    expect(texts(page)).to_have_count(50)
    for loaded in (100, 120):
        page.get_by_role("button", name="Load older documents").click()
        expect(texts(page)).to_have_count(loaded)
    expect(page.locator("#older")).to_be_hidden()
    assert texts(page).all_text_contents() == [f"number {n}." for n in range(119, -1, -1)]
    page.get_by_label("Search the loaded documents").fill("NUMBER 11.")
    expect(texts(page)).to_have_text(["number 11."])
    expect(page.locator("#showing")).to_have_text("1 of 120 loaded documents")
    page.get_by_label("Search the loaded documents").fill("nowhere")
    expect(page.locator("#empty")).to_contain_text("None of the 120 loaded documents")


def test_new_documents_do_not_move_the_list(page, account):
    """While the user reads, new documents wait behind a button and the list keeps its position."""
    account.send(*(f"number {index}" for index in range(40)))
    sign_in(page, account)
    expect(texts(page)).to_have_count(40)
    row = page.get_by_text("number 20", exact=True)
    row.scroll_into_view_if_needed()
    before = row.bounding_box()["y"]
    account.send("the newest")
    button = page.get_by_role("button", name="Show 1 new document")
    expect(button).to_be_visible(timeout=TIMEOUT_MS)
    assert abs(row.bounding_box()["y"] - before) < 2
    expect(texts(page)).to_have_count(40)
    button.click()
    expect(texts(page).first).to_have_text("the newest")
    expect(button).to_be_hidden()


HOSTILE = [
    "<script>document.title = 'run'</script><img src=x onerror=\"document.title='run'\">",
    "\u202eevil right to left \u2067and back",
    "a\u200db\u200bc" * 500,
    "x" * 10_000,
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f" * 300,
    "line\n" * 2_000,
    "${alert(1)} {{7*7}} %00 &amp; </p></li>",
]


@pytest.mark.parametrize("width", [320, 1440])
def test_hostile_texts(open_page, account, width):
    """The page shows them unchanged, runs no code and keeps its width, on a phone and a desktop."""
    account.send(*HOSTILE, source="<b>" + "s" * 120, author="\u202e" + "a" * 250)
    account.send("linked", url="https://example.org/?q=<script>")
    page = open_page(viewport={"width": width, "height": 900})
    sign_in(page, account)
    expect(texts(page)).to_have_count(len(HOSTILE) + 1)
    assert texts(page).all_text_contents()[1:] == HOSTILE[::-1]
    assert page.title() == "EchoStream"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("main script, main img, main b").count() == 0
    tallest = page.evaluate("Math.max(...[...document.querySelectorAll('.document')]"
                            ".map((d) => d.offsetHeight))")  # fmt: skip
    assert tallest < 600
    page.get_by_role("button", name="Show the whole text").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    link = page.get_by_role("link", name="original")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


@pytest.mark.parametrize(
    ("response", "message"),
    [
        ({"status": 429, "json": {"message": "Too Many Requests"}}, "too many requests"),
        ({"status": 500, "json": {"message": "Internal Server Error"}}, "(HTTP 500)"),
        ({"status": 503, "json": {"error": {"code": "try_again", "message": ""}}}, "(HTTP 503)"),
        ({"status": 200, "body": "<html>login</html>"}, "that this page cannot read"),
        ({"status": 200, "body": ""}, "that this page cannot read"),
        ({"status": 200, "json": {"surprise": []}}, "that this page cannot read"),
        (None, "did not respond"),
    ],
    ids=["429", "500", "503", "html", "nothing", "other json", "no connection"],
)
def test_api_outage_keeps_the_last_data(page, account, response, message):
    """The data stays, with its age and the reason; the page recovers with the API."""
    account.send("I love it")
    sign_in(page, account)
    expect(texts(page)).to_have_count(1)
    if response:
        fail_api(page, **response)
    else:
        page.route("**/api/**", lambda route: route.abort("connectionrefused"))
    refresh(page)
    notice = page.locator("#notice")
    expect(notice).to_contain_text(message, timeout=TIMEOUT_MS)
    expect(notice).to_contain_text("This page shows data as of")
    expect(texts(page)).to_have_text(["I love it"])
    page.unroute("**/api/**")
    expect(notice).to_be_hidden(timeout=TIMEOUT_MS)
    expect(page.locator("#as-of")).to_contain_text("As of")


def test_filter_change_during_an_outage(page, account):
    """The page says that its data belongs to the previous filters; later it shows the new ones."""
    account.send("from the forum", source="forum")
    account.send("from the shop", source="shop")
    sign_in(page, account)
    expect(texts(page)).to_have_count(2)
    busy = {"status": 429, "headers": {"Retry-After": "60"}, "json": {"message": "Busy"}}
    fail_api(page, **busy)
    page.get_by_label("Source", exact=True).select_option("shop")
    expect(page.locator("#notice")).to_contain_text("data of the previous filters")
    page.unroute("**/api/**")
    page.get_by_role("button", name="Try again").click()
    expect(texts(page)).to_have_text(["from the shop"])
    expect(page.locator("#older")).to_be_hidden()
    expect(page.locator("#notice")).to_be_hidden()


def test_request_timeout_is_reported(page, account):
    """After 15 seconds without a response the page reports that the service is slow."""
    sign_in(page, account)
    page.route("**/api/**", lambda _: None)
    refresh(page)
    expect(page.locator("#notice")).to_contain_text("takes too long", timeout=40_000)


def test_outage_at_sign_in_shows_no_numbers(page, account):
    """Before the first response the page shows the error and dashes."""
    fail_api(page, status=500, json={"message": "Internal Server Error"})
    submit_sign_in(page, account)
    expect(page.locator("#notice")).to_contain_text("(HTTP 500)")
    expect(page.locator("#total")).to_have_text("\N{EN DASH}")
    expect(page.locator("#empty")).to_be_hidden()


def test_refused_token_is_renewed(page, account):
    """After a 401 the page renews the token and repeats the request; the session continues."""
    sign_in(page, account)
    refused_tokens = []

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


def end_session(page):
    """Make the API reject every token, and the pool every renewal."""
    fail_api(page, status=401, json={"message": "Unauthorized"})
    revoked = {"__type": "NotAuthorizedException", "message": "Refresh Token has been revoked"}

    def refuse_renewal(route):
        if "REFRESH_TOKEN_AUTH" in (route.request.post_data or ""):
            route.fulfill(status=400, body=json.dumps(revoked))
        else:
            route.continue_()

    page.route("**/cognito/", refuse_renewal)


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


def is_renewal(request):
    return "REFRESH_TOKEN_AUTH" in (request.post_data or "")


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
    second.goto(page.url)
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


@pytest.mark.parametrize(("hours", "offset"), [(1, "60 minutes ahead"), (-1, "60 minutes behind")])
def test_wrong_local_clock_is_reported(open_page, account, hours, offset):
    """The page uses the server's clock and reports the offset of this computer's clock."""
    account.send("I love it")
    page = open_page()
    page.add_init_script(f"const now = Date.now; Date.now = () => now() + {hours} * 3600e3")
    page.reload()
    sign_in(page, account)
    expect(page.locator("#notice")).to_contain_text(offset)
    expect(texts(page)).to_have_text(["I love it"])
    time_of_day = page.locator("#as-of").inner_text().split()[2]
    as_of = datetime.combine(
        datetime.now(UTC).date(), datetime.strptime(time_of_day, "%H:%M:%S").time(), UTC
    )
    seconds = abs((datetime.now(UTC) - as_of).total_seconds())
    assert min(seconds, 86400 - seconds) < 300


def test_paused_updates_resume(page, account):
    """The pause button stops updates; a second click fetches at once."""
    sign_in(page, account)
    pause = page.get_by_role("button", name="Pause updates")
    pause.click()
    expect(pause).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#as-of")).to_contain_text("Paused.")
    pause.click()
    account.send("after the pause")
    expect(texts(page)).to_have_text(["after the pause"], timeout=TIMEOUT_MS)


def test_missing_configuration_is_reported(page):
    """Without config.json the page says so; it starts once the file is available."""
    page.route("**/config.json", lambda route: route.fulfill(status=403, body="<Error/>"))
    page.reload()
    expect(page.locator("#notice")).to_contain_text("cannot load its configuration")
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_label("User name")).to_be_focused()


def test_page_works_by_keyboard(page, account):
    """The keyboard is enough to sign in and to open the chart's table."""
    account.send("I love it")
    page.get_by_label("User name").press_sequentially(account.username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#as-of")).to_contain_text("As of")
    summary = page.get_by_text("Show as a table")
    for _ in range(20):
        if summary.evaluate("(element) => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(summary).to_be_focused()
    page.keyboard.press("Enter")
    row = page.locator("#buckets tr")
    expect(row).to_have_count(1)
    expect(row.locator("td").first).to_have_text("1")


def test_page_transfers_less_than_100_kb(open_page, sandbox, account):
    """All files and API responses up to the first chart, as transferred."""
    page = open_page()
    sizes = {}
    page.on("requestfinished", lambda request: sizes.update({request.url: request.sizes()}))
    page.reload()
    sign_in(page, account)
    transferred = sum(s["responseBodySize"] + s["responseHeadersSize"] for s in sizes.values())
    assert len(sizes) >= 10
    assert transferred < 100_000
    assert all(url.startswith(sandbox["SITE_URL"]) for url in sizes)


def test_distribution_serves_page_and_api(settings, sandbox):
    """/ is the page, /api the API, uncached; the bucket itself is private."""
    host = urlsplit(sandbox["SITE_URL"]).netloc

    def get(path, **headers):
        url = settings.endpoint + path
        return urllib3.request("GET", url, headers={"Host": host, **headers}, timeout=60)

    assert get("/").headers["Cache-Control"] == "no-cache"
    assert get("/api/health").json()["status"] == "ok"
    assert get("/api/query").status == 401
    token = demo_user(settings, sandbox).token()
    response = get("/api/query?limit=0", Authorization=f"Bearer {token}")
    assert (response.status, response.json()["error"]["message"][:6]) == (400, "limit:")
    bucket = outputs_of(settings.target.stack())["SiteBucket"]
    assert get(f"/{bucket}/index.html", Host=f"localhost:{settings.emulator_port}").status == 403


def test_content_security_policy_forbids_inline_code(page):
    """The header forbids inline scripts and styles, and frames; the page contains none."""
    response = page.reload()
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script>", response.text())


@pytest.mark.skipif(
    importlib.util.find_spec("axe_playwright_python") is None,
    reason="axe is not installed; it comes with requirements/project.txt",
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_reports_no_violation(open_page, account, scheme):
    """In every state of the page, from signed out to an ended session."""
    from axe_playwright_python.sync_playwright import Axe

    def check(state):
        result = Axe().run(page)
        assert result.violations_count == 0, f"{state}: {result.generate_report()}"

    page = open_page(color_scheme=scheme, viewport={"width": 390, "height": 900})
    check("signed out")
    submit_sign_in(page, account, "wrong")
    expect(page.locator("#sign-in-problem")).not_to_be_empty()
    check("wrong password")
    sign_in(page, account)
    check("empty")
    account.send("I love it", "x" * 1000, "I hate it", url="https://example.org")
    expect(texts(page)).to_have_count(3, timeout=TIMEOUT_MS)
    page.get_by_text("Show as a table").click()
    page.get_by_text("Glossary").click()
    page.get_by_role("button", name="Show the whole text").click()
    page.get_by_label("Period").select_option("custom")
    expect(page.locator("#period-problem")).not_to_be_empty()
    check("open")
    page.get_by_label("Period").select_option("48h")
    fail_api(page, status=500, json={})
    refresh(page)
    expect(page.locator("#notice")).to_be_visible(timeout=TIMEOUT_MS)
    check("failed")
    page.unroute_all()
    end_session(page)
    refresh(page)
    expect(page.locator("#sign-in-panel")).to_be_visible(timeout=TIMEOUT_MS)
    check("ended")
