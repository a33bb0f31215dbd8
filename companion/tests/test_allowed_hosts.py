"""Requests that a foreign web page may have sent do not reach the application."""

import asyncio
import json
from typing import Any

import pytest

from aws_companion.allowed_hosts import UNSPECIFIED, AllowedHosts

LOCAL = [
    "localhost",
    "localhost:4566",
    "LOCALHOST:80",
    "127.0.0.1:4567",
    "[::1]:4566",
    "[::1]",
    "d111.cloudfront.localhost:4566",
    "lake.s3.us-east-1.localhost:4566",
]
FOREIGN = [
    "evil.test",
    "localhost.evil.com",
    "evil-localhost",
    "localhost.",
    "evil.com.",
    "127.0.0.1.nip.io",
    "127.0.0.2:4566",
    "127.0.0.1.",
    "127.1",
    "2130706433",
    "0.0.0.0:4566",
    "[::2]:4566",
    "[::ffff:127.0.0.1]:4566",
    "::1",
    "[localhost]",
    "user@localhost",
    "localhost:80@evil.test",
    "localhost:http",
    "localhost:",
    "localhost:4566:4566",
    "localhost,evil.test",
    "localhost evil.test",
    "localhost\tevil.test",
    ".localhost",
    "l\u00f6calhost",
    "",
]
Headers = list[tuple[str, str]]


class Application:
    """Counts its calls and allows every origin to read, as emulators do."""

    def __init__(self) -> None:
        self.calls = 0
        self.headers = [(b"Access-Control-Allow-Origin", b"*"), (b"x-other", b"*")]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.calls += 1
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": self.headers})
            await send({"type": "http.response.body", "body": b"secret"})
        else:
            await send({"type": f"{scope['type']}.accept"})


def ask(
    headers: Headers, *allowed: str, application: Any = None, kind: str = "http", **scope: Any
) -> list[Any]:
    """The messages of the response to a request with these headers, in this order."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": f"{kind}.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    middleware = AllowedHosts(application or Application(), allowed)
    whole = {"type": kind, "method": "POST", "headers": raw, **scope}
    asyncio.run(middleware(whole, receive, send))
    return sent


def is_refused(headers: Headers, *allowed: str, **scope: Any) -> bool:
    """Whether a request gets 403 and the application is not called."""
    application = Application()
    status = ask(headers, *allowed, application=application, **scope)[0]["status"]
    assert (status, application.calls) in ((403, 0), (200, 1))
    return bool(status == 403)


@pytest.mark.parametrize("host", LOCAL)
def test_names_of_this_machine_pass(host):
    """With any port, as a host, an origin and a referrer; below localhost too."""
    headers = [("Host", host)]
    assert not is_refused(headers)
    assert not is_refused([*headers, ("Origin", f"http://{host}")])
    assert not is_refused([*headers, ("Referer", f"https://{host}/path?query#part")])


@pytest.mark.parametrize("host", FOREIGN)
def test_foreign_names_are_refused(host):
    """Also those that look like a name of this machine."""
    assert is_refused([("Host", host)])
    local = ("Host", "localhost:4566")
    assert is_refused([local, ("Origin", f"http://{host}")])
    assert is_refused([local, ("Referer", f"http://{host}/")])


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "file://",
        "file://localhost",
        "localhost",
        "//localhost",
        "chrome-extension://localhost",
        "http://localhost/evil.test",
        "http://localhost http://evil.test",
        "http://localhost, http://evil.test",
        " http://localhost",
        "HTTP://localhost",
    ],
)
def test_origin_that_no_browser_sends_for_a_local_page_is_refused(origin):
    """A file's or a sandboxed frame's `null`, an extension's, and several in one header."""
    assert is_refused([("Host", "localhost"), ("Origin", origin)])


@pytest.mark.parametrize("name", ["Host", "Origin", "Referer"])
@pytest.mark.parametrize("is_first", [True, False])
def test_second_value_of_a_header_is_checked(name, is_first):
    """One allowed value does not let the other one pass."""
    prefix = "" if name == "Host" else "http://"
    pair = [(name, f"{prefix}localhost"), (name, f"{prefix}evil.test")]
    host = [] if name == "Host" else [("Host", "localhost")]
    assert is_refused(host + (pair if is_first else pair[::-1]))


def test_request_without_or_with_two_hosts_is_refused():
    """Two names are ambiguous, also if both are allowed."""
    assert is_refused([])
    assert is_refused([("Host", "localhost"), ("Host", "127.0.0.1")])


@pytest.mark.parametrize("site", ["cross-site", "same-site", "SAME-ORIGIN", ""])
def test_other_site_without_origin_is_refused(site):
    """An image, a script or a frame of a page that sends no referrer."""
    fetched = [("Host", "localhost"), ("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", "no-cors")]
    assert is_refused(fetched, method="GET")
    assert not is_refused([*fetched, ("Origin", "http://127.0.0.1:3000")])
    assert not is_refused([*fetched, ("Referer", "http://127.0.0.1:3000/")])


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_requests_of_the_own_page_and_of_the_user_pass(site):
    """`none`: an address that the user typed."""
    assert not is_refused([("Host", "localhost"), ("Sec-Fetch-Site", site)], method="GET")


