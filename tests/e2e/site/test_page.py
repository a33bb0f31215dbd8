"""The page in a real browser: what it shows, what it says when something is amiss, for whom."""

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
from tests.browser import CHROMIUM, NO_CHROMIUM, chromium

PATIENCE = 20_000
EXPECTED = "Failed to load resource"
pytestmark = pytest.mark.skipif(not CHROMIUM, reason=NO_CHROMIUM)


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def complaints():
    """What the browser's console said was wrong; failed requests only where a test makes them."""
    return []


@pytest.fixture
def open_page(browser, sandbox, complaints):
    """Opens the page in a tab of its own; at the end, the console must have been silent."""
    contexts = []

    def open_(**options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if bad(said) else None)
        page.on("requestfailed", lambda request: print(request.url, request.failure))
        page.goto(sandbox["SITE_URL"])
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


def bad(said) -> bool:
    return said.type in ("error", "warning") and EXPECTED not in said.text


@pytest.fixture
def page(open_page):
    return open_page()


@pytest.fixture
def account(settings, sandbox, name):
    return Account(settings, sandbox, name, tenant=name).with_password()


def sign_in(page, account, password=PASSWORD):
    page.get_by_label("User name").fill(account.username)
    page.get_by_label("Password", exact=True).fill(password)
    page.locator("#sign-in-button").click()


def enter(page, account):
    sign_in(page, account)
    expect(page.locator("#as-of")).to_contain_text("As of")


def look_again(page):
    """Have the page ask now instead of in a few seconds, as somebody does who cannot wait."""
    for _ in range(2):
        page.locator("#pause").click()


def texts(page):
    return page.locator(".document p.text")


def fail_api(page, **answer):
    page.route("**/api/**", lambda route: route.fulfill(**answer))


def test_shows_what_the_api_counts_and_a_document_that_arrives(page, account):
    """Signed in with SRP, the numbers are those of /stats; a document appears within seconds."""
    account.send("I love it", "I hate it", "It is a chair")
    sent = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    enter(page, account)
    assert not any(PASSWORD in body for body in sent)
    counted = account.api.stats()["buckets"]
    total = sum(bucket["total"] for bucket in counted)
    expect(page.locator("#total")).to_have_text(str(total))
    expect(page.locator("#positive")).to_have_text("33.3%")
    expect(texts(page)).to_have_text(["It is a chair", "I hate it", "I love it"])
    expect(page.locator("#chart")).to_have_attribute("aria-label", re.compile("positive 1,"))
    expect(page.locator("#engines")).to_contain_text("vader")
    account.send("Arrived while you looked")
    expect(texts(page).first).to_have_text("Arrived while you looked", timeout=PATIENCE)
    expect(page.locator("#total")).to_have_text(str(total + 1))


def test_wrong_password(page, account):
    """Neither a wrong password nor an unknown name gets in or is told apart; the right one does."""
    sign_in(page, account, "not the password")
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
    enter(page, account)


def test_a_password_for_one_use(page, settings, sandbox, name):
    """Whoever signs in first with a temporary password chooses another, under the pool's rules."""
    account = Account(settings, sandbox, name, tenant=name)
    sign_in(page, account)
    field = page.get_by_label("New password")
    expect(field).to_be_focused()
    field.fill("Another-password-2")
    page.locator("#sign-in-button").click()
    expect(page.locator("#as-of")).to_contain_text("As of")


def test_a_new_password_that_took_too_long(page, settings, sandbox, name):
    """The pool waits some minutes for it; after that one signs in again, and is told so."""
    account = Account(settings, sandbox, name, tenant=name)
    sign_in(page, account)
    expired = {"__type": "NotAuthorizedException", "message": "Invalid session for the user."}
    answered = lambda route: (  # noqa: E731
        route.fulfill(status=400, body=json.dumps(expired))
        if "NEW_PASSWORD" in (route.request.post_data or "")
        else route.continue_()
    )
    page.route("**/cognito/", answered)
    field = page.get_by_label("New password")
    field.fill("Another-password-2")
    page.locator("#sign-in-button").click()
    expect(page.locator("#sign-in-problem")).to_contain_text("The sign-in timed out.")
    expect(field).to_be_hidden()
    page.unroute_all()
    sign_in(page, account)
    field.fill("Another-password-2")
    page.locator("#sign-in-button").click()
    expect(page.locator("#as-of")).to_contain_text("As of")


def test_a_user_of_no_tenant(page, settings, sandbox, name):
    """The page says whom to ask."""
    sign_in(page, Account(settings, sandbox, name, tenant=None).with_password())
    expect(page.locator("#notice")).to_contain_text("belongs to no tenant")


def test_no_data(page, account):
    """An empty account says that it is empty, and what fills it."""
    enter(page, account)
    expect(page.locator("#empty")).to_contain_text("appear here within seconds")
    expect(page.locator("#total")).to_have_text("0")
    expect(page.locator("#sources-note")).to_be_visible()


