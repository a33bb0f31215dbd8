"""Requests to addresses that users name: to public hosts only, with bounds of size and time.

An address may lead anywhere, also by a redirect or by a name server that changes its mind. So each
host is resolved once, its addresses are checked, and the connection goes to a checked address.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urljoin, urlsplit

from echostream_sources.source import SourceFailed

MAX_BYTES = 10_000_000
"""Of a response, uncompressed."""
MAX_SECONDS = 30.0
"""For a response with all of its redirects."""
MAX_REDIRECTS = 5
CHUNK = 65_536
REDIRECTS = (301, 302, 303, 307, 308)
PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
HTTP = ("http", "https")
USER_AGENT = "EchoStream/2.0 (reads public posts on behalf of its user)"
_SENT_AS_IT_IS = "%/?:@!$&'()*+,;=-._~"
_GZIP_OR_ZLIB = 47
"""The window size of zlib that detects both formats."""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
"""RFC 8215: for networks of one's own; Python 3.11 takes it as public."""

Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class WebResponse:
    """A response: the address that it is from, its status, headers in lower case, and the body."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, slots=True)
class Web:
    """Sends requests.

    `private_hosts` may have a private address. Other hosts than `hosts` are refused, also after a
    redirect; None is any host.
    """

    private_hosts: frozenset[str] = frozenset()
    hosts: frozenset[str] | None = None
    resolve: Resolve = resolve
    seconds: float = MAX_SECONDS

    def get(self, url: str, headers: Mapping[str, str]) -> WebResponse:
        """The response to a GET request, after redirects. Raises `SourceFailed`.

        Another server to which a redirect leads does not get the header `Authorization`.
        """
        end = time.monotonic() + self.seconds
        for _ in range(MAX_REDIRECTS + 1):
            response = self._send("GET", url, headers, None, end)
            location = response.headers.get("location")
            if response.status not in REDIRECTS or not location:
                return response
            target = _join(url, location)
            if urlsplit(target)[:2] != urlsplit(url)[:2]:
                headers = {name: headers[name] for name in headers if name != "Authorization"}
            url = target
        raise SourceFailed(f"{url}: more than {MAX_REDIRECTS} redirects")

    def open_socket(self, url: str, end: float, schemes: Sequence[str] = HTTP) -> socket.socket:
        """A connection to a checked address of the host of a URL. Raises `SourceFailed`."""
        host, port = _host_and_port(url, schemes)
        if self.hosts is not None and host not in self.hosts:
            raise SourceFailed(
                f"{url}: {host} is no allowed host; an operator allows it with: source allow {host}"
            )
        try:
            addresses = self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise SourceFailed(f"{url}: the host {host} is not found") from error
        if host not in self.private_hosts and not all(map(_is_public, addresses)):
            raise SourceFailed(f"{url}: {host} has a private address, which is refused")
        return _connect(url, addresses, port, end)

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> WebResponse:
        """The response to one request, also if it is a redirect. Raises `SourceFailed`."""
        return self._send(method, url, headers, body, time.monotonic() + self.seconds)

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, end: float
    ) -> WebResponse:
        connection = self._connect(url, end)
        try:
            with interrupted_at(end, connection.sock):
                if isinstance(connection.sock, ssl.SSLSocket):
                    connection.sock.do_handshake()
                own = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", "Connection": "close"}
                connection.request(method, _target(url), body, {**own, **headers})
                response = connection.getresponse()
                received = {name.lower(): value for name, value in response.getheaders()}
                content = b"" if response.status in REDIRECTS else _read(url, response)
            if time.monotonic() >= end:
                raise TimeoutError  # the end of the transfer is not that of the body
            return WebResponse(url, response.status, received, content)
        except (OSError, ValueError, AttributeError, http.client.HTTPException) as error:
            if time.monotonic() >= end:
                reason = f"no complete response in {self.seconds:g} s"
                raise SourceFailed(f"{url}: {reason}") from error
            raise SourceFailed(f"{url}: {error or type(error).__name__}") from error
        finally:
            connection.close()

    def _connect(self, url: str, end: float) -> http.client.HTTPConnection:
        raw = self.open_socket(url, end)
        host, port = _host_and_port(url, HTTP)
        if urlsplit(url).scheme == "http":
            plain = http.client.HTTPConnection(host, port)
            plain.sock = raw
            return plain
        secure = http.client.HTTPSConnection(host, port)
        try:
            secure.sock = ssl.create_default_context().wrap_socket(
                raw, server_hostname=host, do_handshake_on_connect=False
            )
        except (OSError, ValueError) as error:
            raw.close()
            raise SourceFailed(f"{url}: {error}") from error
        return secure


def _host_and_port(url: str, schemes: Sequence[str]) -> tuple[str, int]:
    """Raises `SourceFailed` for an address that has another scheme, or a password."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise SourceFailed(f"{url[:200]}: {error}") from error
    if parts.scheme not in schemes or not host:
        raise SourceFailed(f"{url[:200]}: must be an address of {' or '.join(schemes)}")
    if parts.username is not None:
        raise SourceFailed(f"{host}: the address must have no user name and no password")
    return host, port


