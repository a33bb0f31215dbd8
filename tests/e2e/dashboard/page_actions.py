"""What the tests do with the dashboard: sign in, open pages, choose filters."""

import re

from playwright.sync_api import expect

from tests.accounts import PASSWORD
from tests.browser import TIMEOUT_MS

expect.set_options(timeout=TIMEOUT_MS)


def submit_sign_in(page, account, password=PASSWORD):
    page.get_by_label("User name").fill(account.username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_in(page, account):
    submit_sign_in(page, account)
    expect(page.get_by_test_id("stMain").get_by_text("As of").first).to_be_visible()


def open_view(page, name):
    """Open a page; click once more if Streamlit lost the click while it drew another page."""
    link = page.get_by_role("link", name=name, exact=True)
    heading = page.get_by_role("heading", name=name, exact=True, level=1)
    link.click()
    try:
        expect(heading).to_be_visible()
    except AssertionError:
        link.click()
        expect(heading).to_be_visible()


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
