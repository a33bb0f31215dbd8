"""Requests to addresses that users name, against servers that send what they should not."""

import gzip
import time
import tracemalloc
import zlib

import pytest

from echostream_sources import web
from echostream_sources.source import SourceFailed
from echostream_sources.web import Web, retry_after
from tests.web_server import web_server

LOCAL = Web(private_hosts=frozenset(("127.0.0.1",)), seconds=5)


def test_response_has_the_headers_and_the_body(server):
    """The request has the caller's headers, and those of each request."""
    url = server.serve("/a?b=c", b"body", ETag='"1"')
    response = LOCAL.get(url, {"If-None-Match": '"0"'})
    assert (response.status, response.body, response.headers["etag"]) == (200, b"body", '"1"')
    [(path, headers)] = server.requests
    assert path == "/a?b=c"
    assert headers["If-None-Match"] == '"0"'
    assert headers["Host"] == server.url.removeprefix("http://")
    assert headers["User-Agent"].startswith("EchoStream/")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_compressed_body_is_decompressed(server, encoding):
    """What the server compresses."""
    body = (gzip.compress if encoding == "gzip" else zlib.compress)(b"text" * 1000)
    url = server.serve("/", body, Content_Encoding=encoding)
    assert LOCAL.get(url, {}).body == b"text" * 1000


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254"),  # noqa: S104
        *("100.64.0.1", "224.0.0.1", "::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1"),
        *("::ffff:169.254.169.254", "64:ff9b:1::7f00:1", "64:ff9b::7f00:1"),
        *("2002:7f00:1::", "2002:a9fe:a9fe::1"),
    ],
)
def test_private_address_is_refused(address):
    """Whatever the name of the host; nothing is sent."""
    guarded = Web(resolve=lambda *_: ["93.184.216.34", address])
    with pytest.raises(SourceFailed, match=r"example\.org has a private address"):
        guarded.get("http://example.org/feed", {})


def test_named_host_may_be_private_and_no_other(server):
    """A redirect to another private host is refused, and so is another name of it."""
    server.serve("/to", b"", 302, Location="http://localhost:1/latest/meta-data")
    with pytest.raises(SourceFailed, match="localhost has a private address"):
        LOCAL.get(f"{server.url}/to", {})


@pytest.mark.parametrize(
    "url",
    [
        *(
            "file:///etc/passwd",
            "ftp://example.org/",
            "//example.org/a",
            "http://",
            "gopher://a/_x",
        ),
        *("http://[::1", "http://example.org:99999/", "javascript:alert(1)"),
    ],
)
def test_other_addresses_are_refused(server, url):
    """As they are, and as the target of a redirect."""
    for tried in (url, server.serve("/to", b"", 301, Location=url)):
        with pytest.raises(SourceFailed):
            LOCAL.get(tried, {})


def test_password_in_an_address_is_refused_and_not_repeated():
    """It would be in messages and logs."""
    with pytest.raises(SourceFailed, match="no password") as caught:
        LOCAL.get("http://user:secret@example.org/feed", {})
    assert "secret" not in str(caught.value)


def test_redirects_are_followed_up_to_a_number(server):
    """Relative ones too; a circle ends."""
    server.serve("/end", b"found")
    server.serve("/relative", b"", 308, Location="end")
    assert LOCAL.get(f"{server.url}/relative", {}).body == b"found"
    server.serve("/circle", b"", 302, Location="/circle")
    with pytest.raises(SourceFailed, match="more than 5 redirects"):
        LOCAL.get(f"{server.url}/circle", {})
    assert len(server.requests) == 2 + 6


def test_token_is_not_sent_to_another_server(server):
    """A redirect within a server keeps it."""
    with web_server() as other:
        server.serve("/own", b"", 302, Location="/away")
        server.serve("/away", b"", 302, Location=other.serve("/", b"found"))
        secret = {"Authorization": "Bearer secret", "Accept": "text/plain"}
        assert LOCAL.get(f"{server.url}/own", secret).body == b"found"
        assert [headers["Authorization"] for _, headers in server.requests] == ["Bearer secret"] * 2
        [(_, received)] = other.requests
        assert "Authorization" not in received
        assert received["Accept"] == "text/plain"


def test_host_is_resolved_once_for_a_request(server):
    """The connection goes to the checked address: a second answer could be another one."""
    asked = []

    def resolve(host, port):
        asked.append((host, port))
        return ["127.0.0.1"]

    port = int(server.url.rsplit(":", 1)[1])
    server.serve("/", b"found")
    named = Web(private_hosts=frozenset(("feeds.example",)), resolve=resolve)
    assert named.get(f"http://feeds.example:{port}/", {}).body == b"found"
    assert asked == [("feeds.example", port)]
    assert server.requests[0][1]["Host"] == f"feeds.example:{port}"


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/caf\u00e9/a b?q=\u00fc&r=1", "/caf%C3%A9/a%20b?q=%C3%BC&r=1"),
        ("/a%20b?c=%26", "/a%20b?c=%26"),
        ("?a=b", "/?a=b"),
        ("/a#part", "/a"),
    ],
)
def test_address_is_sent_in_ascii(server, path, sent):
    """What is encoded already is not encoded again."""
    server.serve(sent, b"found")
    assert LOCAL.get(server.url + path, {}).body == b"found"


