"""Pictures of the running sandbox's page, at three widths, light and dark, and what it weighs."""

import io
import shutil
import sys
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, Request, sync_playwright

from localstack.outputs import outputs
from localstack.settings import ROOT, SandboxError, load_running

SIZES = {"phone": (390, 844), "tablet": (820, 1180), "desk": (1280, 1000)}
SCHEMES = ("light", "dark")
FOLDER = ROOT / "docs"
COLOURS = 256
"""In a picture's palette: enough for text and charts, half of the bytes."""
NAMES = ("chromium", "google-chrome", "chrome")


def main() -> None:
    found = outputs(load_running())
    chromium = next((path for name in NAMES if (path := shutil.which(name))), None)
    if not chromium:
        raise SandboxError("no Chromium here; Debian: apt install chromium")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        print(weigh(browser, found))
        for name, (width, height) in SIZES.items():
            for scheme in SCHEMES:
                page = _page(browser, width, height, scheme)
                sign_in(page, found)
                _keep(page.screenshot(), FOLDER / f"site-{name}-{scheme}.png")
                page.close()
        browser.close()


def weigh(browser: Browser, found: dict[str, str]) -> str:
    """Requests, bytes as transferred and time: to the sign-in, and from there to the chart."""
    page = _page(browser, *SIZES["desk"], "light")
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(_bytes(request)))
    page.goto(found["SITE_URL"])
    page.wait_for_function("document.activeElement?.id === 'username'")
    ready = page.evaluate("performance.now()")
    door = f"  to the sign-in   {len(sizes)} requests, {sum(sizes):,} bytes, {ready:.0f} ms"
    before, weight = len(sizes), sum(sizes)
    sent = sign_in(page, found)
    chart = page.evaluate("performance.getEntriesByName('first-chart')[0].startTime") - sent
    page.close()
    return (
        f"{door}\n  to the chart     {len(sizes) - before} requests more,"
        f" {sum(sizes) - weight:,} bytes, {chart:.0f} ms after signing in"
    )


def sign_in(page: Page, found: dict[str, str]) -> float:
    """Sign in and wait for documents. When it was asked for, by the page's own clock."""
    if page.url == "about:blank":
        page.goto(found["SITE_URL"])
    page.get_by_label("User name").fill(found["DEMO_USERNAME"])
    page.get_by_label("Password", exact=True).fill(found["DEMO_PASSWORD"])
    sent: Any = page.evaluate("performance.now()")
    page.locator("#sign-in-button").click()
    page.locator("#chart .bar").first.wait_for()
    page.locator(".document").first.wait_for()
    return float(sent)


def _page(browser: Browser, width: int, height: int, scheme: str) -> Page:
    viewport: Any = {"width": width, "height": height}
    return browser.new_page(viewport=viewport, color_scheme="dark" if scheme == "dark" else "light")


def _bytes(request: Request) -> int:
    sizes = request.sizes()
    return int(sizes["responseBodySize"] + sizes["responseHeadersSize"])


def _keep(picture: bytes, path: Path) -> None:
    few = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS)
    few.save(path, optimize=True)
    print(f"  {path.stat().st_size:>7,} bytes  {path.relative_to(ROOT)}")


if __name__ == "__main__":
    try:
        main()
    except SandboxError as error:
        sys.exit(f"error: {error}")
