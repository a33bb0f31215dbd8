"""Stands between everything and the emulator, passes calls on as they are, and has them metered."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import urllib3

from echostream_cli.costs.calls import Exchange, name_of
from echostream_cli.costs.dynamodb_meter import Images
from echostream_cli.costs.meter import Meter

CONNECTIONS = 64
_HOP_BY_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding", "expect"}


class Proxy:
    """Where calls are taken, whom they are passed on to, and what went wrong with metering."""

    def __init__(self, emulator: str, companion: str, services: tuple[str, ...], meter: Meter):
        self.meter = meter
        self.problems: list[str] = []
        self._emulator, self._companion = emulator, companion
        self._services = services
        self._http = urllib3.PoolManager(maxsize=CONNECTIONS, timeout=900)

    def answer(self, asked: Exchange) -> tuple[urllib3.BaseHTTPResponse, Exchange]:
        """The answer of emulator or companion to a request as it came, signature and all."""
        before = self._before(asked)
        companion = name_of(asked)[0] in self._services
        answer = self._http.request(
            asked.method,
            (self._companion if companion else self._emulator) + asked.path,
            body=asked.body or None,
            headers={k: v for k, v in asked.headers.items() if k not in _HOP_BY_HOP},
            retries=False,
            redirect=False,
            decode_content=False,
        )
        done = Exchange(
            asked.method, asked.path, asked.headers, asked.body, answer.status, answer.data
        )
        self._count(done, before)
        return answer, done

    def _before(self, asked: Exchange) -> Images:
        try:
            return self.meter.before(asked)
        except Exception as error:
            self.problems.append(f"before {' '.join(name_of(asked))}: {error!r}")
            return {}

    def _count(self, done: Exchange, before: Images) -> None:
        """Whatever metering a call comes to, its caller gets the answer; the run then fails."""
        try:
            self.meter.after(done, before)
        except Exception as error:
            self.problems.append(f"{' '.join(name_of(done))}: {error!r}")


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def handle_expect_100(self) -> bool:
            """At once, for botocore waits a second for it before it sends an object."""
            going_on = super().handle_expect_100()
            self.wfile.flush()
            return going_on

        def _pass_on(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            if "transfer-encoding" in headers:
                self.send_error(411, "the meter needs a Content-Length")
                return
            body = self.rfile.read(int(headers.get("content-length", 0)))
            try:
                answer, done = proxy.answer(Exchange(self.command, self.path, headers, body))
            except urllib3.exceptions.HTTPError as error:
                self.send_error(502, f"no answer from behind the meter: {type(error).__name__}")
                return
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            bodiless = self.command == "HEAD"
            length = answer.headers.get("content-length", "0") if bodiless else len(done.answer)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(b"" if bodiless else done.answer)
            self.wfile.flush()

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = _pass_on  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Nothing: what was called is in the meter."""

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


@contextmanager
def listening(proxy: Proxy, port: int, host: str = "127.0.0.1") -> Iterator[str]:
    """The proxy at work on a port; its address."""
    server = _Server((host, port), _handler(proxy))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
