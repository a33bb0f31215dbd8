"""A headless Chromium on the running sandbox's two faces, with somebody signed in."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from echostream_cli.errors import UserError

NAMES = ("chromium", "google-chrome", "chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE = 60_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser, ended with all that it opened. Raises `UserError` where there is none."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if not path:
        raise UserError("no Chromium here; Debian: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def enter_site(page: Page, found: dict[str, str]) -> None:
    """Sign in where the page asks for it; the chart and documents follow."""
    page.get_by_label("User name").fill(found["DEMO_USERNAME"])
    page.get_by_label("Password", exact=True).fill(found["DEMO_PASSWORD"])
    page.locator("#sign-in-button").click()


def await_site(page: Page) -> None:
    """Wait for the static page's chart."""
    page.locator("#chart .bar").first.wait_for()


def enter_dashboard(page: Page, found: dict[str, str]) -> None:
    """Sign in where the dashboard asks for it."""
    page.get_by_label("User name").fill(found["DEMO_USERNAME"])
    page.get_by_label("Password", exact=True).fill(found["DEMO_PASSWORD"])
    page.get_by_role("button", name="Sign in", exact=True).click()


def await_dashboard(page: Page) -> None:
    """Wait for the dashboard's first chart."""
    page.locator("[data-testid=stVegaLiteChart] svg.marks").first.wait_for()
