"""The web application: the routes of AWS's protocols, two routes of its own.

Only requests to and from allowed hosts are answered (`allowed_hosts.py`).
`POST /` takes the requests of all JSON services; the prefix of `X-Amz-Target` selects the service.
Operations that it does not implement are forwarded to the emulator unchanged. A REST service has a
route for each operation (`rest_json.py`); those that it does not implement are refused. Signatures
are not verified. `GET /_companion/ready` answers once the services are loaded. `POST`, `GET` and
`DELETE /_companion/faults` set, show and clear injected faults (`faults.py`), of all services or,
with `?service=`, of one.
"""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, Protocol

import urllib3
from botocore.model import OperationModel
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from aws_companion import faults, rest_json
from aws_companion.allowed_hosts import AllowedHosts
from aws_companion.emulator import HOP_BY_HOP
from aws_companion.protocol import (
    InvalidResponse,
    ServiceError,
    check_response,
    find_operation,
    identifier,
    is_rest,
    parse_parameters,
    unknown_operation_error,
)
from aws_companion.responses import LOG, Outcome, json_response, log_request, rest_response
from aws_companion.services import MissingService, Service, ServiceResponse

LARGEST_BODY = 10 * 1024 * 1024


class Forwarder(Protocol):
    """Sends a request to the emulator."""

    def forward(self, headers: Headers, body: bytes) -> urllib3.BaseHTTPResponse: ...


class Companion:
    """Dispatches requests to services by target prefix or path, and injects faults."""

    def __init__(
        self,
        services: Iterable[Service],
        emulator: Forwarder,
        missing: Iterable[MissingService] = (),
        allowed_hosts: Iterable[str] = (),
    ) -> None:
        self._services = {identifier(one.model): one for one in services}
        self._missing = {service.prefix: service for service in missing}
        self._emulator = emulator
        self._allowed_hosts = tuple(allowed_hosts)
        names = [one.model.service_name for one in self._services.values()]
        self._faults = faults.Faults(names)

    @property
    def services(self) -> list[str]:
        """The target prefixes of the installed services; the name of a REST service."""
        return sorted(self._services)

    @property
    def missing(self) -> list[MissingService]:
        return list(self._missing.values())

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self.serve, methods=["POST"]),
                *self._rest_routes(),
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
        service = request.query_params.get("service")
        try:
            plan = self._faults.plan_of(service)
            if request.method == "POST":
                plan.set(faults.parse_fault_plan(json.loads(await request.body())))
            elif request.method == "DELETE":
                self._faults.clear(service)
        except (faults.InvalidFaultPlan, ValueError) as error:
            body = {"code": "bad_request", "message": str(error)}
            return JSONResponse({"error": body}, status_code=400)
        return JSONResponse(plan.remaining())

    async def serve(self, request: Request) -> Response:
        """Answer one request of a JSON service and log one line."""
        target = request.headers.get("x-amz-target", "")
        return await _respond(target, self._dispatch(target, request), json_response)

    async def _dispatch(self, target: str, request: Request) -> ServiceResponse | Response:
        body = await _read_body(request)
        prefix, _, name = target.partition(".")
        service = self._service(prefix, target)
        operation = find_operation(service.model, name)
        if name not in service.operations:
            return await self._forward(request, body)
        return await self._answer(service, operation, lambda: parse_parameters(body, operation))

    def _rest_routes(self) -> Iterable[Route]:
        for service in self._services.values():
            if is_rest(service.model):
                for name, method, path in rest_json.paths(service.model):
                    operation = service.model.operation_model(name)
                    yield Route(path, self._rest_endpoint(service, operation), methods=[method])

    def _rest_endpoint(
        self, service: Service, operation: OperationModel
    ) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            """Answer one request of an operation and log one line."""
            target = f"{service.model.service_name}.{operation.name}"
            answer = self._dispatch_rest(service, operation, request)
            return await _respond(target, answer, rest_response)

        return serve

    async def _dispatch_rest(
        self, service: Service, operation: OperationModel, request: Request
    ) -> ServiceResponse:
        try:
            body = await _read_body(request)
            if operation.name not in service.operations:
                known = ", ".join(sorted(service.operations))
                message = f"{operation.name}: the companion has {known} only"
                raise ServiceError(rest_json.INVALID, message)
            labels = {name: str(value) for name, value in request.path_params.items()}
            return await self._answer(
                service, operation, lambda: rest_json.parse_request(body, labels, operation)
            )
        except ServiceError as error:
            raise rest_json.with_status(error, operation) from error

    async def _answer(
        self, service: Service, operation: OperationModel, parse: Callable[[], dict[str, Any]]
    ) -> ServiceResponse:
        name = str(operation.name)
        fault = self._faults.next(service.model.service_name, is_batch=name.startswith("Batch"))
        await asyncio.sleep(fault.wait_seconds)
        if fault.error:
            raise fault.error
        response = await run_in_threadpool(service.respond, name, parse(), fault.answered)
        check_response(response.body, operation)
        return response

    def _service(self, prefix: str, target: str) -> Service:
        if prefix in self._missing:
            raise ServiceError("UnsupportedOperationException", self._missing[prefix].message)
        service = self._services.get(prefix)
        if service is None or is_rest(service.model):
            raise unknown_operation_error(target)
        return service

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


async def _respond(
    target: str, answer: Awaitable[Outcome], to_http: Callable[[Outcome, str], Response]
) -> Response:
    """The HTTP response of an answer or of its error; logs one line."""
    started = time.perf_counter()
    try:
        outcome = await answer
    except ServiceError as error:
        outcome = error
    except InvalidResponse as error:
        LOG.error(json.dumps({"event": "invalid_response", "reason": str(error)}))
        message = "The companion's response does not fit the service's model"
        outcome = ServiceError("InternalServerException", message, 500)
    request_id = str(uuid.uuid4())
    log_request(target, outcome, request_id, started)
    return to_http(outcome, request_id)
