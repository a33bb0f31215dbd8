"""Headless Chromium for browser tests."""

import shutil
from contextlib import contextmanager

from playwright.sync_api import sync_playwright

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


@contextmanager
def chromium():
    """A headless browser that makes no requests of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def open_tab(browser, on_error, **options):
    """A tab with a session of its own; `on_error` gets the text of each exception of its page."""
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(TIMEOUT_MS)
    page.on("pageerror", lambda error: on_error(str(error)))
    return page


def close_tabs(browser):
    for context in browser.contexts:
        context.close()
