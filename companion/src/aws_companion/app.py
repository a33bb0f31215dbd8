"""The companion as a web application: one door for AWS's protocol, two of its own.

`POST /` takes requests of all services; the prefix of `X-Amz-Target` says which one. What a service
here does not answer itself goes to the emulator as it came. Signatures are not checked.
`GET /_companion/ready` answers when the model is loaded; `POST`, `GET` and `DELETE
/_companion/faults` set, show and clear faults (`faults.py`).
"""

import asyncio
import json
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from aws_companion import faults
from aws_companion.emulator import HOP_BY_HOP, Emulator
from aws_companion.protocol import (
    CONTENT_TYPE,
    InvalidResponse,
    ServiceError,
    check_response,
    operation,
    parameters,
    unknown_operation_error,
)
from aws_companion.services import Service, ServiceResponse

MODEL_HEADER = "x-echostream-model"
"""The response header that names the model behind a response."""
LARGEST_BODY = 10 * 1024 * 1024
LOG = logging.getLogger("companion")
Outcome = ServiceResponse | ServiceError | Response
"""What a request came to: our answer, the error that AWS would send, or the emulator's answer."""


class Companion:
    """The services by their prefix, and the faults that tests ask for."""

    def __init__(
        self,
        services: Iterable[Service],
        emulator: Emulator,
        ready: Mapping[str, Any],
        on_stop: Callable[[], None] | None = None,
    ) -> None:
        self._services = {str(one.model.metadata["targetPrefix"]): one for one in services}
        self._emulator = emulator
        self._on_stop = on_stop
        self._ready = {"status": "ready", **ready, "services": sorted(self._services)}
        self._faults = faults.FaultInjector()

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self.serve, methods=["POST"]),
                Route("/_companion/ready", self.ready),
                Route("/_companion/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            ],
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        yield
        if self._on_stop:
            self._on_stop()

    async def ready(self, _: Request) -> Response:
        return JSONResponse(self._ready)

    async def faults(self, request: Request) -> Response:
        try:
            if request.method == "POST":
                self._faults.set(faults.parse_fault_plan(json.loads(await request.body())))
        except (faults.InvalidFaultPlan, ValueError) as error:
            problem = {"code": "bad_request", "message": str(error)}
            return JSONResponse({"error": problem}, status_code=400)
        if request.method == "DELETE":
            self._faults.clear()
        return JSONResponse(self._faults.left())

    async def serve(self, request: Request) -> Response:
        """Answers one request of AWS's protocol, and writes one line about it."""
        started, target = time.perf_counter(), request.headers.get("x-amz-target", "")
        try:
            outcome: Outcome = await self._answer(target, request)
        except ServiceError as error:
            outcome = error
        except InvalidResponse as error:
            LOG.error(json.dumps({"event": "bad_answer", "reason": str(error)}))
            message = "The companion's answer does not fit the service's model"
            outcome = ServiceError("InternalServerException", message, 500)
        name = str(uuid.uuid4())
        _log(target, outcome, name, started)
        return _response(outcome, name)

    async def _answer(self, target: str, request: Request) -> ServiceResponse | Response:
        body = await _body(request)
        prefix, _, name = target.partition(".")
        service = self._services.get(prefix)
        if service is None:
            raise unknown_operation_error(target)
        found = operation(service.model, name)
        if name not in service.operations:
            return await self._pass_on(request, body)
        fate = self._faults.next(is_batch=name.startswith("Batch"))
        await asyncio.sleep(fate.wait_seconds)
        if fate.error:
            raise fate.error
        members = parameters(body, found)
        answer = await run_in_threadpool(service.answer, name, members, fate.answered)
        check_response(answer.body, found)
        return answer

    async def _pass_on(self, request: Request, body: bytes) -> Response:
        answer = await run_in_threadpool(self._emulator.pass_on, request.headers, body)
        headers = {n: v for n, v in answer.headers.items() if n.lower() not in HOP_BY_HOP}
        return Response(answer.data, answer.status, headers)


async def _body(request: Request) -> bytes:
    """The whole body; RequestEntityTooLargeException (413) past what we read."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > LARGEST_BODY:
                message = f"the body is larger than {LARGEST_BODY} bytes"
                raise ServiceError("RequestEntityTooLargeException", message, 413)
    except ClientDisconnect as error:
        raise HTTPException(400, "the client went away") from error
    return bytes(body)


def _response(outcome: Outcome, name: str) -> Response:
    if isinstance(outcome, Response):
        return outcome
    headers = {"x-amzn-RequestId": name}
    if isinstance(outcome, ServiceError):
        body = json.dumps(outcome.body())
        return Response(body, outcome.status, headers, CONTENT_TYPE)
    if outcome.source:
        headers[MODEL_HEADER] = outcome.source
    return Response(json.dumps(outcome.body), 200, headers, CONTENT_TYPE)


def _log(target: str, outcome: Outcome, name: str, started: float) -> None:
    """One line with fields, never with text; a target is cut, for anyone may send one."""
    line: dict[str, Any] = {"event": "request", "request_id": name, "target": target[:80]}
    line["ms"] = round((time.perf_counter() - started) * 1000, 1)
    if isinstance(outcome, ServiceError):
        line |= {"status": outcome.status, "code": outcome.code}
    elif isinstance(outcome, Response):
        line |= {"status": outcome.status_code, "passed_on": True}
    else:
        line |= {"status": 200}
        if outcome.source:
            line |= {"texts": outcome.texts, "model": outcome.source}
    LOG.info(json.dumps(line))
