"""What both faces weigh, and how soon they show a chart: `python -m bench.frontends`, `make bench`.

Bytes are as transferred, frames of a WebSocket with them; nothing is cached before.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, Request, WebSocket

from bench.measure import report
from echostream_cli.errors import UserError
from echostream_cli.frontends.browser import (
    PATIENCE,
    await_dashboard,
    await_site,
    chromium,
    enter_dashboard,
    enter_site,
)
from echostream_cli.outputs import outputs
from echostream_cli.settings import load_running

Found = dict[str, str]


@dataclass(frozen=True, slots=True)
class Weight:
    """Everything up to the first chart, and the time without that of the person who signs in."""

    requests: int
    bytes: int
    to_sign_in: float
    to_chart: float


@dataclass(frozen=True, slots=True)
class Frontend:
    """A way to look at the documents."""

    address: str
    enter: Callable[[Page, Found], None]
    wait: Callable[[Page], None]


FRONTENDS = {
    "page": Frontend("SITE_URL", enter_site, await_site),
    "dashboard": Frontend("DASHBOARD_URL", enter_dashboard, await_dashboard),
}


class Scale:
    """Counts what a page receives."""

    def __init__(self, page: Page) -> None:
        self._finished: list[Request] = []
        self._framed = 0
        page.on("requestfinished", self._finish)
        page.on("websocket", self._listen)

    def _finish(self, request: Request) -> None:
        self._finished.append(request)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._add)

    def _add(self, payload: str | bytes) -> None:
        self._framed += len(payload)

    def read(self) -> tuple[int, int]:
        """Requests that are finished, and bytes that have come."""
        sizes = [request.sizes() for request in list(self._finished)]
        sent = sum(one["responseBodySize"] + one["responseHeadersSize"] for one in sizes)
        return len(sizes), sent + self._framed


def weigh(browser: Browser, face: Frontend, found: Found) -> Weight:
    """Open a face for the first time, sign in, and wait for the chart."""
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(PATIENCE)
    scale = Scale(page)
    start = time.perf_counter()
    page.goto(found[face.address])
    page.get_by_label("User name").wait_for()
    ready = time.perf_counter()
    face.enter(page, found)
    entered = time.perf_counter()
    face.wait(page)
    done = time.perf_counter()
    requests, size = scale.read()
    page.close()
    return Weight(requests, size, ready - start, done - entered)


def bench(found: Found) -> None:
    """One line for each figure: the static page's over the dashboard's."""
    with chromium() as browser:
        for face in FRONTENDS.values():  # once unweighed: the services' first answers are slower
            weigh(browser, face, found)
        page, dashboard = (weigh(browser, face, found) for face in FRONTENDS.values())
    for what, number in (("requests", "requests"), ("bytes", "bytes")):
        ours, other = getattr(page, number), getattr(dashboard, number)
        report(f"page, {what} to the chart", f"{ours:,}", f"dashboard {other:,}", ours / other)
    for what, number in (("time to the sign-in", "to_sign_in"), ("sign-in to chart", "to_chart")):
        ours, other = getattr(page, number), getattr(dashboard, number)
        floor = f"dashboard {1000 * other:,.0f} ms"
        report(f"page, {what}", f"{1000 * ours:,.0f} ms", floor, ours / other)


if __name__ == "__main__":
    try:
        bench(outputs(load_running()))
    except UserError as error:
        sys.exit(f"error: {error}")
