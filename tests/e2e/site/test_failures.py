"""Failures of the services, and a wrong clock, on the page."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.browser import TIMEOUT_MS
from tests.e2e.site.page_actions import (
    fail_api,
    refresh,
    sign_in,
    submit_sign_in,
    texts,
)


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


def test_missing_configuration_is_reported(page):
    """Without config.json the page says so; it starts once the file is available."""
    page.route("**/config.json", lambda route: route.fulfill(status=403, body="<Error/>"))
    page.reload()
    expect(page.locator("#notice")).to_contain_text("cannot load its configuration")
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_label("User name")).to_be_focused()
