"""The AWS emulator behind the companion: clients for it, and requests forwarded to it."""

import os
from collections.abc import Mapping
from typing import Any, Protocol

import boto3
import urllib3
from botocore.config import Config

from aws_companion.protocol import ServiceError

HOP_BY_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding"}
CONNECTIONS = 32
_CONFIG = Config(max_pool_connections=CONNECTIONS, retries={"total_max_attempts": 2})


class ClientFactory(Protocol):
    """Makes boto3 clients for the emulator's services."""

    def client(self, service: str) -> Any: ...


class Emulator:
    """The emulator's address and region.

    Its clients have the access key in the environment, else test/test, which most emulators take.
    """

    def __init__(self, url: str, region: str) -> None:
        self._url = url
        self._region = region
        self._http = urllib3.PoolManager(maxsize=CONNECTIONS)

    def client(self, service: str) -> Any:
        """A boto3 client; threads may share it."""
        session: Any = boto3.session.Session
        return session().client(
            service,
            endpoint_url=self._url,
            region_name=self._region,
            aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "test"),
            aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "test"),
            aws_session_token=os.environ.get("AWS_SESSION_TOKEN"),
            config=_CONFIG,
        )

    def forward(self, headers: Mapping[str, str], body: bytes) -> urllib3.BaseHTTPResponse:
        """The emulator's response to an unchanged request, signature included.

        Raises `ServiceError` (InternalServerException, 500) if the emulator is unreachable.
        """
        sent = {name: value for name, value in headers.items() if name not in HOP_BY_HOP}
        try:
            return self._http.request("POST", self._url, body=body, headers=sent, retries=False)
        except urllib3.exceptions.HTTPError as error:
            message = f"the emulator at {self._url} does not respond"
            raise ServiceError("InternalServerException", message, 500) from error
