"""A websocket at an address that a user names, with bounds of size and time.

Its messages are not compressed: a small compressed one could need much memory.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.protocol import State
from websockets.sync.client import ClientConnection, connect

from echostream_sources.source import SourceFailed
from echostream_sources.web import USER_AGENT, Web, WebResponse, check, interrupted_at

SCHEMES = ("wss", "ws")
MAX_MESSAGE_BYTES = 1_000_000
MAX_QUEUE = 16
"""Messages that wait in memory."""
PONG_SECONDS = 5.0
CLOSE_SECONDS = 0.1
"""For the closing handshake. A server that is still sending does not complete it in time."""


@dataclass(frozen=True, slots=True)
class WebSocket:
    """A connection to a server that is open until a time of the monotonic clock."""

    server: str
    end: float
    connection: ClientConnection

    def receive(self, seconds: float) -> str | None:
        """The next message; None if there is none in time, and the server answers a ping.

        Raises `SourceFailed` if it does not, or if the connection is closed.
        """
        try:
            return self.connection.recv(seconds, decode=True)
        except TimeoutError:
            self._ping()
            return None
        except ConnectionClosed as error:
            raise self._closed(error) from error

    def _ping(self) -> None:
        seconds = max(0.0, min(PONG_SECONDS, self.end - time.monotonic()))
        try:
            is_over = self.connection.ping(ack_on_close=True).wait(seconds)
        except ConnectionClosed as error:
            raise self._closed(error) from error
        if not is_over or self.connection.state is not State.OPEN:
            raise SourceFailed(f"{self.server}: no message and no answer to a ping")

    def _closed(self, error: ConnectionClosed) -> SourceFailed:
        return SourceFailed(f"{self.server}: the connection was closed: {error}")


@contextmanager
def open_websocket(web: Web, url: str, end: float, now: datetime) -> Iterator[WebSocket]:
    """A connection that is closed at the end of the block, or at `end`. Raises `SourceFailed`."""
    raw = web.open_socket(url, end, SCHEMES)
    with (
        raw,
        raw.dup() as handle,
        interrupted_at(end, handle),
        _connection(raw, url, now) as connection,
    ):
        yield WebSocket(_without_query(url), end, connection)


def _connection(raw: socket.socket, url: str, now: datetime) -> ClientConnection:
    server = _without_query(url)
    try:
        return connect(
            url,
            legacy=True,  # returns a connection that is open
            sock=raw,
            compression=None,
            user_agent_header=USER_AGENT,
            open_timeout=None,
            ping_interval=None,
            close_timeout=CLOSE_SECONDS,
            max_size=MAX_MESSAGE_BYTES,
            max_queue=MAX_QUEUE,
        )
    except InvalidStatus as error:
        status = error.response.status_code
        headers = {name.lower(): value for name, value in error.response.headers.raw_items()}
        check(WebResponse(server, status, headers, b""), now.timestamp())
        raise SourceFailed(f"{server}: HTTP {status}, which opens no websocket") from error
    except (OSError, ValueError, WebSocketException) as error:
        reason = str(error.__cause__ or error or type(error).__name__)
        raise SourceFailed(f"{server}: cannot open a websocket: {reason[:200]}") from error


def _without_query(url: str) -> str:
    return url.partition("?")[0]
