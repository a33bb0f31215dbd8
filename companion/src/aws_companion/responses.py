"""HTTP responses in the form of AWS's two protocols, and one line of log for each request."""

import json
import logging
import time
from typing import Any

from starlette.responses import Response

from aws_companion import rest_json
from aws_companion.protocol import CONTENT_TYPE, ServiceError
from aws_companion.services import ServiceResponse

MODEL_HEADER = "x-echostream-model"
"""The response header that names the model behind a response."""
LONGEST_LOGGED_TARGET = 80
LOG = logging.getLogger("companion")
Outcome = ServiceResponse | ServiceError | Response
"""A service's response, the error that AWS would send, or the emulator's response."""


def json_response(outcome: Outcome, request_id: str) -> Response:
    """A response of a JSON service: the type of an error is in the body."""
    if isinstance(outcome, Response):
        return outcome
    headers = {"x-amzn-RequestId": request_id}
    if isinstance(outcome, ServiceError):
        body = json.dumps(outcome.body())
        return Response(body, outcome.status, headers, CONTENT_TYPE)
    return _success(outcome, headers, CONTENT_TYPE)


def rest_response(outcome: Outcome, request_id: str) -> Response:
    """A response of a REST service: the type of an error is in a header."""
    if isinstance(outcome, Response):
        return outcome
    headers = {"x-amzn-RequestId": request_id}
    if isinstance(outcome, ServiceError):
        headers[rest_json.ERROR_HEADER] = outcome.code
        body = json.dumps({"message": outcome.message})
        return Response(body, outcome.status, headers, rest_json.CONTENT_TYPE)
    return _success(outcome, headers, rest_json.CONTENT_TYPE)


def _success(outcome: ServiceResponse, headers: dict[str, str], content_type: str) -> Response:
    if outcome.model:
        headers[MODEL_HEADER] = outcome.model
    return Response(json.dumps(outcome.body), 200, headers, content_type)


def log_request(target: str, outcome: Outcome, request_id: str, started: float) -> None:
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
