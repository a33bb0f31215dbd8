"""A hostile page in a browser on this machine gets nothing from emulator and companion."""

import json
import urllib.request

import pytest

from tests.browser import CHROMIUM, NO_CHROMIUM, chromium, close_tabs, open_tab
from tests.e2e.site.hostile_requests import PAGE, Hostile, Server

FOREIGN = {"evil.test": "127.0.0.1", "rebound.test": "127.0.0.1"}
"""Host names of other web sites, and the address to which their DNS points."""


@pytest.fixture(scope="module")
def browser():
    """A browser for which foreign host names point to this machine.

    Chromium's own check of such requests is off: other browsers have none.
    """
    if not CHROMIUM:
        pytest.skip(NO_CHROMIUM)
    rules = ",".join(f"MAP {name} {address}" for name, address in FOREIGN.items())
    own_check = "--disable-features=LocalNetworkAccessChecks"
    with chromium(f"--host-resolver-rules={rules}", own_check) as browser:
        yield browser
        close_tabs(browser)


@pytest.fixture
def hostile(settings, sandbox, name):
    return Hostile(settings, sandbox, name)


def attack(browser, url, requests):
    """Open a page and have it send requests; what it sees of each."""
    tab = open_tab(browser, print)
    tab.goto(url)
    return tab.evaluate("requests => attack(requests)", requests)


def faults(settings, method):
    """The faults that the companion will inject, after DELETE none."""
    url = f"{settings.companion_url}/_companion/faults"
    with urllib.request.urlopen(urllib.request.Request(url, method=method)) as response:
        return json.load(response)


@pytest.mark.parametrize("host", ["evil.test", "127.0.0.2", "file"])
def test_foreign_page_reads_and_creates_nothing(browser, settings, hostile, host):
    """Even with the sandbox's secret: by fetch, form, beacon, image, script, frame, WebSocket."""
    with Server("127.0.0.2" if host == "127.0.0.2" else "127.0.0.1") as server:
        url = PAGE.as_uri() if host == "file" else f"http://{host}:{server.port}/{PAGE.name}"
        results = attack(browser, url, hostile.requests())
    seen = {name: result for name, result in results.items() if result.startswith(("read", "open"))}
    assert seen == {}
    assert results["img"] == results["script"] == results["websocket"] == "failed"
    assert hostile.created() == set()
    assert set(faults(settings, "GET").values()) == {0}
    assert settings.target.settled_stack()


def test_same_page_on_localhost_succeeds(browser, settings, sandbox, hostile):
    """So the requests are valid, and it is the origin that the sandbox refuses."""
    harmless = [one for one in hostile.requests() if one["name"] != "reset"]
    with Server("127.0.0.1") as server:
        results = attack(browser, f"http://localhost:{server.port}/{PAGE.name}", harmless)
    throttled = faults(settings, "GET")["throttle"]
    assert faults(settings, "DELETE")["throttle"] == 0
    try:
        assert sandbox["DEMO_PASSWORD"] in results["secret"]
        assert hostile.created() >= {"function", "user"}
        assert throttled == 7
    finally:
        settings.target.client("lambda").delete_function(FunctionName=hostile.name)
        settings.target.client("iam").delete_user(UserName=hostile.name)


def test_foreign_link_opens_the_page_and_nothing_else(browser, sandbox, hostile):
    """A link to the page works; one to the emulator, or through the page to it, is refused."""
    site = sandbox["SITE_URL"].rstrip("/")
    statuses = {}
    with Server("127.0.0.1") as server:
        for url in (site + "/", site + "/api/health", hostile.user_link()):
            tab = open_tab(browser, print)
            tab.goto(f"http://evil.test:{server.port}/{PAGE.name}")
            link = "url => { const a = document.createElement('a'); a.href = url; a.click(); }"
            with tab.expect_response(url) as response:
                tab.evaluate(link, url)
            statuses[url] = response.value.status
    assert list(statuses.values()) == [200, 403, 403]
    assert hostile.created() == set()


def test_name_that_is_rebound_to_this_machine_is_refused(browser, settings, hostile):
    """A page that has one origin with emulator or companion: it reads the refusal, no more."""
    for local in (settings.endpoint, settings.companion_url):
        origin = local.replace("localhost", "rebound.test")
        requests = json.loads(json.dumps(hostile.requests()).replace(local, origin))
        tab = open_tab(browser, print)
        tab.route(f"{origin}/start", lambda route: route.fulfill(path=PAGE))
        tab.goto(f"{origin}/start")
        results = tab.evaluate("requests => attack(requests)", requests)
        read = [result for result in results.values() if result.startswith("read")]
        assert len(read) > 1
        assert all("ALLOWED_HOSTS" in result for result in read), read
        assert hostile.created() == set()
        assert set(faults(settings, "GET").values()) == {0}
