"""Requests to destinations, against servers and addresses that are not what they should be."""

import time

import pytest

from echostream.domain.errors import DestinationFailed
from echostream_sources.posting import Posting
from tests.web_server import send

HOSTS = frozenset(("127.0.0.1", "hooks.example"))
LOCAL = Posting(lambda: HOSTS, allows_private=True)


def public(*_):
    return ["93.184.216.34"]


def test_request_has_the_headers_and_the_body(server):
    """The answer is the status."""
    received = []

    def page(handler):
        length = int(handler.headers["Content-Length"])
        received.append((handler.command, handler.rfile.read(length)))
        send(handler, b"ok", 202)

    server.pages["/hook?a=b"] = page
    assert LOCAL(f"{server.url}/hook?a=b", {"webhook-id": "msg_1"}, b"{}") == 202
    assert received == [("POST", b"{}")]
    [(_, headers)] = server.requests
    assert headers["webhook-id"] == "msg_1"


@pytest.mark.parametrize("status", [301, 302, 307, 308, 404, 500])
def test_status_is_that_of_the_first_response(server, status):
    """A redirect is not followed: it could lead to a private address."""
    url = server.serve("/hook", b"", status, Location=f"{server.url}/other")
    assert LOCAL(url, {}, b"{}") == status
    assert [path for path, _ in server.requests] == ["/hook"]


def test_private_address_is_refused(server):
    """Unless this is a sandbox, whatever operators allow; nothing is sent."""
    posting = Posting(lambda: HOSTS)
    with pytest.raises(
        DestinationFailed, match=r"^127\.0\.0\.1: 127\.0\.0\.1 has a private address"
    ):
        posting(server.serve("/secret", b""), {}, b"{}")
    metadata = Posting(lambda: HOSTS, resolve=lambda *_: ["169.254.169.254"])
    with pytest.raises(DestinationFailed, match="private address"):
        metadata("https://hooks.example/secret", {}, b"{}")
    assert server.requests == []


def test_slack_never_has_a_private_address():
    """In a sandbox neither."""
    posting = Posting(lambda: HOSTS, allows_private=True, resolve=lambda *_: ["127.0.0.1"])
    with pytest.raises(DestinationFailed, match="private address"):
        posting("https://hooks.slack.com/services/secret", {}, b"{}")


def test_host_that_is_not_allowed_any_more_is_refused(server):
    """An operator may have forbidden it since the destination was added."""
    url = server.serve("/secret", b"")
    posting = Posting(frozenset, allows_private=True)
    with pytest.raises(DestinationFailed, match=r"127\.0\.0\.1 is no allowed host") as caught:
        posting(url, {}, b"{}")
    assert "secret" not in caught.value.message
    assert server.requests == []


def test_slow_server_is_a_failure(server):
    """After some seconds, also if it sends a byte now and then."""

    def page(handler):
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
        for _ in range(50):
            handler.wfile.write(b"a: b\r\n")
            time.sleep(0.1)

    server.pages["/secret"] = page
    posting = Posting(lambda: HOSTS, allows_private=True, seconds=0.5)
    with pytest.raises(DestinationFailed, match=r"^127\.0\.0\.1: no complete response in 0\.5 s$"):
        posting(f"{server.url}/secret", {}, b"{}")


@pytest.mark.parametrize(
    "url",
    [
        *("https://hooks.example:1/secret?secret", "gopher://hooks.example/secret"),
        *("https://user:secret@hooks.example/secret", "ftp://hooks.example/secret" + "a" * 300),
        *("https://hooks.example:99999/secret", "https://hooks.example/secret\r\nHost: x"),
    ],
)
def test_failure_names_the_host_only(url):
    """Whatever is wrong; a stored address may be from before a rule."""
    posting = Posting(lambda: HOSTS, resolve=_no_host)
    with pytest.raises(DestinationFailed, match=r"^hooks\.example: ") as caught:
        posting(url, {}, b"{}")
    assert "secret" not in caught.value.message


def _no_host(*_):
    raise OSError("no such host")
