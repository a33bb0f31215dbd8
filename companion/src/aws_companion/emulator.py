"""The emulator behind the companion: what the companion reads from it and passes on to it."""

from collections.abc import Mapping
from typing import Any

import boto3
import urllib3
from botocore.config import Config

from aws_companion.protocol import ServiceError

HOP_BY_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding"}
CONNECTIONS = 32
_CONFIG = Config(max_pool_connections=CONNECTIONS, retries={"total_max_attempts": 2})


class Emulator:
    """Where AWS answers for everything that the companion does not answer itself."""

    def __init__(self, url: str, region: str) -> None:
        self._url = url
        self._region = region
        self._http = urllib3.PoolManager(maxsize=CONNECTIONS)

    def client(self, service: str) -> Any:
        """A client that may do everything; it can be shared by threads."""
        session: Any = boto3.session.Session
        return session().client(
            service,
            endpoint_url=self._url,
            region_name=self._region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=_CONFIG,
        )

    def pass_on(self, headers: Mapping[str, str], body: bytes) -> urllib3.BaseHTTPResponse:
        """The emulator's answer to a request as it came, signature and all.

        InternalServerException (500) where the emulator does not answer.
        """
        kept = {name: value for name, value in headers.items() if name not in HOP_BY_HOP}
        try:
            return self._http.request("POST", self._url, body=body, headers=kept, retries=False)
        except urllib3.exceptions.HTTPError as error:
            message = f"the emulator at {self._url} does not answer"
            raise ServiceError("InternalServerException", message, 500) from error