def test_certificate_is_checked(certificate, monkeypatch):
    """Its issuer must be trusted, and its name must be that of the host."""
    hosts = frozenset(("feeds.example", "other.example"))
    named = Web(private_hosts=hosts, resolve=lambda *_: ["127.0.0.1"])
    with web_server(certificate) as secure:
        port = secure.url.rsplit(":", 1)[1]
        secure.serve("/", b"found")
        with pytest.raises(SourceFailed, match="certificate verify failed"):
            named.get(f"https://feeds.example:{port}/", {})
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert named.get(f"https://feeds.example:{port}/", {}).body == b"found"
        with pytest.raises(SourceFailed, match="Hostname mismatch"):
            named.get(f"https://other.example:{port}/", {})


def test_large_body_is_refused(server, monkeypatch):
    """As it is, and compressed a thousand times: before it is in memory."""
    monkeypatch.setattr(web, "MAX_BYTES", 100_000)
    zeros = bytes(50_000_000)
    for body, headers in (
        (zeros[:200_000], {}),
        (gzip.compress(zeros), {"Content-Encoding": "gzip"}),
    ):
        url = server.serve("/", body, **headers)
        tracemalloc.start()
        with pytest.raises(SourceFailed, match="more than 100,000 bytes"):
            LOCAL.get(url, {})
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 10_000_000


def drip(handler):
    """An endless body, a byte now and then."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.02)


def drip_headers(handler):
    """Headers without an end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(1000):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.02)


@pytest.mark.parametrize("page", [drip, drip_headers, lambda _: time.sleep(20)])
def test_endless_response_is_ended(server, page):
    """Its bytes come often enough for the timeout of a read, or not at all."""
    server.pages["/"] = page
    start = time.monotonic()
    with pytest.raises(SourceFailed, match=r"no complete response in 0\.5 s"):
        Web(private_hosts=frozenset(("127.0.0.1",)), seconds=0.5).get(f"{server.url}/", {})
    assert time.monotonic() - start < 15


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"short", {"Content-Length": "100"}),
        (gzip.compress(b"text" * 1000, mtime=0)[:-20], {"Content-Encoding": "gzip"}),
        (b"no gzip", {"Content-Encoding": "gzip"}),
        (b"text", {"Content-Encoding": "br"}),
        (b"5\r\nab", {"Transfer-Encoding": "chunked"}),
    ],
    ids=["short", "cut gzip", "no gzip", "br", "cut chunk"],
)
def test_damaged_body_is_refused(server, body, headers):
    """Cut, not compressed as its header says, or in an encoding that was not asked for."""
    url = server.serve("/", body, **headers)
    with pytest.raises(SourceFailed):
        LOCAL.get(url, {})


def test_closed_port_is_reported(server):
    """With the address."""
    with pytest.raises(SourceFailed, match=r"^http://127\.0\.0\.1:1/: cannot connect"):
        LOCAL.get("http://127.0.0.1:1/", {})


def test_unknown_host_is_reported():
    """Also a name that no host can have."""

    def fail(*_):
        raise OSError

    for name, guarded in (("nowhere.example", Web(resolve=fail)), (f"{'a' * 70}.example", Web())):
        with pytest.raises(SourceFailed, match="is not found"):
            guarded.get(f"http://{name}/", {})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("120", 120.0), ("0", 0.0), ("", None), ("-1", None), ("soon", None), ("\u0663", None)),
        ("Thu, 01 Jan 1970 00:02:00 GMT", 60.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
    ],
)
def test_wait_of_a_service_is_read(text, seconds):
    """Seconds or a date."""
    assert retry_after({"retry-after": text}, 60.0) == seconds


def test_other_hosts_than_the_allowed_ones_are_refused(server):
    """Before their name is resolved; also one to which an allowed host redirects."""
    asked = []

    def resolve(host, port):
        asked.append(host)
        return ["127.0.0.1"]

    port = int(server.url.rsplit(":", 1)[1])
    allowed = frozenset(("feeds.example",))
    guarded = Web(frozenset(("feeds.example", "127.0.0.1")), allowed, resolve)
    server.serve("/found", b"found")
    server.serve("/away", b"", 302, Location=f"http://elsewhere.example:{port}/found")
    assert guarded.get(f"http://FEEDS.example:{port}/found", {}).body == b"found"
    for address in (
        f"http://feeds.example:{port}/away",
        f"http://127.0.0.1:{port}/found",
        f"http://feeds.example.:{port}/found",
        f"http://sub.feeds.example:{port}/found",
    ):
        with pytest.raises(SourceFailed, match="is no allowed host; an operator allows it with"):
            guarded.get(address, {})
    assert set(asked) == {"feeds.example"}
    assert len(server.requests) == 2
