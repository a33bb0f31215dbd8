"""Requests to the addresses of destinations, with the rules for addresses of live sources.

An address may be a credential: no error repeats it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from echostream.domain.alerts.destination_addresses import SLACK_HOST, host_of
from echostream.domain.errors import DestinationFailed
from echostream_sources.source import SourceFailed
from echostream_sources.web import Web, resolve

SECONDS = 10.0
"""For a response."""


@dataclass(frozen=True, slots=True)
class Posting:
    """Sends POST requests to `hosts` and to Slack. Only with `allows_private` to private addresses.

    `hosts` are those that operators allow now.
    """

    hosts: Callable[[], frozenset[str]]
    allows_private: bool = False
    seconds: float = SECONDS
    resolve: Callable[[str, int], list[str]] = resolve

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the response, also that of a redirect. Raises `DestinationFailed`."""
        host = host_of(url)
        private = frozenset((host,) if self.allows_private and host != SLACK_HOST else ())
        web = Web(private, self.hosts() | {SLACK_HOST}, self.resolve, self.seconds)
        try:
            return web.send("POST", url, headers, body).status
        except SourceFailed as error:
            raise DestinationFailed(f"{host}: {_reason(url, str(error))}") from error


def _reason(url: str, message: str) -> str:
    """The message of an error, unless it has more of the address than the host."""
    reason = message.removeprefix(f"{url}: ")
    parts = urlsplit(url)
    secret = ("://", *(part for part in (parts.path, parts.query) if len(part) > 1))
    return "the request failed" if any(part in reason for part in secret) else reason
