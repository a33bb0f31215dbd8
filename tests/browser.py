"""Headless Chromium for browser tests."""

import shutil
from contextlib import contextmanager

from playwright.sync_api import Error, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
NO_CHROMIUM = "Chromium is not installed. On Debian: apt install chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


TIMEOUT_MS = 20_000
NETWORK_CHANGED = "net::ERR_NETWORK_CHANGED"
"""Chromium aborts all requests when the machine gets or loses a network interface, as Docker's."""
ERROR_PAGE = "chrome-error://chromewebdata/"
"""Chromium's page for a failed load; it can interrupt the next load."""
MAX_LOADS = 5


@contextmanager
def chromium(*arguments):
    """A headless browser that makes no requests of its own, with more arguments if given."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*ARGUMENTS, *arguments]
        )
        yield browser
        browser.close()


def open_tab(browser, on_error, **options):
    """A tab with a session of its own; `on_error` gets the text of each exception of its page."""
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(TIMEOUT_MS)
    page.on("pageerror", lambda error: on_error(str(error)))
    return page


def load(page, url):
    """Open an address, again if a change of the machine's network aborted a request meanwhile."""
    aborted = []

    def record(request):
        if is_aborted(request):
            aborted.append(request)

    page.on("requestfailed", record)
    for _ in range(MAX_LOADS):
        aborted.clear()
        try:
            page.goto(url)
        except Error as error:
            if not any(reason in error.message for reason in (NETWORK_CHANGED, ERROR_PAGE)):
                raise
            aborted.append(error)
        if not aborted:
            return
    raise AssertionError(f"{url}: the network changed during {MAX_LOADS} attempts to load the page")


def is_aborted(request):
    """Whether a failed request failed because of a change of the network."""
    return request.failure == NETWORK_CHANGED


def close_tabs(browser):
    for context in browser.contexts:
        context.close()
