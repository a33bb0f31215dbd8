"""Identifies the service and operation of HTTP requests to AWS, and sums the usage of calls."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

from echostream_cli.costs.bill import add
from echostream_cli.emulators import API_PATH

_TARGETS = {
    "DynamoDB_20120810": "dynamodb",
    "Comprehend_20171127": "comprehend",
    "AmazonAthena": "athena",
    "AWSGlue": "glue",
    "AWSCognitoIdentityProviderService": "cognito-idp",
    "secretsmanager": "secretsmanager",
    "AmazonSQS": "sqs",
}
_SIGNED_AS = {"bedrock": "bedrock-runtime"}
"""Services whose signatures have another name."""
_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([a-z0-9-]+)/aws4_request")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response, with bodies as on the wire and header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int = 0
    response: bytes = b""


def identify(exchange: Exchange) -> tuple[str, str]:
    """Service and operation, from the request's target header, path or signature."""
    prefix, _, operation = exchange.headers.get("x-amz-target", "").partition(".")
    if prefix in _TARGETS:
        return _TARGETS[prefix], operation
    if exchange.path.startswith(API_PATH):
        path = urlsplit(exchange.path).path.removeprefix(API_PATH).partition("/")[2]
        return "execute-api", f"{exchange.method} /{path}"
    scope = _SCOPE.search(exchange.headers.get("authorization", ""))
    name = scope.group(1) if scope else "unknown"
    service = _SIGNED_AS.get(name, name)
    if service == "s3":
        return service, _identify_s3(exchange)
    if service == "sts":  # free; its operation is in the body
        return service, parse_qs(exchange.body.decode()).get("Action", [""])[0]
    return service, f"{prefix}.{operation}"


def _identify_s3(exchange: Exchange) -> str:
    """The operation of S3's REST interface: the method, then the kind of resource."""
    parts = urlsplit(exchange.path)
    parameters = set(parse_qs(parts.query, keep_blank_values=True)) - {"x-id"}
    is_object = "/" in parts.path.strip("/")
    if exchange.method == "GET" and not is_object and parameters <= _LISTING:
        return "ListObjects"
    kinds = {"uploads": "MultipartUpload", "uploadId": "Part", "delete": "Objects"}
    default = "Object" if is_object else "Bucket"
    kind = next((kinds[name] for name in parameters if name in kinds), default)
    return f"{exchange.method.capitalize()}{kind}"


_LISTING = {
    "list-type",
    "prefix",
    "delimiter",
    "max-keys",
    "continuation-token",
    "encoding-type",
    "start-after",
    "fetch-owner",
}
"""The query parameters of a listing; any other one reads a property of the bucket."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Usage of one call by price, and gauges: quantities that the call itself is not billed for."""

    usage: Mapping[str, float] = field(default_factory=dict)
    gauges: Mapping[str, float] = field(default_factory=dict)


@dataclass
class MeteredUsage:
    """Number and usage of calls by their names, and the sums of gauges."""

    calls: dict[str, int] = field(default_factory=dict)
    usage: dict[str, dict[str, float]] = field(default_factory=dict)
    gauges: dict[str, float] = field(default_factory=dict)

    def add(self, call: str, reading: Reading, times: int = 1) -> None:
        self.calls[call] = self.calls.get(call, 0) + times
        self.usage[call] = add(self.usage.get(call, {}), reading.usage)
        self.gauges = add(self.gauges, reading.gauges)

    def merge(self, other: "MeteredUsage", caller: str) -> None:
        """Add the calls of another measurement; their names get the caller."""
        for call, times in other.calls.items():
            name = call if call.startswith("lambda") else f"{call} ({caller})"
            self.add(name, Reading(other.usage[call]), times)
        self.gauges = add(self.gauges, other.gauges)

    @property
    def total(self) -> dict[str, float]:
        """Usage by price, over all calls."""
        return add(*self.usage.values())

    def to_json(self) -> dict[str, Any]:
        """Usage by call, so that each unit can be traced to a call."""
        return {
            "calls": {
                call: {"times": self.calls[call], "usage": _round(self.usage[call])}
                for call in sorted(self.calls)
            },
            "gauges": _round(self.gauges),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "MeteredUsage":
        return cls(
            {name: call["times"] for name, call in content["calls"].items()},
            {name: call["usage"] for name, call in content["calls"].items()},
            content["gauges"],
        )


def _round(usage: Mapping[str, float]) -> dict[str, float]:
    return {name: round(usage[name], 9) for name in sorted(usage)}


class UsageCounter:
    """Sums readings of several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._metered = MeteredUsage()

    def add(self, call: str, reading: Reading) -> None:
        with self._lock:
            self._metered.add(call, reading)

    def take(self) -> MeteredUsage:
        """The sums since the last call of this method."""
        with self._lock:
            metered, self._metered = self._metered, MeteredUsage()
        return metered


def list_of(response: Mapping[str, Any], name: str) -> Iterable[Any]:
    """A list in a response; empty if it is missing."""
    entries: Iterable[Any] = response.get(name) or ()
    return entries
