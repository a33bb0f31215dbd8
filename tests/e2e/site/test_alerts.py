"""The panel of alerts on the page."""

import pytest
from playwright.sync_api import expect

from tests.e2e.site.page_actions import fail_alerts, refresh, replace_alerts, sign_in, texts
from tests.unit.dashboard.alert_responses import alert, alerts

HOSTILE = "<img src=x onerror=\"document.title='run'\">\u202e" + "x" * 300


def listed(page):
    return page.locator("#alert-list > li")


def test_alert_chooses_its_hours_and_its_source(page, account):
    """By keyboard: the documents, the chart and the themes follow; the source is unknown before."""
    replace_alerts(page, alerts(alert(source="demo", text="Source demo: 88 documents")))
    sign_in(page, account)
    expect(listed(page)).to_contain_text("20 May, 10:00 to 20 May, 14:00 UTC")
    page.get_by_label("Sentiment", exact=True).select_option("NEGATIVE")
    button = page.get_by_role("button", name="Source demo: 88 documents")
    button.focus()
    with (
        page.expect_request("**/api/query*") as query,
        page.expect_request("**/api/stats*") as stats,
        page.expect_request("**/api/themes*") as themes,
    ):
        page.keyboard.press("Enter")
    hours = "from=2026-05-20T10%3A00%3A00.000Z&to=2026-05-20T14%3A00%3A00.000Z&source=demo"
    for request in (query, stats, themes):
        assert hours in request.value.url
        assert "sentiment" not in request.value.url
    expect(page.get_by_label("Period")).to_be_focused()
    expect(page.get_by_label("Period")).to_have_value("custom")
    expect(page.get_by_label("Source", exact=True)).to_have_value("demo")
    expect(page.locator("#from")).to_have_value("2026-05-20T10:00")
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.get_by_label("Source", exact=True)).to_have_value("")


def test_alert_about_all_sources_chooses_none(page, account):
    """So does one about a theme: the page shows all documents of its hours."""
    replace_alerts(page, alerts(alert(source=None, text="All sources: 88 documents")))
    account.send("I love it")
    sign_in(page, account)
    page.get_by_label("Source", exact=True).select_option(index=1)
    page.get_by_role("button", name="All sources: 88 documents").click()
    expect(page.get_by_label("Source", exact=True)).to_have_value("")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (alerts(), "There is no alert in the last 7 days"),
        (alerts(watched_to=None), "No hour was compared yet."),
        (alerts(alert(), complete=False), "These are the newest 5."),
    ],
    ids=["no alert", "never compared", "more alerts"],
)
def test_panel_explains_its_list(page, account, content, text):
    """Why it is empty, or that there are more."""
    replace_alerts(page, content)
    sign_in(page, account)
    expect(page.locator("#alerts-about")).to_contain_text(text)
    expect(listed(page)).to_have_count(len(content["alerts"]))
    expect(page.locator("#alerts-as-of")).to_contain_text("As of")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"status": 500, "json": {"message": "Internal Server Error"}}, "(HTTP 500)"),
        ({"status": 200, "json": {"surprise": []}}, "that this page cannot read"),
    ],
    ids=["500", "other json"],
)
def test_failed_alerts_leave_the_other_panels(page, account, answer, message):
    """The panel says why; a button loads the alerts again."""
    account.send("I love it")
    fail_alerts(page, **answer)
    sign_in(page, account)
    problem = page.locator("#alerts-problem")
    expect(problem).to_contain_text(message)
    expect(page.locator("#alerts-as-of")).to_have_text("")
    expect(texts(page)).to_have_text(["I love it"])
    expect(page.locator("#notice")).to_be_hidden()
    page.unroute_all()
    replace_alerts(page, alerts(alert()))
    page.get_by_role("button", name="Load the alerts again").click()
    expect(listed(page)).to_have_count(1)
    expect(problem).to_be_empty()


def test_alerts_are_fetched_once_a_minute(page, account):
    """Neither an update of the other panels nor a changed filter fetches them."""
    page.clock.install()
    replace_alerts(page, alerts(alert()))
    page.reload()
    sign_in(page, account)
    expect(listed(page)).to_have_count(1)
    urls = []
    page.on("request", lambda request: urls.append(request.url))
    with page.expect_response("**/api/stats*"):
        refresh(page)
    with page.expect_response("**/api/stats*"):
        page.get_by_label("Sentiment", exact=True).select_option("NEGATIVE")
    assert not [url for url in urls if "/api/alerts" in url]
    with page.expect_request("**/api/alerts*") as request:
        page.clock.fast_forward(70_000)
    assert "limit=5" in request.value.url


def test_alerts_of_a_former_user_are_removed(page, account):
    """After a sign-out the list is empty."""
    replace_alerts(page, alerts(alert()))
    sign_in(page, account)
    expect(listed(page)).to_have_count(1)
    page.get_by_role("button", name="Sign out").click()
    expect(listed(page)).to_have_count(0)


@pytest.mark.parametrize("width", [320, 1440])
def test_hostile_alerts(open_page, account, width):
    """Texts and sources are shown and chosen unchanged, run no code, and do not widen the page."""
    page = open_page(viewport={"width": width, "height": 900})
    replace_alerts(page, alerts(alert(source=HOSTILE, text=HOSTILE)))
    sign_in(page, account)
    expect(listed(page).locator("bdi")).to_have_text(HOSTILE)
    listed(page).get_by_role("button").click()
    expect(page.get_by_label("Source", exact=True)).to_have_value(HOSTILE)
    assert page.title() == "EchoStream"
    assert page.locator("main img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