def test_filters(page, account):
    """Source and sentiment narrow down numbers and list alike; what matches nothing says so."""
    account.send("I love it", "I hate it", source="forum")
    account.send("I adore it", "It is a chair", source="shop")
    enter(page, account)
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


def test_a_period_that_ends_before_it_begins(page, account):
    """It is refused beside its fields, nothing is asked, and what was shown stays."""
    account.send("I love it")
    enter(page, account)
    page.get_by_label("Period").select_option("custom")
    page.locator("#to").fill("2026-01-01T00:00")
    page.locator("#from").fill("2026-01-02T00:00")
    expect(page.locator("#period-problem")).to_have_text("The period ends before it begins.")
    expect(page.locator("#from")).to_have_attribute("aria-invalid", "true")
    expect(texts(page)).to_have_count(1)
    expect(page.locator("#as-of")).to_contain_text("As of")
    page.locator("#to").fill("")
    expect(page.locator("#period-problem")).to_be_empty()
    expect(page.locator("#from")).to_have_attribute("aria-invalid", "false")


def test_paging_and_search(page, account):
    """Older documents come page by page, each once; the search looks through those loaded."""
    account.send(*(f"number {index}." for index in range(120)))
    enter(page, account)
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


def test_nothing_moves_under_a_reader(page, account):
    """Scrolled into the list, new documents wait behind a button, and the page stays in place."""
    account.send(*(f"number {index}" for index in range(40)))
    enter(page, account)
    expect(texts(page)).to_have_count(40)
    read = page.get_by_text("number 20", exact=True)
    read.scroll_into_view_if_needed()
    before = read.bounding_box()["y"]
    account.send("the newest")
    button = page.get_by_role("button", name="Show 1 new document")
    expect(button).to_be_visible(timeout=PATIENCE)
    assert abs(read.bounding_box()["y"] - before) < 2
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
    """They are shown as they were sent, run nothing and break nothing, on a phone and a desk."""
    account.send(*HOSTILE, source="<b>" + "s" * 120, author="\u202e" + "a" * 250)
    account.send("linked", url="https://example.org/?q=<script>")
    page = open_page(viewport={"width": width, "height": 900})
    enter(page, account)
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
    ("answer", "words"),
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
def test_api_down_and_back(page, account, answer, words):
    """What was seen stays, with its age and the reason; when the API is back, so is the page."""
    account.send("I love it")
    enter(page, account)
    expect(texts(page)).to_have_count(1)
    if answer:
        fail_api(page, **answer)
    else:
        page.route("**/api/**", lambda route: route.abort("connectionrefused"))
    look_again(page)
    notice = page.locator("#notice")
    expect(notice).to_contain_text(words, timeout=PATIENCE)
    expect(notice).to_contain_text("This page shows data as of")
    expect(texts(page)).to_have_text(["I love it"])
    page.unroute("**/api/**")
    expect(notice).to_be_hidden(timeout=PATIENCE)
    expect(page.locator("#as-of")).to_contain_text("As of")


def test_other_filters_while_the_api_is_down(page, account):
    """What is shown is said to be of the filters before; then it is that of the new ones alone."""
    account.send("from the forum", source="forum")
    account.send("from the shop", source="shop")
    enter(page, account)
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


def test_an_answer_that_comes_too_late(page, account):
    """After a quarter of a minute the page stops waiting and says so."""
    enter(page, account)
    page.route("**/api/**", lambda _: None)
    look_again(page)
    expect(page.locator("#notice")).to_contain_text("takes too long", timeout=40_000)


def test_down_from_the_start(page, account):
    """Without a first answer there is the reason and a button, and no invented numbers."""
    fail_api(page, status=500, json={"message": "Internal Server Error"})
    sign_in(page, account)
    expect(page.locator("#notice")).to_contain_text("(HTTP 500)")
    expect(page.locator("#total")).to_have_text("\N{EN DASH}")
    expect(page.locator("#empty")).to_be_hidden()


def test_a_token_that_is_refused_is_renewed(page, account):
    """One 401 is answered with a new token, and nobody notices."""
    enter(page, account)
    refused = []

    def once(route):
        if refused:
            route.continue_()
        else:
            refused.append(route.request.headers["authorization"])
            route.fulfill(status=401, json={"message": "Unauthorized"})

    page.route("**/api/stats*", once)
    account.send("after the renewal")
    look_again(page)
    expect(texts(page)).to_have_text(["after the renewal"], timeout=PATIENCE)
    assert refused
    expect(page.locator("#sign-in-panel")).to_be_hidden()


