"""The page in a real browser, with a new account for each test."""

import pytest

from tests.browser import close_tabs, load, open_tab

FAILED_REQUEST = "Failed to load resource"
"""The console's message for a failed request; some tests make requests fail."""


@pytest.fixture
def console_errors():
    """Exceptions, errors and warnings in the browser's console, except failed requests."""
    return []


@pytest.fixture
def open_page(browser, sandbox, console_errors):
    """A function that opens the page in a new tab. Afterwards: no errors in any console."""

    def record(message):
        if message.type in ("error", "warning") and FAILED_REQUEST not in message.text:
            console_errors.append(message.text)

    def open_(**options):
        page = open_tab(browser, console_errors.append, **options)
        page.on("console", record)
        page.on("requestfailed", lambda request: print(request.url, request.failure))
        load(page, sandbox["SITE_URL"])
        return page

    yield open_
    close_tabs(browser)
    assert console_errors == []
