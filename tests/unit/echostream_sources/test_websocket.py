"""A websocket, over servers that send what they should not, or nothing."""

import socket
import ssl
import time
import tracemalloc
from contextlib import closing, contextmanager, suppress
from threading import Thread

import pytest
from websockets.frames import Frame, Opcode
from websockets.sync.server import serve
from websockets.utils import accept_key

from echostream_sources import websocket
from echostream_sources.source import SourceFailed
from echostream_sources.web import Web
from echostream_sources.websocket import MAX_MESSAGE_BYTES, open_websocket
from tests.builders import NOW

LOCAL = Web(private_hosts=frozenset(("127.0.0.1",)))


@contextmanager
def tcp_server(talk):
    """The address of a server that calls `talk` with a connection; errors of sockets end it."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def run():
            with suppress(OSError), listener.accept()[0] as connection:
                talk(connection)

        thread = Thread(target=run, daemon=True)
        thread.start()
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/subscribe?cursor=1"
        with suppress(OSError):  # a client that had no time to connect leaves the thread waiting
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)
    assert not thread.is_alive()


def respond(connection, status=b"101 Switching Protocols", headers=b""):
    """Answer the opening handshake."""
    request = connection.recv(65_536).decode()
    [key] = [line[19:] for line in request.split("\r\n") if line.startswith("Sec-WebSocket-Key: ")]
    accept = accept_key(key).encode()
    connection.sendall(
        b"HTTP/1.1 %b\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n%b"
        b"Sec-WebSocket-Accept: %b\r\n\r\n" % (status, headers, accept)
    )


def frame(opcode, data, *, fin=True):
    return Frame(opcode, data, fin=fin).serialize(mask=False)


def receive(url, seconds=5.0, wait=5.0, web=LOCAL):
    """The first message of a websocket that is open for some seconds."""
    with open_websocket(web, url, time.monotonic() + seconds, NOW) as opened:
        return opened.receive(wait)


def test_message_is_received_from_the_checked_address():
    """The host is resolved once."""
    asked = []

    def resolve(host, port):
        asked.append(host)
        return ["127.0.0.1"]

    def talk(connection):
        respond(connection)
        connection.sendall(frame(Opcode.TEXT, "caf\u00e9".encode()))
        connection.recv(1)

    named = Web(private_hosts=frozenset(("stream.example",)), resolve=resolve)
    with tcp_server(talk) as url:
        assert receive(url.replace("127.0.0.1", "stream.example"), web=named) == "caf\u00e9"
    assert asked == ["stream.example"]


@pytest.mark.parametrize("url", ["ws://stream.example", "http://127.0.0.1", "ws://[::1", "ws:///"])
def test_address_is_checked(url):
    """Its host, and its scheme."""
    guarded = Web(resolve=lambda *_: ["169.254.169.254"])
    with pytest.raises(SourceFailed):
        receive(url, web=guarded)


def test_certificate_is_checked(certificate, monkeypatch):
    """Its issuer must be trusted, and its name must be that of the host."""
    hosts = frozenset(("feeds.example", "other.example"))
    named = Web(private_hosts=hosts, resolve=lambda *_: ["127.0.0.1"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serve(lambda opened: opened.send("secret"), "127.0.0.1", 0, ssl=context) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"wss://feeds.example:{server.socket.getsockname()[1]}"
        with pytest.raises(SourceFailed, match="certificate verify failed"):
            receive(url, web=named)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert receive(url, web=named) == "secret"
        with pytest.raises(SourceFailed, match="Hostname mismatch"):
            receive(url.replace("feeds", "other"), web=named)


def test_refused_connection_is_an_error():
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(SourceFailed, match=rf"127\.0\.0\.1:{port}.*: cannot connect"):
        receive(f"ws://127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [
        (b"200 OK", b"Content-Length: 0\r\n", "HTTP 200, which opens no websocket"),
        (b"302 Found", b"Content-Length: 0\r\nLocation: ws://127.0.0.1:1/\r\n", "cannot open"),
        (b"302 Found", b"Content-Length: 0\r\nLocation: ws://[\r\n", "cannot open"),
        (b"101 Switching", b"Sec-WebSocket-Extensions: permessage-deflate\r\n", "no extensions"),
        (b"101", b"", "cannot open"),
        (b"429 Slow", b"Content-Length: 0\r\nRetry-After: 1\r\nRetry-After: 2\r\n", "HTTP 429"),
    ],
)
def test_response_that_opens_no_websocket_is_an_error(status, headers, reason):
    """A redirect too: its target could be a private address."""
    with (
        tcp_server(lambda connection: respond(connection, status, headers)) as url,
        pytest.raises(SourceFailed, match=rf"^ws://127\.0\.0\.1:\d+/subscribe: .*{reason}"),
    ):
        receive(url)


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_connection_that_is_closed_in_the_handshake_is_an_error(scheme):
    """Before any response."""
    with (
        tcp_server(lambda connection: connection.recv(10_000)) as url,
        pytest.raises(SourceFailed, match="cannot open a websocket"),
    ):
        receive(url.replace("ws:", f"{scheme}:"))


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_handshake_that_takes_too_long_is_ended(scheme):
    """Also one of which a byte arrives now and then."""

    def talk(connection):
        beginning = b"HTTP/1.1 101 " if scheme == "ws" else bytes((22, 3, 3, 64, 0, 2, 0, 63, 0))
        for byte in beginning + bytes(1000):
            connection.sendall(bytes((byte,)))
            time.sleep(0.02)

    started = time.monotonic()
    with tcp_server(talk) as url, pytest.raises(SourceFailed, match="cannot open a websocket"):
        receive(url.replace("ws:", f"{scheme}:"), seconds=0.3)
    assert time.monotonic() - started < 3


def test_silence_of_a_server_that_answers_is_no_error(monkeypatch):
    """A server that does not answer a ping is gone."""

    def alive(connection):
        respond(connection)
        ping = connection.recv(100)
        mask, masked = ping[2:6], ping[6:10]
        connection.sendall(bytes((0x8A, 4, *(a ^ b for a, b in zip(mask, masked, strict=True)))))
        connection.recv(100)

    def silent(connection):
        respond(connection)
        while connection.recv(100):
            pass

    def closing_at_once(connection):
        respond(connection)
        connection.recv(100)

    with tcp_server(alive) as url:
        assert receive(url, wait=0.05) is None
    monkeypatch.setattr(websocket, "PONG_SECONDS", 0.2)
    for talk in (silent, closing_at_once):
        with tcp_server(talk) as url, pytest.raises(SourceFailed, match="no answer to a ping"):
            receive(url, wait=0.05)


def test_message_in_parts_that_does_not_end_is_no_message():
    """The time is that of the whole message."""

    def talk(connection):
        respond(connection)
        connection.sendall(frame(Opcode.TEXT, b"{", fin=False))
        for _ in range(1000):
            connection.sendall(frame(Opcode.CONT, b" ", fin=False))
            time.sleep(0.02)

    started = time.monotonic()
    with tcp_server(talk) as url, pytest.raises(SourceFailed, match="no answer to a ping"):
        receive(url, seconds=0.6, wait=0.2)
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
def test_message_that_is_too_large_is_an_error(opcode):
    """Before it is in memory."""

    def talk(connection):
        respond(connection)
        connection.sendall(frame(opcode, b" " * (MAX_MESSAGE_BYTES + 1)))
        connection.recv(1)

    with tcp_server(talk) as url, pytest.raises(SourceFailed, match="message too big"):
        receive(url)


def test_messages_that_are_not_taken_use_little_memory():
    """The server has to wait."""

    def talk(connection):
        respond(connection)
        message = frame(Opcode.TEXT, b" " * MAX_MESSAGE_BYTES)
        for _ in range(200):
            connection.sendall(message)

    tracemalloc.start()
    with tcp_server(talk) as url, open_websocket(LOCAL, url, time.monotonic() + 5, NOW) as opened:
        for _ in range(10):
            opened.receive(5)
            time.sleep(0.02)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 40 * MAX_MESSAGE_BYTES


def test_pings_whose_answers_are_not_read_do_not_stop_the_reader():
    """The connection ends at its time."""

    def talk(connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        respond(connection)
        pings = frame(Opcode.PING, b"x" * 125) * 1000
        while True:
            connection.sendall(pings)

    started = time.monotonic()
    with tcp_server(talk) as url, pytest.raises(SourceFailed, match=r"closed|no answer"):
        receive(url, seconds=1, wait=0.5)
    assert time.monotonic() - started < 5
