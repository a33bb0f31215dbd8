"""A proxy between functions and the emulator that lets a share of the calls fail.

Calls fail before the service does its work, after it, or in a part of a batch.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from enum import Enum, auto
from threading import Lock
from typing import Any

import psutil
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bench.soak.traffic import REFUSED
from echostream_cli.costs.calls import Exchange, identify
from echostream_cli.costs.proxy import ConnectionCut, Forwarder
from echostream_cli.sandbox import processes
from echostream_cli.settings import COMPANION_SERVICES, Settings

SERVICES = ("dynamodb", "s3", "kinesis")
"""Whose calls fail."""
_KEY, _SECRET = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"
_CREDENTIAL = re.compile(r"Credential=([^/]+)/(\d{8})/([^/]+)/([a-z0-9-]+)/(aws4_request)")
_ISSUED = re.compile(
    r"<AccessKeyId>([^<]+)</AccessKeyId>\s*<SecretAccessKey>([^<]+)</SecretAccessKey>"
)
"""A key and its secret in a response of STS."""
_SIGNED_AGAIN = {"authorization", "x-amz-date", "x-amz-content-sha256", "content-length"}
Response = tuple[urllib3.BaseHTTPResponse, Exchange]


class Fault(Enum):
    """What happens to a call; each is as frequent as the others."""

    THROTTLED = auto()
    FAILED = auto()
    PARTIAL = auto()
    CUT = auto()
    CUT_AFTER = auto()


_ENTRIES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "PutRecords": ("Records", "Records", {"ErrorCode": "ProvisionedThroughputExceededException"}),
    "BatchExecuteStatement": (
        "Statements",
        "Responses",
        {"Error": {"Code": "ProvisionedThroughputExceeded", "Message": "injected"}},
    ),
}
"""Batches with a result for each entry: the lists of the request and of the response, and the
result of a throttled entry."""
_REFUSAL = {"Error": {"Code": "ValidationError", "Message": "injected"}}
_CODES = {
    ("s3", Fault.THROTTLED): (503, "SlowDown"),
    ("s3", Fault.FAILED): (500, "InternalError"),
}


class FaultyForwarder(Forwarder):
    """Forwards calls, of which a `share` fails. `injected` counts the faults by service and kind.

    Documents with a mark in their text are refused by the table, always.
    """

    def __init__(self, settings: Settings, seed: int) -> None:
        super().__init__(settings.endpoint, settings.companion_url, COMPANION_SERVICES)
        self.url = settings.meter_url
        self._settings = settings
        self._secrets: dict[str, str] = {}
        self.share = 0.0
        self.injected: Counter[str] = Counter()
        self._random = random.Random(seed)  # noqa: S311
        self._outages: Counter[str] = Counter()
        self._lock = Lock()

    def start_outage(self, service: str, calls: int) -> None:
        """Throttle the next calls of a service, all of them."""
        with self._lock:
            self._outages[service] += calls

    @contextmanager
    def failing(self, share: float) -> Iterator[None]:
        """Let a share of the calls fail; at the end, as many as before. Outages end."""
        before, self.share = self.share, share
        self._outages.clear()
        try:
            yield
        finally:
            self.share = before
            self._outages.clear()

    def forward(self, request: Exchange) -> Response:
        service, target = identify(request)
        operation = target.rpartition(".")[2]
        fault = self._choose(service) if service in SERVICES else None
        if operation in _ENTRIES and (fault is Fault.PARTIAL or REFUSED.encode() in request.body):
            return self._forward_partly(request, operation, fault)
        if fault is Fault.CUT:
            raise ConnectionCut
        if fault in (Fault.THROTTLED, Fault.FAILED):
            return _failure(request, service, fault)
        response = super().forward(request)
        if service == "sts":
            self._secrets.update(_ISSUED.findall(response[1].response.decode()))
        if fault is Fault.CUT_AFTER:
            raise ConnectionCut
        return response

    def _choose(self, service: str) -> Fault | None:
        with self._lock:
            if self._outages[service] > 0:
                self._outages[service] -= 1
                fault = Fault.THROTTLED
            elif self._random.random() < self.share:
                fault = self._random.choice(list(Fault))
            else:
                return None
            self.injected[f"{service} {fault.name.lower()}"] += 1
        return fault

    def _forward_partly(self, request: Exchange, operation: str, fault: Fault | None) -> Response:
        """Forward a batch without the entries that fail, and add their results."""
        name, results, throttled = _ENTRIES[operation]
        content = json.loads(request.body)
        failures: dict[int, Any] = {}
        for index, entry in enumerate(content[name]):
            if operation == "BatchExecuteStatement" and REFUSED in json.dumps(entry):
                failures[index] = _REFUSAL
            elif fault is Fault.PARTIAL and index % 2 == 0:
                failures[index] = throttled
        content[name] = [e for i, e in enumerate(content[name]) if i not in failures]
        parsed: dict[str, Any] = {results: []}
        if content[name]:
            body = json.dumps(content).encode()
            response, exchange = super().forward(self._sign(replace(request, body=body)))
            if exchange.status >= 400:
                return response, exchange
            parsed = json.loads(exchange.response)
        for index, failure in failures.items():
            parsed[results].insert(index, failure)
        if operation == "PutRecords":
            parsed["FailedRecordCount"] = len(failures)
        return _response(request, 200, json.dumps(parsed).encode())

    def _sign(self, request: Exchange) -> Exchange:
        """Sign a changed request again, with the keys of its caller."""
        key, _, region, service, _ = _CREDENTIAL.findall(request.headers["authorization"])[0]
        headers = {k: v for k, v in request.headers.items() if k not in _SIGNED_AGAIN}
        url = f"http://{headers['host']}{request.path}"
        signed = AWSRequest(request.method, url, headers, request.body)
        SigV4Auth(Credentials(key, self._secret_of(key)), service, region).add_auth(signed)
        headers |= {name.lower(): value for name, value in signed.headers.items()}
        return replace(request, headers=headers)

    def _secret_of(self, key: str) -> str:
        """The secret of an access key: a session's from STS, a function's from its worker."""
        if key not in self._secrets:
            for process in processes.ours(self._settings.state_dir):
                with suppress(psutil.Error):
                    names = process.environ()
                    self._secrets[names.get(_KEY, "")] = names.get(_SECRET, "")
        return self._secrets.get(key, "")


def _failure(request: Exchange, service: str, fault: Fault) -> Response:
    if service == "s3":
        status, code = _CODES[service, fault]
        text = f"<Error><Code>{code}</Code><Message>injected</Message></Error>"
        return _response(request, status, text.encode())
    status, code = (
        (500, "InternalServerError")
        if fault is Fault.FAILED
        else (400, "ProvisionedThroughputExceededException")
    )
    return _response(request, status, json.dumps({"__type": code, "message": "injected"}).encode())


def _response(request: Exchange, status: int, body: bytes) -> Response:
    kind = "application/xml" if body.startswith(b"<") else "application/x-amz-json-1.0"
    headers = {"Content-Type": kind, "Content-Length": str(len(body))}
    response = urllib3.HTTPResponse(body=b"", headers=headers, status=status)
    return response, replace(request, status=status, response=body)
