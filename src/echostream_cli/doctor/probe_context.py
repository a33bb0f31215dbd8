"""The context of a probe: clients of one engine, a unique name, and cleanup at the end."""

import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, Self, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from echostream_cli import emulators
from echostream_cli.credentials import ACCESS_KEY, ANY_SECRET

T = TypeVar("T")
CONFIG = Config(
    retries={"total_max_attempts": 1},
    connect_timeout=3,
    read_timeout=30,
    s3={"addressing_style": "path"},
)


class Differs(Exception):
    """The engine behaves differently from AWS. The message says how."""


class Missing(Exception):
    """The engine does not have what the probe tests. The message says how it shows that."""


class NotStarted(Exception):
    """A resource that the probe needs did not start. The message says which."""


class Endpoint:
    """The probed engine: the address of an emulator and its secret key, or None for AWS."""

    def __init__(self, endpoint: str | None, region: str, secret_key: str = ANY_SECRET) -> None:
        self.endpoint = endpoint
        self.region = region
        self._secret_key = secret_key

    def client(self, service: str) -> Any:
        make: Any = boto3.client
        if self.endpoint is None:
            return make(service, region_name=self.region, config=CONFIG)
        return make(
            service,
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=self._secret_key,
            config=CONFIG,
        )

    def api_url(self, api: dict[str, Any]) -> str:
        """The address of an HTTP API on this engine."""
        if self.endpoint is None:
            return str(api["ApiEndpoint"])
        found = emulators.identify(self.endpoint)
        emulator = found[0] if found else emulators.MINISTACK
        return emulator.api_url(self.endpoint, str(api["ApiId"]))


class ProbeContext:
    """One run of a probe. Its resources have the name of the context, which deletes them."""

    def __init__(self, engine: Endpoint) -> None:
        self.engine = engine
        self.name = f"echostream-doctor-{uuid.uuid4().hex[:10]}"
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def client(self, service: str) -> Any:
        return self.engine.client(service)

    def add_cleanup(self, call: Callable[..., Any], **arguments: Any) -> None:
        """Make a call at the end, in reverse order of adding; its AWS errors are ignored."""
        self._stack.callback(_ignore_errors, call, arguments)


def _ignore_errors(call: Callable[..., Any], arguments: dict[str, Any]) -> None:
    with suppress(ClientError, BotoCoreError, ResponseParserError):
        call(**arguments)


def expect(condition: object, difference: str) -> None:
    """Raise `Differs` with this message unless the condition is true, as on AWS."""
    if not condition:
        raise Differs(difference)


def is_refused(call: Callable[..., Any], *codes: str, **arguments: Any) -> bool:
    """Whether a call raises a `ClientError`; with codes, one with any of these codes."""
    try:
        call(**arguments)
    except ClientError as error:
        return not codes or error.response["Error"]["Code"] in codes
    return False


def wait_for(read: Callable[[], T], timeout: float = 20.0) -> T:
    """Call `read` until its result is true; returns the last result, at the latest after seconds
    of `timeout`."""
    deadline = time.monotonic() + timeout
    while not (result := read()) and time.monotonic() < deadline:
        time.sleep(0.3)
    return result
