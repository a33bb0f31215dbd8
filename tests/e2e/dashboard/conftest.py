"""The dashboard in a real browser, with an API whose failures the tests inject."""

import os
import re
import subprocess
import sys
import time

import pytest
import urllib3

from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port
from tests.accounts import Account
from tests.browser import CHROMIUM, NO_CHROMIUM, chromium
from tests.e2e.dashboard.page_actions import TIMEOUT_MS
from tests.proxy import Proxy

STREAMLIT_PROBE = re.compile(r"/\w+/_stcore/(health|host-config)$")
"""Requests that fail by design. A tab that opens at the address of one page first takes that
address for the root of the dashboard, gets 404, and continues with the real root."""


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM:
        pytest.skip(NO_CHROMIUM)
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def proxy(settings, sandbox):
    with Proxy(settings.endpoint) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def address(settings, sandbox, proxy, tmp_path_factory):
    """The address of a separate dashboard that reaches the emulator through the proxy."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    environment = {**os.environ, **settings.environment(), "EMULATOR_PORT": str(proxy.port)}
    log = tmp_path_factory.mktemp("dashboard") / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", log)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(url, log):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if urllib3.request("GET", url, retries=False, timeout=2).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture
def open_page(browser, address, proxy):
    """A function that opens the dashboard in a new tab. Afterwards: no errors in any console."""
    contexts, errors = [], []

    def record(message):
        is_probe = STREAMLIT_PROBE.search(message.location.get("url", ""))
        if message.type == "error" and not is_probe:
            errors.append(message.text)

    def open_(path="", **options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 1000}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", record)
        page.on("requestfailed", lambda request: errors.append(request.url))
        page.goto(address + path)
        return page

    yield open_
    proxy.clear_fault()
    errors_before_close = list(errors)  # closing a tab aborts its requests
    for context in contexts:
        context.close()
    assert errors_before_close == []


@pytest.fixture
def page(open_page):
    return open_page()


@pytest.fixture
def account(settings, sandbox, name):
    return Account(settings, sandbox, name, tenant=name).with_password()
