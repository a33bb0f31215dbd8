"""A headless Chromium that signs in to the two frontends of the running sandbox."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from echostream_cli.errors import UserError

NAMES = ("chromium", "google-chrome", "chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
TIMEOUT = 60_000
"""Milliseconds for each step of a page."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser, closed at the end. Raises `UserError` if none is installed."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if not path:
        raise UserError("Chromium is not installed; on Debian: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def sign_in_to_site(page: Page, outputs: Mapping[str, str]) -> None:
    """Sign in to the static page as the demo user of `make outputs`."""
    _fill_credentials(page, outputs)
    page.locator("#sign-in-button").click()


def wait_for_site(page: Page) -> None:
    """Wait for the chart of the static page."""
    page.locator("#chart .bar").first.wait_for()


def sign_in_to_dashboard(page: Page, outputs: Mapping[str, str]) -> None:
    """Sign in to the dashboard as the demo user of `make outputs`."""
    _fill_credentials(page, outputs)
    page.get_by_role("button", name="Sign in", exact=True).click()


def wait_for_dashboard(page: Page) -> None:
    """Wait for the first chart of the dashboard."""
    page.locator("[data-testid=stVegaLiteChart] svg.marks").first.wait_for()


def _fill_credentials(page: Page, outputs: Mapping[str, str]) -> None:
    page.get_by_label("User name").fill(outputs["DEMO_USERNAME"])
    page.get_by_label("Password", exact=True).fill(outputs["DEMO_PASSWORD"])
