"""Requests, bytes and time of both frontends until the first chart: `python -m bench.frontends`.

Bytes are those transferred, including frames of a WebSocket. The browser's cache is empty.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, Request, WebSocket

from bench.report import Report, Row
from echostream_cli.console import waiting
from echostream_cli.errors import UserError
from echostream_cli.frontends.browser import (
    TIMEOUT,
    chromium,
    sign_in_to_dashboard,
    sign_in_to_site,
    wait_for_dashboard,
    wait_for_site,
)
from echostream_cli.outputs import outputs
from echostream_cli.settings import load_running

Outputs = dict[str, str]
"""The lines of `make outputs`."""


@dataclass(frozen=True, slots=True)
class Load:
    """The load of a frontend until its first chart: finished requests, received bytes, seconds.

    `to_sign_in` ends when the form is ready; `to_chart` starts when the form is sent.
    """

    requests: int
    bytes: int
    to_sign_in: float
    to_chart: float


@dataclass(frozen=True, slots=True)
class Frontend:
    """A frontend: the output with its address, and how to sign in and wait for its chart."""

    output: str
    sign_in: Callable[[Page, Outputs], None]
    wait: Callable[[Page], None]


FRONTENDS = {
    "page": Frontend("SITE_URL", sign_in_to_site, wait_for_site),
    "dashboard": Frontend("DASHBOARD_URL", sign_in_to_dashboard, wait_for_dashboard),
}


class TrafficCounter:
    """Counts the requests and bytes of a page."""

    def __init__(self, page: Page) -> None:
        self._requests: list[Request] = []
        self._frame_bytes = 0
        page.on("requestfinished", self._add_request)
        page.on("websocket", self._add_socket)

    def _add_request(self, request: Request) -> None:
        self._requests.append(request)

    def _add_socket(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._add_frame)

    def _add_frame(self, payload: str | bytes) -> None:
        self._frame_bytes += len(payload)

    def read(self) -> tuple[int, int]:
        """The number of finished requests, and the bytes received."""
        sizes = [request.sizes() for request in list(self._requests)]
        received = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
        return len(sizes), received + self._frame_bytes


def measure(browser: Browser, frontend: Frontend, sandbox: Outputs) -> Load:
    """Open a frontend with an empty cache, sign in, and wait for the chart."""
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(TIMEOUT)
    counter = TrafficCounter(page)
    start = time.perf_counter()
    page.goto(sandbox[frontend.output])
    page.get_by_label("User name").wait_for()
    form_ready = time.perf_counter()
    frontend.sign_in(page, sandbox)
    form_sent = time.perf_counter()
    frontend.wait(page)
    chart_ready = time.perf_counter()
    requests, size = counter.read()
    page.close()
    return Load(requests, size, form_ready - start, chart_ready - form_sent)


def bench(sandbox: Outputs, report: Report) -> None:
    """Report each measurement of the static page over that of the dashboard."""
    report.section("Frontends until the first chart")
    with waiting("loading both frontends, twice"), chromium() as browser:
        for frontend in FRONTENDS.values():  # warm-up: the first responses of services are slower
            measure(browser, frontend, sandbox)
        page, dashboard = (measure(browser, one, sandbox) for one in FRONTENDS.values())
    for name, unit, ours, other in (
        ("page, to the chart", "requests", page.requests, dashboard.requests),
        ("page, to the chart", "bytes", page.bytes, dashboard.bytes),
        ("page, time to the sign-in", "ms", 1e3 * page.to_sign_in, 1e3 * dashboard.to_sign_in),
        ("page, sign-in to chart", "ms", 1e3 * page.to_chart, 1e3 * dashboard.to_chart),
    ):
        report.add(Row(name, unit, ours, "dashboard", other))


if __name__ == "__main__":
    try:
        bench(outputs(load_running()), Report())
    except UserError as error:
        sys.exit(f"error: {error}")
