"""The web application: one route for AWS's protocol, two routes of its own.

Only requests to and from allowed hosts are answered (`allowed_hosts.py`).
`POST /` takes the requests of all services; the prefix of `X-Amz-Target` selects the service.
Operations that a service does not implement are forwarded to the emulator unchanged. Signatures
are not verified. `GET /_companion/ready` answers once the services are loaded. `POST`, `GET` and
`DELETE /_companion/faults` set, show and clear injected faults (`faults.py`).
"""

import asyncio
import json
import logging
import time
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Protocol

import urllib3
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from aws_companion import faults
from aws_companion.allowed_hosts import AllowedHosts
from aws_companion.emulator import HOP_BY_HOP
from aws_companion.protocol import (
    CONTENT_TYPE,
    InvalidResponse,
    ServiceError,
    check_response,
    find_operation,
    parse_parameters,
    unknown_operation_error,
)
from aws_companion.services import MissingService, Service, ServiceResponse

MODEL_HEADER = "x-echostream-model"
"""The response header that names the model behind a response."""
LARGEST_BODY = 10 * 1024 * 1024
LONGEST_LOGGED_TARGET = 80
LOG = logging.getLogger("companion")
Outcome = ServiceResponse | ServiceError | Response
"""A service's response, the error that AWS would send, or the emulator's response."""


class Forwarder(Protocol):
    """Sends a request to the emulator."""

    def forward(self, headers: Headers, body: bytes) -> urllib3.BaseHTTPResponse: ...


class Companion:
    """Dispatches requests to services by target prefix, and injects faults."""

    def __init__(
        self,
        services: Iterable[Service],
        emulator: Forwarder,
        missing: Iterable[MissingService] = (),
        allowed_hosts: Iterable[str] = (),
    ) -> None:
        self._services = {str(one.model.metadata["targetPrefix"]): one for one in services}
        self._missing = {service.prefix: service for service in missing}
        self._emulator = emulator
        self._allowed_hosts = tuple(allowed_hosts)
        self._faults = faults.FaultInjector()

    @property
    def services(self) -> list[str]:
        """The target prefixes of the installed services."""
        return sorted(self._services)

    @property
    def missing(self) -> list[MissingService]:
        return list(self._missing.values())

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self.serve, methods=["POST"]),
                Route("/_companion/ready", self.ready),
                Route("/_companion/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            ],
            middleware=[Middleware(AllowedHosts, self._allowed_hosts)],
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        yield
        for service in self._services.values():
            service.close()

    async def ready(self, _: Request) -> Response:
        status: dict[str, Any] = {"status": "ready"}
        for service in self._services.values():
            status |= service.status
        not_installed = [service.message for service in self.missing]
        return JSONResponse({**status, "services": self.services, "not_installed": not_installed})

    async def faults(self, request: Request) -> Response:
        try:
            if request.method == "POST":
                self._faults.set(faults.parse_fault_plan(json.loads(await request.body())))
        except (faults.InvalidFaultPlan, ValueError) as error:
            body = {"code": "bad_request", "message": str(error)}
            return JSONResponse({"error": body}, status_code=400)
        if request.method == "DELETE":
            self._faults.clear()
        return JSONResponse(self._faults.remaining())

    async def serve(self, request: Request) -> Response:
        """Answer one request of AWS's protocol and log one line."""
        started, target = time.perf_counter(), request.headers.get("x-amz-target", "")
        try:
            outcome: Outcome = await self._dispatch(target, request)
        except ServiceError as error:
            outcome = error
        except InvalidResponse as error:
            LOG.error(json.dumps({"event": "invalid_response", "reason": str(error)}))
            message = "The companion's response does not fit the service's model"
            outcome = ServiceError("InternalServerException", message, 500)
        request_id = str(uuid.uuid4())
        _log_request(target, outcome, request_id, started)
        return _http_response(outcome, request_id)

    async def _dispatch(self, target: str, request: Request) -> ServiceResponse | Response:
        body = await _read_body(request)
        prefix, _, name = target.partition(".")
        service = self._service(prefix, target)
        operation = find_operation(service.model, name)
        if name not in service.operations:
            return await self._forward(request, body)
        fault = self._faults.next(is_batch=name.startswith("Batch"))
        await asyncio.sleep(fault.wait_seconds)
        if fault.error:
            raise fault.error
        parameters = parse_parameters(body, operation)
        response = await run_in_threadpool(service.respond, name, parameters, fault.answered)
        check_response(response.body, operation)
        return response

    def _service(self, prefix: str, target: str) -> Service:
        if prefix in self._missing:
            raise ServiceError("UnsupportedOperationException", self._missing[prefix].message)
        if prefix not in self._services:
            raise unknown_operation_error(target)
        return self._services[prefix]

    async def _forward(self, request: Request, body: bytes) -> Response:
        response = await run_in_threadpool(self._emulator.forward, request.headers, body)
        headers = {n: v for n, v in response.headers.items() if n.lower() not in HOP_BY_HOP}
        return Response(response.data, response.status, headers)


async def _read_body(request: Request) -> bytes:
    """The whole body. RequestEntityTooLargeException (413) if it exceeds the limit."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > LARGEST_BODY:
                message = f"the body is larger than {LARGEST_BODY} bytes"
                raise ServiceError("RequestEntityTooLargeException", message, 413)
    except ClientDisconnect as error:
        raise HTTPException(400, "the client disconnected") from error
    return bytes(body)


def _http_response(outcome: Outcome, request_id: str) -> Response:
    if isinstance(outcome, Response):
        return outcome
    headers = {"x-amzn-RequestId": request_id}
    if isinstance(outcome, ServiceError):
        body = json.dumps(outcome.body())
        return Response(body, outcome.status, headers, CONTENT_TYPE)
    if outcome.model:
        headers[MODEL_HEADER] = outcome.model
    return Response(json.dumps(outcome.body), 200, headers, CONTENT_TYPE)


def _log_request(target: str, outcome: Outcome, request_id: str, started: float) -> None:
    """One JSON line without request content. The target is cut: a client can send any."""
    line: dict[str, Any] = {"event": "request", "request_id": request_id}
    line["target"] = target[:LONGEST_LOGGED_TARGET]
    line["ms"] = round((time.perf_counter() - started) * 1000, 1)
    if isinstance(outcome, ServiceError):
        line |= {"status": outcome.status, "code": outcome.code}
    elif isinstance(outcome, Response):
        line |= {"status": outcome.status_code, "forwarded": True}
    else:
        line |= {"status": 200}
        if outcome.model:
            line |= {"texts": outcome.texts, "model": outcome.model}
    LOG.info(json.dumps(line))
