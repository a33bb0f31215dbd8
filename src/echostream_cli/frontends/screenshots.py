"""Screenshots of the two frontends of the running sandbox: three widths, light and dark."""

import io
import shutil
from collections.abc import Iterator
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page

from echostream_cli.frontends.browser import (
    TIMEOUT,
    chromium,
    sign_in_to_dashboard,
    sign_in_to_site,
    wait_for_dashboard,
    wait_for_site,
)
from echostream_cli.outputs import outputs
from echostream_cli.paths import ROOT
from echostream_cli.settings import load_running

SIZES = {"phone": (390, 844), "tablet": (820, 1180), "desk": (1280, 1000)}
SCHEMES = ("light", "dark")
FOLDER = ROOT / ".sandbox" / "artefacts" / "screenshots"
DOCS_NAMES = {
    "site-desk-light": "site-desk-light",
    "site-tablet-dark": "site-tablet-dark",
    "site-phone-light": "site-phone-light",
    "dashboard-live-desk-light": "dashboard",
    "dashboard-explore-tablet-light": "dashboard-explore-tablet",
    "dashboard-live-phone-dark": "dashboard-phone-dark",
    "dashboard-sources-desk-dark": "dashboard-sources-dark",
}
"""Screenshots that are copied to `docs`, with their names there."""
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/130.0.0.0 Mobile Safari/537.36"
)
PAGES = (
    "Live",
    "Explore",
    "Themes",
    "Alerts",
    "Compare",
    "Sources",
    "Import",
    "Engines",
    "History",
    "Tenant",
    "Health",
)
CONTENT = {
    "Explore": "stDataFrame",
    "Alerts": "stCaptionContainer",
    "Tenant": "stDataFrame",
    "Health": "stCode",
}
"""The main content of pages without a chart, by its test id."""
COLOURS = 256
"""The size of the palette: enough for text and charts, at half of the bytes."""


def take_screenshots() -> None:
    """Take all screenshots and print their sizes. Raises `UserError` if no sandbox runs."""
    sandbox = outputs(load_running())
    FOLDER.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for size in SIZES:
            for scheme in SCHEMES:
                for name, png in _screenshots(browser, sandbox, size, scheme):
                    _save(png, f"{name}-{size}-{scheme}")


def _screenshots(
    browser: Browser, sandbox: dict[str, str], size: str, scheme: str
) -> Iterator[tuple[str, bytes]]:
    page = _open_page(browser, size, scheme)
    page.goto(sandbox["SITE_URL"])
    sign_in_to_site(page, sandbox)
    wait_for_site(page)
    page.locator("#list > li").first.wait_for()
    yield "site", page.screenshot()
    page.close()
    page = _open_page(browser, size, scheme)
    page.goto(sandbox["DASHBOARD_URL"])
    page.get_by_label("User name").wait_for()
    yield "dashboard-sign-in", page.screenshot()
    sign_in_to_dashboard(page, sandbox)
    wait_for_dashboard(page)
    for name in PAGES:
        _open_view(page, name)
        yield f"dashboard-{name.lower()}", page.screenshot()
    page.close()


def _open_page(browser: Browser, size: str, scheme: str) -> Page:
    """A tab of a size. Streamlit closes its menu after a choice only for a phone's user agent."""
    width, height = SIZES[size]
    options: dict[str, Any] = {"viewport": {"width": width, "height": height}}
    if size == "phone":
        options |= {"is_mobile": True, "has_touch": True, "user_agent": PHONE}
    page = browser.new_page(**options, color_scheme="dark" if scheme == "dark" else "light")
    page.set_default_timeout(TIMEOUT)
    return page


def _open_view(page: Page, name: str) -> None:
    """Open a page of the dashboard and wait for its main content."""
    menu = page.get_by_test_id("stExpandSidebarButton")
    if menu.is_visible():
        menu.click()
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("heading", name=name, exact=True, level=1).wait_for()
    main = page.get_by_test_id("stMain")
    if name == "History":
        main.get_by_role("button", name="Run", exact=True).click()
    content = CONTENT.get(name)
    if content:
        main.get_by_test_id(content).first.wait_for()
    else:
        wait_for_dashboard(page)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.mouse.move(0, 0)
    page.wait_for_timeout(700)  # the menu closes, charts resize


def _save(png: bytes, name: str) -> None:
    path = FOLDER / f"{name}.png"
    image = Image.open(io.BytesIO(png)).convert("RGB")
    # Maximum coverage keeps colours that few pixels have, such as those of a thin line.
    image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE).save(path, optimize=True)
    print(f"  {path.stat().st_size:>7,} bytes  {path.relative_to(ROOT)}", flush=True)
    if name in DOCS_NAMES:
        shutil.copyfile(path, ROOT / "docs" / f"{DOCS_NAMES[name]}.png")