def _target(url: str) -> str:
    """The path and the query as they are sent: in ASCII, what is encoded already unchanged."""
    parts = urlsplit(url)
    return quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), _SENT_AS_IT_IS)


def _join(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise SourceFailed(f"{url}: redirects to an invalid address") from error


def _connect(url: str, addresses: Sequence[str], port: int, end: float) -> socket.socket:
    """A connection to the first address that accepts one."""
    reason = ""
    for address in addresses:
        left = max(0.001, end - time.monotonic())
        try:
            return socket.create_connection((address, port), timeout=min(10.0, left))
        except OSError as error:
            reason = str(error)
    raise SourceFailed(f"{url}: cannot connect: {reason}")


def _is_public(address: str) -> bool:
    """Whether an address, or the IPv4 address that it stands for, is public."""
    one = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(one, ipaddress.IPv6Address):
        if one in _LOCAL_NAT64:
            return False
        in_nat64 = ipaddress.IPv4Address(int(one) & 0xFFFF_FFFF) if one in _NAT64 else None
        embedded = in_nat64 or one.ipv4_mapped or one.sixtofour
        return embedded.is_global if embedded else one.is_global and not one.is_multicast
    return one.is_global and not one.is_multicast


@contextmanager
def interrupted_at(end: float, sock: socket.socket) -> Iterator[None]:
    """End a transfer that takes too long, also one that sends a byte now and then."""
    timer = threading.Timer(max(0.0, end - time.monotonic()), _interrupt, [sock])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _interrupt(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _read(url: str, response: http.client.HTTPResponse) -> bytes:
    """The body, decompressed. Raises `SourceFailed` if it is too large, before it is in memory."""
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    if encoding not in ("identity", "gzip", "x-gzip", "deflate"):
        raise SourceFailed(f"{url}: unknown Content-Encoding {encoding[:20]}")
    decoder = None if encoding == "identity" else zlib.decompressobj(_GZIP_OR_ZLIB)
    body = bytearray()
    while chunk := response.read1(CHUNK):
        try:
            body += decoder.decompress(chunk, MAX_BYTES + 1 - len(body)) if decoder else chunk
        except zlib.error as error:
            raise SourceFailed(f"{url}: damaged compression") from error
        if len(body) > MAX_BYTES:
            raise SourceFailed(f"{url}: more than {MAX_BYTES:,} bytes")
    if decoder and not decoder.eof:
        raise SourceFailed(f"{url}: ends before its end")
    if response.length:
        raise SourceFailed(f"{url}: ends {response.length:,} bytes before its end")
    return bytes(body)


def check(response: WebResponse, now: float) -> WebResponse:
    """The response if it has no error. Raises `SourceFailed`."""
    if response.status >= 400:
        wait = retry_after(response.headers, now)
        raise SourceFailed(f"{response.url}: HTTP {response.status}", wait)
    return response


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds in a header `Retry-After`, which may also be a date; None without one."""
    text = headers.get("retry-after", "")
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None
