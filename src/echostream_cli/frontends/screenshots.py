"""Pictures of the running sandbox's two faces, at three widths, light and dark."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page

from echostream_cli.frontends.browser import (
    PATIENCE,
    await_dashboard,
    await_site,
    chromium,
    enter_dashboard,
    enter_site,
)
from echostream_cli.outputs import outputs
from echostream_cli.paths import ROOT
from echostream_cli.settings import load_running

SIZES = {"phone": (390, 844), "tablet": (820, 1180), "desk": (1280, 1000)}
SCHEMES = ("light", "dark")
FOLDER = ROOT / ".sandbox" / "artefacts" / "screenshots"
SHOWN = {
    "site-desk-light": "site-desk-light",
    "site-tablet-dark": "site-tablet-dark",
    "site-phone-light": "site-phone-light",
    "dashboard-live-desk-light": "dashboard",
    "dashboard-explore-tablet-light": "dashboard-explore-tablet",
    "dashboard-live-phone-dark": "dashboard-phone-dark",
    "dashboard-sources-desk-dark": "dashboard-sources-dark",
}
"""Pictures that are kept in `docs`, and what they are called there."""
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/130.0.0.0 Mobile Safari/537.36"
)
PAGES = ("Live", "Explore", "Sources", "Engines", "History", "Health")
COLOURS = 256
"""In a picture's palette: enough for text and charts, half of the bytes."""


def take() -> None:
    """Take all pictures of the running sandbox."""
    found = outputs(load_running())
    FOLDER.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for size in SIZES:
            for scheme in SCHEMES:
                for name, picture in _pictures(browser, found, size, scheme):
                    _keep(picture, f"{name}-{size}-{scheme}")


def _pictures(
    browser: Browser, found: dict[str, str], size: str, scheme: str
) -> Iterator[tuple[str, bytes]]:
    page = _page(browser, size, scheme)
    page.goto(found["SITE_URL"])
    enter_site(page, found)
    await_site(page)
    page.locator(".document").first.wait_for()
    yield "site", page.screenshot()
    page.close()
    page = _page(browser, size, scheme)
    page.goto(found["DASHBOARD_URL"])
    page.get_by_label("User name").wait_for()
    yield "dashboard-sign-in", page.screenshot()
    enter_dashboard(page, found)
    await_dashboard(page)
    for name in PAGES:
        _go(page, name)
        yield f"dashboard-{name.lower()}", page.screenshot()
    page.close()


def _page(browser: Browser, size: str, scheme: str) -> Page:
    """A tab; a phone says that it is one, and then the menu folds when a page was chosen."""
    width, height = SIZES[size]
    options: dict[str, Any] = {"viewport": {"width": width, "height": height}}
    if size == "phone":
        options |= {"is_mobile": True, "has_touch": True, "user_agent": PHONE}
    page = browser.new_page(**options, color_scheme="dark" if scheme == "dark" else "light")
    page.set_default_timeout(PATIENCE)
    return page


def _go(page: Page, name: str) -> None:
    """Open a page of the dashboard, and have it show what it is for."""
    menu = page.get_by_test_id("stExpandSidebarButton")
    if menu.is_visible():
        menu.click()
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("heading", name=name, exact=True, level=1).wait_for()
    main = page.get_by_test_id("stMain")
    if name == "History":
        main.get_by_role("button", name="Run", exact=True).click()
    shown = "stCode" if name == "Health" else "stDataFrame" if name == "Explore" else None
    if shown:
        main.get_by_test_id(shown).first.wait_for()
    else:
        await_dashboard(page)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.mouse.move(0, 0)
    page.wait_for_timeout(700)  # the menu folds, charts find their width


def _keep(picture: bytes, name: str) -> None:
    path = FOLDER / f"{name}.png"
    whole = Image.open(io.BytesIO(picture)).convert("RGB")
    few = whole.quantize(COLOURS, Image.Quantize.MAXCOVERAGE)  # also of what is in few places
    few.save(path, optimize=True)
    print(f"  {path.stat().st_size:>7,} bytes  {path.relative_to(ROOT)}", flush=True)
    if name in SHOWN:
        shutil.copyfile(path, _shown(name))


def _shown(name: str) -> Path:
    return ROOT / "docs" / f"{SHOWN[name]}.png"
