"""HTTP API events (payload 2.0) to what the domain takes, and its answers and errors back."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.domain.codec import to_json
from echostream.domain.errors import (
    BadRequest,
    Forbidden,
    TryAgain,
    Unauthorized,
)
from echostream.domain.ingest import Receipt
from echostream.domain.model import TENANT_RULE, is_tenant_name

_logger = Logger(child=True)


def resolver() -> APIGatewayHttpResolver:
    """Powertools' router, with our errors mapped to HTTP answers.

    Below /api, as the page's distribution passes requests on, it answers as without.
    """
    app = APIGatewayHttpResolver(strip_prefixes=["/api"])
    app.exception_handler(BadRequest)(_bad_request)
    app.exception_handler(TryAgain)(_try_again)
    return app


def tenant(event: APIGatewayProxyEventV2) -> str:
    """The tenant in the verified token; nothing else in a request says who is calling."""
    authorizer = event.request_context.get("authorizer") or {}
    claims = authorizer.get("jwt", {}).get("claims", {})
    if not claims.get("exp"):
        raise Unauthorized("unauthorized", "Authorization: the token has no expiry; sign in again")
    if not claims.get("tenant_id"):
        raise Forbidden("no_tenant", "Authorization: this user belongs to no tenant")
    name = str(claims["tenant_id"])
    if not is_tenant_name(name):
        raise Forbidden("bad_tenant", f"Authorization: {TENANT_RULE}; ask who administers it")
    return name


def arrived_at(event: APIGatewayProxyEventV2) -> datetime:
    """When the API took the request."""
    return datetime.fromtimestamp(event.request_context.time_epoch / 1000, UTC)


def accepted(receipt: Receipt) -> Response[str]:
    """202 with what was taken, or 400 with the first reason where nothing was."""
    rejected = [
        {"index": item.index, "code": item.code, "message": item.message}
        for item in receipt.rejected
    ]
    if receipt.ids:
        answer = {"accepted": len(receipt.ids), "ids": receipt.ids, "rejected": rejected}
        return answer_json(202, answer)
    first = receipt.rejected[0]
    error = {"code": first.code, "message": first.message}
    return answer_json(400, {"error": error, "rejected": rejected})


def answer_json(status: int, answer: Any, **headers: str) -> Response[str]:
    """An answer with a JSON body that no cache keeps."""
    return Response(
        status_code=status,
        content_type="application/json",
        body=to_json(answer),
        headers={"Cache-Control": "no-store", **headers},
    )


def _bad_request(error: BadRequest) -> Response[str]:
    _logger.info("refused", code=error.code)
    return answer_json(error.status, {"error": {"code": error.code, "message": error.message}})


def _try_again(error: TryAgain) -> Response[str]:
    _logger.error("try_again", reason=str(error))
    message = "Something that we lean on did not answer; repeat the request, nothing is doubled."
    answer = {"error": {"code": "try_again", "message": message}}
    return answer_json(error.status, answer, **{"Retry-After": "2"})
