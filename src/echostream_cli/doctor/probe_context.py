"""Where a probe acts: clients of one engine, names of its own, and everything undone at the end."""

import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, Self, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

T = TypeVar("T")
CONFIG = Config(
    retries={"total_max_attempts": 1},
    connect_timeout=3,
    read_timeout=30,
    s3={"addressing_style": "path"},
)


class Differs(Exception):
    """The engine does something else than AWS. The message says what."""


class Endpoint:
    """What is probed: an endpoint, or AWS itself where there is none."""

    def __init__(self, endpoint: str | None, region: str) -> None:
        self.endpoint = endpoint
        self.region = region

    def client(self, service: str) -> Any:
        make: Any = boto3.client
        if self.endpoint is None:
            return make(service, region_name=self.region, config=CONFIG)
        return make(
            service,
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=CONFIG,
        )

    def api_url(self, api: dict[str, Any]) -> str:
        """Where an HTTP API answers."""
        if self.endpoint is None:
            return str(api["ApiEndpoint"])
        return f"{self.endpoint}/_aws/execute-api/{api['ApiId']}"


class ProbeContext:
    """One probe's place at an engine. What it makes there is named after it and goes with it."""

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

    def undo(self, call: Callable[..., Any], **arguments: Any) -> None:
        """Have something called at the end, whatever it says."""
        self._stack.callback(_quietly, call, arguments)


def _quietly(call: Callable[..., Any], arguments: dict[str, Any]) -> None:
    with suppress(ClientError, BotoCoreError):
        call(**arguments)


def expect(fact: object, otherwise: str) -> None:
    """Raise `Differs` where something is not as on AWS."""
    if not fact:
        raise Differs(otherwise)


def refused(call: Callable[..., Any], *codes: str, **arguments: Any) -> bool:
    """Whether a call is refused, with one of these codes where any are given."""
    try:
        call(**arguments)
    except ClientError as error:
        return not codes or error.response["Error"]["Code"] in codes
    return False


def becomes(look: Callable[[], T], patience: float = 20.0) -> T:
    """What a look gives once it gives something, or in the end."""
    deadline = time.monotonic() + patience
    while not (seen := look()) and time.monotonic() < deadline:
        time.sleep(0.3)
    return seen
