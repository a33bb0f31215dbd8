"""The dashboard in a real browser: filters, texts, outages and accessibility."""

import importlib.util
import itertools

import pytest
from playwright.sync_api import expect

from tests.accounts import PASSWORD
from tests.browser import TIMEOUT_MS, load
from tests.e2e.dashboard.page_actions import (
    alert,
    elements,
    metric_value,
    open_view,
    select,
    sign_in,
    submit_sign_in,
)

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


def test_both_frontends_show_new_documents(page, account, settings, sandbox, browser):
    """Both show the numbers of /stats and, within seconds, a new document; sign-out clears all."""
    account.send("I love it", "I hate it", "It is a chair")
    submit_sign_in(page, account, "not the password")
    expect(alert(page)).to_contain_text("The user name or the password is incorrect.")
    sign_in(page, account)
    static = browser.new_page()
    load(static, sandbox["SITE_URL"])
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


def assert_no_violation(page, state):
    """Run axe on the page, light and dark."""
    from axe_playwright_python.sync_playwright import Axe

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.wait_for_function(HAS_SCHEME, arg=scheme)
        page.wait_for_function(IS_SETTLED)
        result = Axe().run(page, context=WITHOUT_STOP_BUTTON)
        assert result.violations_count == 0, f"{state}, {scheme}: {result.generate_report()}"


@pytest.mark.skipif(
    importlib.util.find_spec("axe_playwright_python") is None,
    reason="axe is not installed; it comes with requirements/project.txt",
)
def test_axe_reports_no_violation(page, proxy, account):
    """On every page and in every state."""
    for state in itertools.chain(
        sign_in_states(page, account), page_states(page, account), failure_states(page, proxy)
    ):
        assert_no_violation(page, state)


def sign_in_states(page, account):
    """The page in each state from signed out to signed in; yields the state's name."""
    expect(page.get_by_label("User name")).to_be_visible()
    yield "signed out"
    submit_sign_in(page, account, "wrong")
    expect(alert(page)).to_be_visible()
    yield "wrong password"
    sign_in(page, account)
    expect(alert(page)).to_be_visible()
    yield "empty"


def page_states(page, account):
    """Each page with documents."""
    account.send(*HOSTILE, "I love it", url="https://example.org")
    account.send(*(f"The kettle near {place}" for place in ("Rome", "Oslo", "Bern")))
    expect(chart(page)).to_be_visible()
    yield "live"
    open_view(page, "Explore")
    elements(page, "stDataFrame").first.click(position={"x": 120, "y": 55})
    page.keyboard.press("Shift+Space")
    expect(page.get_by_role("heading", name="The document")).to_be_visible()
    yield "open document"
    open_view(page, "Themes")
    expect(page.get_by_text("Select a row to see documents of the theme")).to_be_visible()
    elements(page, "stDataFrame").nth(1).click(position={"x": 120, "y": 55})
    page.keyboard.press("Shift+Space")
    expect(page.get_by_role("heading", name="Documents: kettle")).to_be_visible()
    yield "documents of a theme"
    open_view(page, "Compare")
    expect(page.get_by_role("heading", name="Themes of side A on both sides")).to_be_visible()
    yield "two periods"
    for name in ("Sources", "Engines"):
        open_view(page, name)
        expect(chart(page)).to_be_visible()
        yield name
    open_view(page, "History")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(chart(page)).to_be_visible()
    yield "history"
    open_view(page, "Health")
    expect(page.get_by_text("Spend this month")).to_be_visible()
    yield "health"


def failure_states(page, proxy):
    """A failed request, and the end of the session."""
    open_view(page, "Live")
    expect(chart(page)).to_be_visible()
    proxy.fail_api(500)
    expect(alert(page)).to_be_visible()
    yield "failed"
    proxy.end_sessions()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    yield "ended"


def chart(page):
    return page.locator("[data-testid=stVegaLiteChart] svg.marks").first
