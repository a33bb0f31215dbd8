"""The dashboard in a real browser, with an API whose failures the tests inject."""

import importlib.util
import os
import re
import subprocess
import sys
import time

import pytest
import urllib3
from playwright.sync_api import expect

from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port
from tests.accounts import PASSWORD, Account
from tests.browser import CHROMIUM, NO_CHROMIUM, chromium
from tests.proxy import Proxy

TIMEOUT_MS = 20_000
expect.set_options(timeout=TIMEOUT_MS)
STREAMLIT_PROBE = re.compile(r"/\w+/_stcore/(health|host-config)$")
"""Requests that fail by design. A tab that opens at the address of one page first takes that
address for the root of the dashboard, gets 404, and continues with the real root."""
HAS_SCHEME = """(scheme) => {
  const app = document.querySelector("[data-testid=stApp]");
  const back = getComputedStyle(app).backgroundColor.match(/\\d+/g).map(Number);
  return (back[0] < 128) === (scheme === "dark");
}"""
"""Whether the dashboard shows the colour scheme of the browser."""
IS_SETTLED = """() => document.querySelector(
  "[data-testid=stApp][data-test-script-state=notRunning]"
) && !document.querySelector("[data-stale=true]")"""
"""Whether the run of the page has ended. Until then the page also shows elements of the previous
run, so a table that moves appears twice."""
IS_WITHIN_WIDTH = "(width) => document.querySelector('[data-testid=stMain]').scrollWidth <= width"
HOSTILE = [
    "<script>document.title = 'run'</script><img src=x onerror=\"document.title='run'\">",
    "\u202eevil right to left \u2067and back",
    "a\u200db\u200bc" * 500,
    "x" * 10_000,
    "# [link](javascript:alert(1)) $x$ :red[red] **bold**",
]
pytestmark = pytest.mark.skipif(not CHROMIUM, reason=NO_CHROMIUM)


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def proxy(settings, sandbox):
    with Proxy(settings.endpoint) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def address(settings, sandbox, proxy, tmp_path_factory):
    """The address of a separate dashboard that reaches the emulator through the proxy."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    environment = {**os.environ, **settings.environment(), "EMULATOR_PORT": str(proxy.port)}
    log = tmp_path_factory.mktemp("dashboard") / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", log)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(url, log):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if urllib3.request("GET", url, retries=False, timeout=2).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture
def open_page(browser, address, proxy):
    """A function that opens the dashboard in a new tab. Afterwards: no errors in any console."""
    contexts, errors = [], []

    def record(message):
        is_probe = STREAMLIT_PROBE.search(message.location.get("url", ""))
        if message.type == "error" and not is_probe:
            errors.append(message.text)

    def open_(path="", **options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 1000}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", record)
        page.on("requestfailed", lambda request: errors.append(request.url))
        page.goto(address + path)
        return page

    yield open_
    proxy.clear_fault()
    errors_before_close = list(errors)  # closing a tab aborts its requests
    for context in contexts:
        context.close()
    assert errors_before_close == []


@pytest.fixture
def page(open_page):
    return open_page()


@pytest.fixture
def account(settings, sandbox, name):
    return Account(settings, sandbox, name, tenant=name).with_password()


def submit_sign_in(page, account, password=PASSWORD):
    page.get_by_label("User name").fill(account.username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_in(page, account):
    submit_sign_in(page, account)
    expect(page.get_by_test_id("stMain").get_by_text("As of").first).to_be_visible()


def open_view(page, name):
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible()


def elements(page, test_id):
    """The elements of one kind, without those that the current run of the page will replace."""
    current = "[data-testid=stElementContainer]:not([data-stale=true])"
    return page.locator(f"{current} [data-testid={test_id}]")


def metric_value(page, label):
    metric = elements(page, "stMetric").filter(has_text=label)
    return metric.get_by_test_id("stMetricValue")


def select(page, label, option):
    page.get_by_role("combobox", name=re.compile(label)).click()
    page.get_by_role("option", name=option, exact=True).click()


def alert(page):
    return elements(page, "stAlert")


def test_both_frontends_show_new_documents(page, account, settings, sandbox, browser):
    """Both show the numbers of /stats and, within seconds, a new document; sign-out clears all."""
    account.send("I love it", "I hate it", "It is a chair")
    submit_sign_in(page, account, "not the password")
    expect(alert(page)).to_contain_text("The user name or the password is incorrect.")
    sign_in(page, account)
    static = browser.new_page()
    static.goto(sandbox["SITE_URL"])
    static.get_by_label("User name").fill(account.username)
    static.get_by_label("Password", exact=True).fill(PASSWORD)
    static.locator("#sign-in-button").click()
    for text in (None, "Arrived while you looked"):
        if text:
            account.send(text)
        buckets = account.api.stats()["buckets"]
        total = sum(bucket["total"] for bucket in buckets)
        share = f"{100 * sum(bucket['positive'] for bucket in buckets) / total:.1f}%"
        mean = sum(bucket["mean_compound"] * bucket["total"] for bucket in buckets) / total
        for label, element_id, value in (
            ("Documents", "total", str(total)),
            ("Positive", "positive", share),
            ("Mean score", "mean", f"{mean:+.2f}"),
        ):
            expect(metric_value(page, label)).to_have_text(value)
            expect(static.locator(f"#{element_id}")).to_have_text(value)
    static.close()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    expect(page.get_by_test_id("stMetric")).to_have_count(0)
    expect(page.get_by_role("link", name="Explore")).to_have_count(0)


def test_filters_apply_to_every_page(page, account):
    """They narrow the numbers, report no match and an invalid period, and stay between pages."""
    account.send("I love it", "I hate it", source="forum")
    account.send("I adore it", source="shop")
    sign_in(page, account)
    select(page, "Source", "shop")
    expect(metric_value(page, "Documents")).to_have_text("1")
    select(page, "Sentiment", "Negative")
    expect(alert(page)).to_contain_text("No document matches these filters")
    open_view(page, "Explore")
    expect(alert(page)).to_contain_text("No document matches these filters")
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.get_by_text("3 loaded documents. There are no others.")).to_be_visible()
    select(page, "Period", "From … to …")
    expect(alert(page)).to_contain_text("Choose when the period begins.")


def test_ten_thousand_documents(page, account):
    """The page loads up to its limit, searches while the user types, and exports the matches."""
    for start in range(0, 10_000, 500):
        batch = [{"text": f"number {start + i}.", "source": "many"} for i in range(500)]
        assert account.api.ingest(batch)["accepted"] == 500
    account.send(*HOSTILE, source="<b>" + "s" * 120, author="\u202e" + "a" * 250)
    sign_in(page, account)
    expect(metric_value(page, "Documents")).to_have_text(f"{10_000 + len(HOSTILE):,}")
    open_view(page, "Explore")
    expect(page.get_by_text("500 loaded documents. There are older documents.")).to_be_visible()
    page.get_by_role("button", name="Load all, at most 10,000").click()
    expect(page.get_by_text("The limit is 10,000.")).to_be_visible(timeout=2 * TIMEOUT_MS)
    search = page.get_by_role("searchbox", name="Search the loaded documents")
    search.press_sequentially("NUMBER 77.")
    expect(page.get_by_text("1 of 10,000 loaded documents")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download 1 document as CSV").click()
    assert b"number 77." in download.value.path().read_bytes()


def test_hostile_texts(open_page, account):
    """The page shows them unchanged, runs no code and keeps its width, on a phone and a desktop."""
    account.send(*HOSTILE, source="<b>" + "s" * 120, author="\u202e" + "a" * 250)
    page = open_page("/explore", viewport={"width": 390, "height": 900})
    sign_in(page, account)
    for text, row in zip(HOSTILE[::-1], range(len(HOSTILE)), strict=True):
        grid = elements(page, "stDataFrame").first
        grid.click(position={"x": 120, "y": 55 + 35 * row})
        page.keyboard.press("Shift+Space")
        expect(elements(page, "stText").last).to_have_text(text)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_function(IS_WITHIN_WIDTH, arg=width)
        assert page.title() == "EchoStream"
    assert page.locator("[data-testid=stMain] script, [data-testid=stMain] b").count() == 0


def test_api_outage_keeps_the_last_data(page, proxy, account):
    """The data stays below the reason; the page recovers with the API."""
    account.send("I love it")
    sign_in(page, account)
    expect(metric_value(page, "Documents")).to_have_text("1")
    for fail, message in (
        (lambda: proxy.fail_api(500, "<html>"), "The service reported an error (HTTP 500)."),
        (lambda: proxy.fail_api(0), "The service did not respond."),
    ):
        fail()
        expect(alert(page).first).to_contain_text(message)
        expect(metric_value(page, "Documents")).to_have_text("1")
        proxy.clear_fault()
        page.get_by_role("button", name="Try again").click()
        expect(alert(page)).to_have_count(0)


def test_session_end_while_typing_keeps_input(page, proxy, account):
    """The form opens above the loaded data; typed letters and filters stay."""
    account.send("I love it", source="forum")
    account.send("I hate it", source="shop")
    sign_in(page, account)
    expect(metric_value(page, "Documents")).to_have_text("2")
    select(page, "Source", "forum")
    expect(metric_value(page, "Documents")).to_have_text("1")
    field = page.get_by_label("Sentiment", exact=True).locator("visible=true").last
    field.press_sequentially("Nega")
    proxy.end_sessions()
    expect(page.get_by_text("Your session has ended")).to_be_visible()
    expect(field).to_have_value("Nega")
    field.press("Escape")
    expect(metric_value(page, "Documents")).to_have_text("1")
    proxy.clear_fault()
    submit_sign_in(page, account)
    expect(page.get_by_role("heading", name="Your session has ended")).to_have_count(0)
    expect(page.get_by_role("combobox", name="Source")).to_have_value("forum")
    expect(metric_value(page, "Documents")).to_have_text("1")


WITHOUT_STOP_BUTTON = {"exclude": [["[data-testid=stBaseButton-header]"]]}
"""Streamlit shows its pale Stop button only while a page is slow."""


@pytest.mark.skipif(
    importlib.util.find_spec("axe_playwright_python") is None,
    reason="axe is not installed; it comes with requirements/project.txt",
)
def test_axe_reports_no_violation(page, proxy, account):
    """On every page and in every state, light and dark."""
    from axe_playwright_python.sync_playwright import Axe

    def check(state):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.wait_for_function(HAS_SCHEME, arg=scheme)
            page.wait_for_function(IS_SETTLED)
            result = Axe().run(page, context=WITHOUT_STOP_BUTTON)
            assert result.violations_count == 0, f"{state}, {scheme}: {result.generate_report()}"

    expect(page.get_by_label("User name")).to_be_visible()
    check("signed out")
    submit_sign_in(page, account, "wrong")
    expect(alert(page)).to_be_visible()
    check("wrong password")
    sign_in(page, account)
    expect(alert(page)).to_be_visible()
    check("empty")
    account.send(*HOSTILE, "I love it", url="https://example.org")
    chart = page.locator("[data-testid=stVegaLiteChart] svg.marks").first
    expect(chart).to_be_visible()
    check("live")
    open_view(page, "Explore")
    elements(page, "stDataFrame").first.click(position={"x": 120, "y": 55})
    page.keyboard.press("Shift+Space")
    expect(page.get_by_role("heading", name="The document")).to_be_visible()
    check("open document")
    for name in ("Sources", "Engines"):
        open_view(page, name)
        expect(chart).to_be_visible()
        check(name)
    open_view(page, "History")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(chart).to_be_visible()
    check("history")
    open_view(page, "Health")
    expect(page.get_by_text("Spend this month")).to_be_visible()
    check("health")
    open_view(page, "Live")
    expect(chart).to_be_visible()
    proxy.fail_api(500)
    expect(alert(page)).to_be_visible()
    check("failed")
    proxy.end_sessions()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    check("ended")
