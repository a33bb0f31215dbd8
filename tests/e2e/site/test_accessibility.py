"""The page by keyboard and under axe."""

import importlib.util

import pytest
from playwright.sync_api import expect

from tests.accounts import PASSWORD
from tests.browser import TIMEOUT_MS
from tests.e2e.site.page_actions import (
    end_session,
    fail_api,
    refresh,
    replace_alerts,
    replace_digest,
    replace_themes,
    sign_in,
    submit_sign_in,
    texts,
)
from tests.unit.dashboard.alert_responses import alert, alerts
from tests.unit.dashboard.theme_responses import digest, response


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
    replace_alerts(page, alerts(alert(), complete=False))
    sign_in(page, account)
    expect(page.locator("#alert-list button")).to_be_visible()
    check("empty")
    account.send("I love it", "x" * 1000, "I hate it", url="https://example.org")
    expect(texts(page)).to_have_count(3, timeout=TIMEOUT_MS)
    page.get_by_text("Show as a table").click()
    page.get_by_text("Glossary").click()
    page.get_by_role("button", name="Show the whole text").click()
    replace_themes(page, response())
    page.get_by_label("Sentiment", exact=True).select_option("POSITIVE")
    replace_digest(page, digest())
    page.get_by_role("button", name="Write a digest").click()
    for id_ in ("theme-list", "drivers", "digest-list"):
        page.locator(f"#{id_} summary").first.click()
    check("digest")
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
