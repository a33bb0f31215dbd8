"""A proxy that forwards AWS calls to the emulator, and one that meters them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import urllib3

from echostream_cli.costs.calls import Exchange, identify
from echostream_cli.costs.dynamodb_meter import Images
from echostream_cli.costs.meter import Meter

CONNECTIONS = 64
_HOP_BY_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding", "expect"}


class ConnectionCut(Exception):
    """The client gets no response, because the connection ends."""


class Forwarder:
    """Forwards calls of `services` to the companion, all others to the emulator."""

    def __init__(self, emulator: str, companion: str, services: tuple[str, ...]) -> None:
        self._emulator, self._companion = emulator, companion
        self._services = services
        self._http = urllib3.PoolManager(maxsize=CONNECTIONS, timeout=900)

    def forward(self, request: Exchange) -> tuple[urllib3.BaseHTTPResponse, Exchange]:
        """The response to an unchanged request, signature included, and the exchange.

        Raises `urllib3.exceptions.HTTPError`, and `ConnectionCut`.
        """
        is_companion = identify(request)[0] in self._services
        response = self._http.request(
            request.method,
            (self._companion if is_companion else self._emulator) + request.path,
            body=request.body or None,
            headers={k: v for k, v in request.headers.items() if k not in _HOP_BY_HOP},
            retries=False,
            redirect=False,
            decode_content=False,
        )
        return response, replace(request, status=response.status, response=response.data)


class Proxy(Forwarder):
    """Forwards calls and meters them.

    `problems` are the errors of metering; they do not affect the callers.
    """

    def __init__(self, emulator: str, companion: str, services: tuple[str, ...], meter: Meter):
        super().__init__(emulator, companion, services)
        self.meter = meter
        self.problems: list[str] = []

    def forward(self, request: Exchange) -> tuple[urllib3.BaseHTTPResponse, Exchange]:
        before = self._meter_before(request)
        response, exchange = super().forward(request)
        self._meter_after(exchange, before)
        return response, exchange

    def _meter_before(self, request: Exchange) -> Images:
        try:
            return self.meter.before(request)
        except Exception as error:
            self.problems.append(f"before {' '.join(identify(request))}: {error!r}")
            return {}

    def _meter_after(self, exchange: Exchange, before: Images) -> None:
        """Meter a call. An error must not reach the caller; it fails the run afterwards."""
        try:
            self.meter.after(exchange, before)
        except Exception as error:
            self.problems.append(f"{' '.join(identify(exchange))}: {error!r}")


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle_expect_100(self) -> bool:
        """Respond at once: botocore waits up to a second before it sends the object."""
        is_accepted = super().handle_expect_100()
        self.wfile.flush()
        return is_accepted

    def _forward(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        if "transfer-encoding" in headers:
            self.send_error(411, "the proxy needs a Content-Length")
            return
        body = self.rfile.read(int(headers.get("content-length", 0)))
        request = Exchange(self.command, self.path, headers, body)
        try:
            response, exchange = self.server.proxy.forward(request)
        except urllib3.exceptions.HTTPError as error:
            self.send_error(502, f"the proxy cannot reach the emulator: {type(error).__name__}")
            return
        except ConnectionCut:
            self.close_connection = True
            return
        self._respond(response, exchange)

    def _respond(self, response: urllib3.BaseHTTPResponse, exchange: Exchange) -> None:
        self.send_response_only(response.status)
        for name, value in response.headers.items():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        is_head = self.command == "HEAD"
        body = b"" if is_head else exchange.response
        length = response.headers.get("content-length", "0") if is_head else len(body)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = _forward  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """No access log: the meter records the calls."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], proxy: Forwarder) -> None:
        super().__init__(address, _Handler)
        self.proxy = proxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print an error, unless the client has gone: functions can be killed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serve(proxy: Forwarder, port: int, host: str = "127.0.0.1") -> Iterator[str]:
    """Run the proxy on a port, 0 for any; yields its address."""
    server = _Server((host, port), proxy)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
