"""`POST /ingest` on the direct path: the API invokes this function and waits for its response."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from echostream.entrypoints import http, request_body, telemetry, wiring

logger = Logger()
app = http.resolver()


@app.post("/ingest")
def ingest() -> Response[str]:
    event = app.current_event
    receipt = wiring.ingest()(http.tenant(event), request_body.documents(event), wiring.now())
    telemetry.ingested(receipt, http.arrived_at(event), wiring.now())
    logger.info("ingested", ids=receipt.ids, rejected=len(receipt.rejected))
    return http.accepted(receipt)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