PAGE = ("Host", "d111.cloudfront.localhost:4566")
FOLLOWED = [
    ("Sec-Fetch-Site", "cross-site"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Dest", "document"),
    ("Referer", "https://chat.test/"),
]


def test_link_to_the_page_can_be_followed_from_any_site():
    """In a tab, and only what CloudFront serves: not in a frame, not by a form, not to an API."""
    link = [PAGE, *FOLLOWED]
    assert not is_refused(link, method="GET")
    assert is_refused(link, method="POST")
    assert is_refused([*link, ("Origin", "null")], method="GET")
    assert is_refused([("Host", "localhost:4566"), *FOLLOWED], method="GET")
    assert is_refused([("Host", "d111.cloudfront.evil.test"), *FOLLOWED], method="GET")
    frame = [("Sec-Fetch-Dest", "iframe") if n == "Sec-Fetch-Dest" else (n, v) for n, v in link]
    assert is_refused(frame, method="GET")


def test_setting_allows_more_names():
    """Exact ones, all below one, and addresses; the unspecified address and `*` never."""
    names = ("companion", " Box.Example.COM ", "*.box.test", "192.168.1.5", "[fd00::1]", "*")
    for host in ("companion:4567", "box.example.com", "a.b.box.test", "192.168.1.5", "[fd00::1]:1"):
        assert is_refused([("Host", host)])
        assert not is_refused([("Host", host), ("Origin", f"https://{host}")], *names)
    for host in ("x.companion", "box.test", "evilbox.test", "evil.test", "192.168.1.50"):
        assert is_refused([("Host", host)], *names)
    for unspecified in UNSPECIFIED - {""}:
        host = f"[{unspecified}]" if ":" in unspecified else unspecified
        assert is_refused([("Host", f"{host}:4566")], unspecified, "*.", "*")


@pytest.mark.parametrize(
    ("headers", "name", "value"),
    [
        ([("Host", "evil.test")], "Host", "evil.test"),
        ([], "Host", "missing"),
        ([("Host", "localhost"), ("Origin", "null")], "Origin", "null"),
        ([("Host", "localhost"), ("Referer", "http://evil.test/")], "Referer", "http://evil.test/"),
        ([("Host", "localhost"), ("Sec-Fetch-Site", "cross-site")], "Sec-Fetch-Site", "cross-site"),
    ],
)
def test_refusal_names_header_value_and_setting(headers, name, value):
    """As JSON that SDKs show; a long value is cut."""
    start, body = ask(headers)
    assert dict(start["headers"])[b"content-type"] == b"application/json"
    assert int(dict(start["headers"])[b"content-length"]) == len(body["body"])
    message = json.loads(body["body"])["message"]
    assert f"The header {name} (" in message
    assert value in message
    assert "ALLOWED_HOSTS" in message
    long = json.loads(ask([("Host", "e" * 9000)])[1]["body"])["message"]
    assert len(long) < 500


def test_preflight_of_a_foreign_page_is_refused_without_permissions():
    """So a browser does not send the request."""
    headers = [("Host", "localhost"), ("Origin", "http://evil.test")]
    headers += [("Access-Control-Request-Method", "PUT")]
    start, _ = ask(headers, method="OPTIONS")
    assert start["status"] == 403
    assert not any(name.startswith(b"access-control") for name, _ in start["headers"])


@pytest.mark.parametrize("origin", ["http://localhost:3000", None])
def test_only_the_page_that_asks_may_read(origin):
    """A response that allows every origin allows this one, or none if there is none."""
    headers = [("Host", "localhost"), *([("Origin", origin)] if origin else [])]
    sent = ask(headers)[0]["headers"]
    values = [value for name, value in sent if name.lower() == b"access-control-allow-origin"]
    assert values == ([origin.encode()] if origin else [])
    assert ((b"vary", b"Origin") in sent) is bool(origin)
    assert (b"x-other", b"*") in sent


def test_own_rule_of_an_api_stays():
    """A response that allows one origin is not changed."""
    application = Application()
    application.headers = [(b"access-control-allow-origin", b"https://app.example.com")]
    headers = [("Host", "localhost"), ("Origin", "http://localhost:3000")]
    assert ask(headers, application=application)[0]["headers"] == application.headers


def test_websocket_of_a_foreign_page_is_refused():
    """With the reason if the server can send one, else closed before it is accepted."""
    headers = [("Host", "localhost"), ("Origin", "http://evil.test")]
    [closed] = ask(headers, kind="websocket")
    assert closed["type"] == "websocket.close"
    extensions: Any = {"websocket.http.response": {}}
    start, body = ask(headers, kind="websocket", extensions=extensions)
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 403)
    assert b"Origin" in body["body"]
    local = [("Host", "localhost"), ("Origin", "http://localhost")]
    assert ask(local, kind="websocket") == [{"type": "websocket.accept"}]


def test_start_and_stop_of_the_server_pass():
    """Messages without headers go to the application."""
    application = Application()
    assert ask([], application=application, kind="lifespan")
    assert application.calls == 1
