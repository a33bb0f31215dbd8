"""Which service and which operation a request on the wire is, and what calls add up to."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

from echostream_cli.costs.bill import added

API = "/_aws/execute-api/"
"""Under this path the emulator has HTTP APIs."""
_TARGETS = {
    "DynamoDB_20120810": "dynamodb",
    "Comprehend_20171127": "comprehend",
    "AmazonAthena": "athena",
    "AWSGlue": "glue",
    "AWSCognitoIdentityProviderService": "cognito-idp",
    "secretsmanager": "secretsmanager",
}
_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([a-z0-9-]+)/aws4_request")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer, bodies as they were on the wire; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int = 0
    answer: bytes = b""


def name_of(exchange: Exchange) -> tuple[str, str]:
    """Service and operation, by what the request itself says: target, path or signature."""
    prefix, _, operation = exchange.headers.get("x-amz-target", "").partition(".")
    if prefix in _TARGETS:
        return _TARGETS[prefix], operation
    if exchange.path.startswith(API):
        path = urlsplit(exchange.path).path.removeprefix(API).partition("/")[2]
        return "execute-api", f"{exchange.method} /{path}"
    scope = _SCOPE.search(exchange.headers.get("authorization", ""))
    service = scope.group(1) if scope else "unknown"
    operation = _s3_operation(exchange) if service == "s3" else f"{prefix}.{operation}"
    return service, operation


def _s3_operation(exchange: Exchange) -> str:
    """The operation of S3's REST interface: the method, what it is done to, and the query."""
    parts = urlsplit(exchange.path)
    asked = set(parse_qs(parts.query, keep_blank_values=True)) - {"x-id"}
    of_object = "/" in parts.path.strip("/")
    if exchange.method == "GET" and not of_object and asked <= _LISTING:
        return "ListObjects"
    known = {"uploads": "MultipartUpload", "uploadId": "Part", "delete": "Objects"}
    thing = next((known[one] for one in asked if one in known), "Object" if of_object else "Bucket")
    return f"{exchange.method.capitalize()}{thing}"


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
"""What the query of a listing may hold; anything else asks for something of the bucket."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one call used: by price, and what is measured without being charged for by the call."""

    usage: Mapping[str, float] = field(default_factory=dict)
    gauges: Mapping[str, float] = field(default_factory=dict)


@dataclass
class Metered:
    """What was metered: number, usage and gauges of each call that was made."""

    calls: dict[str, int] = field(default_factory=dict)
    usage: dict[str, dict[str, float]] = field(default_factory=dict)
    gauges: dict[str, float] = field(default_factory=dict)

    def add(self, call: str, reading: Reading, times: int = 1) -> None:
        self.calls[call] = self.calls.get(call, 0) + times
        self.usage[call] = added(self.usage.get(call, {}), reading.usage)
        self.gauges = added(self.gauges, reading.gauges)

    @property
    def total(self) -> dict[str, float]:
        """Usage by price, over all calls."""
        return added(*self.usage.values())

    def to_json(self) -> dict[str, Any]:
        """Calls with what each used, so that every unit has a call that it came from."""
        return {
            "calls": {
                call: {"times": self.calls[call], "usage": _rounded(self.usage[call])}
                for call in sorted(self.calls)
            },
            "gauges": _rounded(self.gauges),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Metered":
        return cls(
            {call: one["times"] for call, one in kept["calls"].items()},
            {call: one["usage"] for call, one in kept["calls"].items()},
            kept["gauges"],
        )


def _rounded(usage: Mapping[str, float]) -> dict[str, float]:
    return {name: round(usage[name], 9) for name in sorted(usage)}


class Counter:
    """Adds readings up for many threads; `take` gives what there is and starts anew."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._metered = Metered()

    def add(self, call: str, reading: Reading) -> None:
        with self._lock:
            self._metered.add(call, reading)

    def take(self) -> Metered:
        with self._lock:
            taken, self._metered = self._metered, Metered()
        return taken


def items_of(answer: Mapping[str, Any], name: str) -> Iterable[Any]:
    """A list of an answer; empty where it is missing."""
    found: Iterable[Any] = answer.get(name) or ()
    return found