def end_session(page):
    """From now on no token is good, and none is renewed."""
    fail_api(page, status=401, json={"message": "Unauthorized"})
    answer = {"__type": "NotAuthorizedException", "message": "Refresh Token has been revoked"}
    refresh = lambda route: (  # noqa: E731
        route.fulfill(status=400, body=json.dumps(answer))
        if "REFRESH_TOKEN_AUTH" in (route.request.post_data or "")
        else route.continue_()
    )
    page.route("**/cognito/", refresh)


def test_a_session_that_ends_while_typing(page, account):
    """What was loaded and typed stays, the focus too; signing in again goes on from there."""
    account.send("I love it", "I hate it")
    enter(page, account)
    search = page.get_by_label("Search the loaded documents")
    search.press_sequentially("love")
    end_session(page)
    expect(page.locator("#sign-in-title")).to_have_text("Your session has ended", timeout=PATIENCE)
    expect(search).to_be_focused()
    expect(search).to_have_value("love")
    expect(texts(page)).to_have_text(["I love it"])
    expect(page.locator("#as-of")).to_have_class(re.compile("stale"))
    page.unroute_all()
    page.get_by_role("button", name="Sign in again").click()
    expect(page.get_by_label("User name")).to_be_focused()
    enter(page, account)
    expect(page.locator("#sign-in-panel")).to_be_hidden()
    expect(page.locator("#notice")).to_be_hidden()
    expect(search).to_have_value("love")


def test_a_renewal_that_is_no_answer(page, account):
    """A pool that answers a renewal with a page of HTML is said to; then the page goes on."""
    enter(page, account)
    fail_api(page, status=401, json={"message": "Unauthorized"})
    page.route("**/cognito/", lambda route: route.fulfill(status=200, body="<html>login</html>"))
    look_again(page)
    expect(page.locator("#notice")).to_contain_text("that this page cannot read")
    page.unroute_all()
    account.send("after that")
    expect(texts(page)).to_have_text(["after that"], timeout=PATIENCE)
    expect(page.locator("#sign-in-panel")).to_be_hidden()


def test_a_renewal_that_is_answered_after_signing_out(page, account, settings, sandbox):
    """It is nobody's any more: whoever signed in meanwhile stays in, as themselves."""
    enter(page, account)
    held = []

    def hold(route):
        if "REFRESH_TOKEN_AUTH" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route("**/cognito/", hold)
    fail_api(page, status=401, json={"message": "Unauthorized"})
    with page.expect_request(lambda one: "REFRESH_TOKEN_AUTH" in (one.post_data or "")):
        look_again(page)
    page.unroute("**/api/**")
    page.get_by_role("button", name="Sign out").click()
    other = Account(settings, sandbox, f"{account.username}-o", tenant=f"{account.username}-o")
    other.with_password().send("their own")
    enter(page, other)
    with page.expect_response(lambda one: "REFRESH_TOKEN_AUTH" in (one.request.post_data or "")):
        held[0].fulfill(status=200, json={"AuthenticationResult": {"IdToken": "a.e30.c"}})
    other.send("and more")
    expect(texts(page)).to_have_text(["and more", "their own"], timeout=PATIENCE)
    expect(page.locator("#sign-in-panel")).to_be_hidden()


def test_another_user_sees_nothing_of_the_one_before(page, account, settings, sandbox):
    """After a session's end somebody else may sign in; what was on the screen goes first."""
    account.send("a secret")
    enter(page, account)
    expect(texts(page)).to_have_text(["a secret"])
    end_session(page)
    look_again(page)
    expect(page.locator("#sign-in-panel")).to_be_visible(timeout=PATIENCE)
    page.unroute_all()
    other = f"{account.username}-other"
    enter(page, Account(settings, sandbox, other, tenant=other).with_password())
    expect(page.locator("#empty")).to_contain_text("appear here within seconds")
    assert "a secret" not in page.content()


def test_sign_out(page, account):
    """Everything goes from the screen, and the pool is told; another tab goes on."""
    account.send("a secret")
    second = page.context.new_page()
    second.goto(page.url)
    enter(second, account)
    page.bring_to_front()
    enter(page, account)
    with page.expect_response(lambda answer: "RevokeToken" in str(answer.request.headers)) as told:
        page.get_by_role("button", name="Sign out").click()
    assert told.value.status == 200
    expect(page.locator("#sign-in-reason")).to_have_text("You are signed out.")
    expect(page.get_by_label("User name")).to_be_focused()
    expect(page.locator("#content")).to_be_hidden()
    assert "a secret" not in page.content()
    second.bring_to_front()
    account.send("in the other tab")
    look_again(second)
    expect(texts(second).first).to_have_text("in the other tab", timeout=PATIENCE)


