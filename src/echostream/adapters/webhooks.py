"""Messages as HTTP requests: to webhooks, signed as Standard Webhooks says, and to Slack.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from echostream import __version__
from echostream.domain.alerts.destination_addresses import host_of
from echostream.domain.alerts.destination_administration import KEY_PREFIX
from echostream.domain.alerts.destinations import Destination
from echostream.domain.alerts.messages import Message
from echostream.domain.codec import to_json
from echostream.domain.errors import DestinationFailed, NotFound
from echostream.domain.secrets import Secrets

HEADERS = {"Content-Type": "application/json", "User-Agent": f"EchoStream/{__version__}"}
MAX_TEXT = 39_000
"""Characters; Slack cuts a text after 40,000."""

Post = Callable[[str, Mapping[str, str], bytes], int]
"""Sends a POST request to an address; the status of the response, also that of a redirect.

Raises `DestinationFailed`.
"""


@dataclass(frozen=True, slots=True)
class Webhooks:
    """A `Sender` of the JSON of messages."""

    secrets: Secrets
    post: Post

    def is_ready(self, _: Destination) -> bool:
        return True

    def send(self, destination: Destination, message: Message) -> None:
        credentials = _credentials(self.secrets, destination)
        body = to_json(message.payload).encode()
        timestamp = str(int(message.at.timestamp()))
        signed = {
            "webhook-id": message.id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature(credentials["key"], message.id, timestamp, body),
        }
        _send(self.post, credentials["address"], {**HEADERS, **signed}, body)


@dataclass(frozen=True, slots=True)
class Slack:
    """A `Sender` of the text of messages to an incoming webhook of Slack."""

    secrets: Secrets
    post: Post

    def is_ready(self, _: Destination) -> bool:
        return True

    def send(self, destination: Destination, message: Message) -> None:
        address = _credentials(self.secrets, destination)["address"]
        content: dict[str, Any] = {"text": slack_text(message.text), "unfurl_links": False}
        _send(self.post, address, HEADERS, to_json(content).encode())


def signature(key: str, name: str, timestamp: str, body: bytes) -> str:
    """The value of the header `webhook-signature`."""
    raw = base64.b64decode(key.removeprefix(KEY_PREFIX))
    digest = hmac.digest(raw, f"{name}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def slack_text(text: str) -> str:
    """A text without Slack's control sequences, such as that which notifies a whole workspace."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped if len(escaped) <= MAX_TEXT else escaped[:MAX_TEXT].rpartition("\n")[0]


def _credentials(secrets: Secrets, destination: Destination) -> Mapping[str, str]:
    try:
        return secrets.read(destination.secret)
    except NotFound as error:
        raise DestinationFailed(error.message) from error


def _send(post: Post, address: str, headers: Mapping[str, str], body: bytes) -> None:
    status = post(address, headers, body)
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    what = f"{host_of(address)}: HTTP {status}"
    is_redirect = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    raise DestinationFailed(f"{what}; a redirect is not followed" if is_redirect else what)
