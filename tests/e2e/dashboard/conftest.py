"""The dashboard: pages in AppTest, and a browser with an API whose failures the tests inject."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.data.auth import enter_as_demo
from dashboard.sign_in import MEMBER
from echostream.domain.codec import time_to_wire
from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port
from echostream_client.send import send
from seed.dataset import documents
from tests.browser import NETWORK_CHANGED, close_tabs, is_aborted, load, open_tab
from tests.polling import is_reachable, wait_until
from tests.proxy import Proxy

DASHBOARD = ROOT / "dashboard"
STREAMLIT_PROBE = re.compile(r"/\w+/_stcore/(health|host-config)$")
"""Requests that fail by design. A tab that opens at the address of one page first takes that
address for the root of the dashboard, gets 404, and continues with the real root."""


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
            health = f"http://127.0.0.1:{port}/_stcore/health"
            assert wait_until(lambda: is_reachable(health)), log.read_text()
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture
def open_page(browser, address, proxy):
    """A function that opens the dashboard in a new tab. Afterwards: no errors in any console."""
    errors = []

    def record(message):
        is_probe = STREAMLIT_PROBE.search(message.location.get("url", ""))
        if message.type == "error" and not is_probe and NETWORK_CHANGED not in message.text:
            errors.append(message.text)

    def record_failure(request):
        if not is_aborted(request):
            errors.append(request.url)

    def open_(path="", **options):
        options = {"viewport": {"width": 1280, "height": 1000}, **options}
        page = open_tab(browser, errors.append, **options)
        page.on("console", record)
        page.on("requestfailed", record_failure)
        load(page, address + path)
        return page

    yield open_
    proxy.clear_fault()
    errors_before_close = list(errors)  # closing a tab aborts its requests
    close_tabs(browser)
    assert errors_before_close == []


@pytest.fixture(scope="session")
def tweets(client):
    """Stored tweets of the last two days by id, of the demo tenant."""
    now = datetime.now(UTC)
    # Without the oldest: they leave the page's 48 hours when the hour turns.
    since = time_to_wire(now - timedelta(hours=46))
    batch = [d for d in documents("tweets", 300, now) if d["created_at"] > since]
    assert len(batch) > 200
    sent = send(client, batch)
    assert client.wait_until_counted(sent.received_at)
    return {document["id"]: document for document in batch}


@pytest.fixture
def environment(settings, sandbox, monkeypatch):
    """The environment variables that connect pages to the tests' sandbox."""
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    st.cache_resource.clear()


@pytest.fixture
def app(environment):
    """The whole dashboard before its first run, without a signed-in user."""
    return AppTest.from_file(str(DASHBOARD / "app.py"), default_timeout=60)


@pytest.fixture
def page_of(environment):
    """A function that makes a page before its first run, for a member or the demo user."""

    def make(name, member=None):
        page = AppTest.from_file(str(DASHBOARD / "views" / f"{name}.py"), default_timeout=60)
        page.session_state[MEMBER] = member or enter_as_demo()
        return page

    return make