@pytest.mark.parametrize(("hours", "words"), [(1, "60 minutes ahead"), (-1, "60 minutes behind")])
def test_a_clock_an_hour_off(open_page, account, hours, words):
    """The server's clock counts, and the page says that this computer's is wrong."""
    account.send("I love it")
    page = open_page()
    page.add_init_script(f"const now = Date.now; Date.now = () => now() + {hours} * 3600e3")
    page.reload()
    enter(page, account)
    expect(page.locator("#notice")).to_contain_text(words)
    expect(texts(page)).to_have_text(["I love it"])
    shown = page.locator("#as-of").inner_text().split()[2]
    at = datetime.combine(
        datetime.now(UTC).date(), datetime.strptime(shown, "%H:%M:%S").time(), UTC
    )
    apart = abs((datetime.now(UTC) - at).total_seconds())
    assert min(apart, 86400 - apart) < 300


def test_pause(page, account):
    """Updates stop while they are paused, and go on after."""
    enter(page, account)
    pause = page.get_by_role("button", name="Pause updates")
    pause.click()
    expect(pause).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#as-of")).to_contain_text("Paused.")
    pause.click()
    account.send("after the pause")
    expect(texts(page)).to_have_text(["after the pause"], timeout=PATIENCE)


def test_without_its_settings(page):
    """A page whose config.json is missing says so, and starts as soon as it is there."""
    page.route("**/config.json", lambda route: route.fulfill(status=403, body="<Error/>"))
    page.reload()
    expect(page.locator("#notice")).to_contain_text("cannot load its configuration")
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_label("User name")).to_be_focused()


def test_by_keyboard_alone(page, account):
    """From the address bar to the documents without a mouse; the table stands in for the chart."""
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
    page.keyboard.press("Enter")
    row = page.locator("#buckets tr")
    expect(row).to_have_count(1)
    expect(row.locator("td").first).to_have_text("1")


def test_first_paint_is_small(open_page, sandbox, account):
    """Everything up to the first chart, answers of the API too, is under 100 KB as transferred."""
    page = open_page()
    sizes = {}
    page.on("requestfinished", lambda request: sizes.update({request.url: request.sizes()}))
    page.reload()
    enter(page, account)
    weight = sum(s["responseBodySize"] + s["responseHeadersSize"] for s in sizes.values())
    assert len(sizes) >= 10
    assert weight < 100_000
    assert all(url.startswith(sandbox["SITE_URL"]) for url in sizes)


def test_what_the_distribution_serves(settings, sandbox):
    """The page from its bucket, closed to all others, and under /api the API, asked each time."""
    host = urlsplit(sandbox["SITE_URL"]).netloc

    def get(path, **headers):
        url = settings.endpoint + path
        return urllib3.request("GET", url, headers={"Host": host, **headers}, timeout=60)

    assert get("/").headers["Cache-Control"] == "no-cache"
    assert get("/api/health").json()["status"] == "ok"
    assert get("/api/query").status == 401
    asked = get(
        "/api/query?limit=0", Authorization=f"Bearer {demo_user(settings, sandbox).token()}"
    )
    assert (asked.status, asked.json()["error"]["message"][:6]) == (400, "limit:")
    bucket = outputs_of(settings.target.stack())["SiteBucket"]
    assert get(f"/{bucket}/index.html", Host=f"localhost:{settings.emulator_port}").status == 403


def test_nothing_inline_may_run(page):
    """The policy that comes with the page refuses inline scripts and styles, and frames."""
    answer = page.reload()
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script>", answer.text())


@pytest.mark.skipif(
    importlib.util.find_spec("axe_playwright_python") is None,
    reason="axe is not installed; it comes with requirements/project.txt",
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page, account, scheme):
    """Signed out, open, empty, unfolded, failed and ended: no violation in any state."""
    from axe_playwright_python.sync_playwright import Axe

    def check(state):
        found = Axe().run(page)
        assert found.violations_count == 0, f"{state}: {found.generate_report()}"

    page = open_page(color_scheme=scheme, viewport={"width": 390, "height": 900})
    check("signed out")
    sign_in(page, account, "wrong")
    expect(page.locator("#sign-in-problem")).not_to_be_empty()
    check("wrong password")
    enter(page, account)
    check("empty")
    account.send("I love it", "x" * 1000, "I hate it", url="https://example.org")
    expect(texts(page)).to_have_count(3, timeout=PATIENCE)
    page.get_by_text("Show as a table").click()
    page.get_by_text("Glossary").click()
    page.get_by_role("button", name="Show the whole text").click()
    page.get_by_label("Period").select_option("custom")
    expect(page.locator("#period-problem")).not_to_be_empty()
    check("open")
    page.get_by_label("Period").select_option("48h")
    fail_api(page, status=500, json={})
    look_again(page)
    expect(page.locator("#notice")).to_be_visible(timeout=PATIENCE)
    check("failed")
    page.unroute_all()
    end_session(page)
    look_again(page)
    expect(page.locator("#sign-in-panel")).to_be_visible(timeout=PATIENCE)
    check("ended")
