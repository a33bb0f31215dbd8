"""Requests that a foreign web page may have sent do not reach the application."""

import pytest
from asgi_requests import is_refused

from aws_companion.allowed_hosts import UNSPECIFIED

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
    assert is_refused([("Host", "localhost:4566"), *FOLLOWED], method="GET", path="/")
    assert is_refused([("Host", "d111.cloudfront.evil.test"), *FOLLOWED], method="GET")
    frame = [("Sec-Fetch-Dest", "iframe") if n == "Sec-Fetch-Dest" else (n, v) for n, v in link]
    assert is_refused(frame, method="GET")


@pytest.mark.parametrize("path", ["/oauth2/authorize", "/oauth2/idpresponse", "/logout"])
def test_sign_in_can_be_opened_from_any_site(path):
    """As an application does that signs its users in; other paths and methods are refused."""
    link = [("Host", "localhost:4566"), *FOLLOWED]
    assert not is_refused(link, method="GET", path=path)
    assert is_refused(link, method="POST", path=path)
    assert is_refused(link, method="GET", path=f"{path}/more")
    assert is_refused(link, method="GET", path="/oauth2/token")


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
