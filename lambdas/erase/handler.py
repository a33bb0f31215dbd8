"""Erases documents and authors: serves requests of the API, and works on what its queue names."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from echostream.entrypoints import erase_wiring, erasure_requests, telemetry
from echostream.entrypoints.erase_routes import app

logger = Logger()


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if "Records" not in event:
        return app.resolve(event, context)
    tenant, name = erasure_requests.message_in(event)
    left = context.get_remaining_time_in_millis
    erasure = erase_wiring.erasing().resume(tenant, name, lambda: left() / 1000)
    logger.info("erased", erasure=name, state=erasure and erasure.state.value)
    return {}
