"""The page in a real browser, with a new account for each test."""

import pytest

from tests.accounts import Account
from tests.browser import CHROMIUM, NO_CHROMIUM, chromium
from tests.e2e.site.page_actions import TIMEOUT_MS

FAILED_REQUEST = "Failed to load resource"
"""The console's message for a failed request; some tests make requests fail."""


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM:
        pytest.skip(NO_CHROMIUM)
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
