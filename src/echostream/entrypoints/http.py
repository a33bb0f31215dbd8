"""HTTP API events (payload 2.0) in, responses and errors out."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.domain.codec import time_to_wire, to_json
from echostream.domain.door import Receipt
from echostream.domain.errors import BadRequest, CallRefused, QuotaExceeded, TryAgain

_logger = Logger(child=True)


def resolver() -> APIGatewayHttpResolver:
    """Powertools' router, which maps errors to HTTP responses.

    Routes also work below /api, the path under which CloudFront forwards the page's requests.
    """
    app = APIGatewayHttpResolver(strip_prefixes=["/api"])
    app.exception_handler(BadRequest)(_bad_request)
    app.exception_handler(QuotaExceeded)(_quota_exceeded)
    app.exception_handler(TryAgain)(_try_again)
    app.exception_handler(CallRefused)(_call_refused)
    app.not_found(_not_found)
    return app


def arrived_at(event: APIGatewayProxyEventV2) -> datetime:
    """The time at which the API received the request."""
    return datetime.fromtimestamp(event.request_context.time_epoch / 1000, UTC)


def accepted(receipt: Receipt) -> Response[str]:
    """202 with the accepted documents; 400 with the first reason if none was accepted."""
    rejected = [
        {"index": item.index, "code": item.code, "message": item.message}
        for item in receipt.rejected
    ]
    if receipt.ids:
        content: dict[str, Any] = {
            "accepted": len(receipt.ids),
            "ids": receipt.ids,
            "lake_only": receipt.lake_only,
            "rejected": rejected,
            "received_at": time_to_wire(receipt.received_at) if receipt.received_at else None,
        }
        if receipt.repeated is not None:
            content["repeated"] = receipt.repeated
        return json_response(202, content)
    first = receipt.rejected[0]
    error = {"code": first.code, "message": first.message}
    return json_response(400, {"error": error, "rejected": rejected})


def json_response(status: int, content: Any, **headers: str) -> Response[str]:
    """A response with a JSON body, which no cache stores."""
    return Response(
        status_code=status,
        content_type="application/json",
        body=to_json(content),
        headers={"Cache-Control": "no-store", **headers},
    )


def _not_found(error: Exception) -> Response[str]:
    _logger.info("refused", code="not_found", reason=str(error))
    message = "The API has no such path, or not with this method. All of them: docs/openapi.yaml."
    return json_response(404, {"error": {"code": "not_found", "message": message}})


def _bad_request(error: BadRequest) -> Response[str]:
    _logger.info("refused", code=error.code)
    return json_response(error.status, {"error": {"code": error.code, "message": error.message}})


def _quota_exceeded(error: QuotaExceeded) -> Response[str]:
    _logger.info("refused", code=error.code)
    content = {"error": {"code": error.code, "message": error.message}}
    return json_response(error.status, content, **{"Retry-After": str(error.wait)})


def _try_again(error: TryAgain) -> Response[str]:
    _logger.error("try_again", reason=str(error))
    message = "A dependency is unavailable. Retry: requests are idempotent."
    content = {"error": {"code": "try_again", "message": message}}
    return json_response(error.status, content, **{"Retry-After": "2"})


def _call_refused(error: CallRefused) -> Response[str]:
    _logger.error("call_refused", reason=str(error))
    message = "A dependency refused a call. A repeat fails too; the operator's log has the reason."
    return json_response(error.status, {"error": {"code": "call_refused", "message": message}})
