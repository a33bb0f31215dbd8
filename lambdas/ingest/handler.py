"""`POST /ingest` on the stream path: checks documents and queues them in the stream."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from echostream.domain.members import Role
from echostream.entrypoints import admission, http, request_body, telemetry, wiring

logger = Logger()
app = http.resolver()


@app.post("/ingest")
def ingest() -> Response[str]:
    event = app.current_event
    caller = admission.admit(event, Role.WRITER)
    seconds = app.lambda_context.get_remaining_time_in_millis() / 1000 - wiring.WRITE_MARGIN
    documents = request_body.documents(event)
    admission.count_documents(caller, len(documents))
    at = http.arrived_at(event)
    receipt = wiring.enqueue()(caller.tenant, documents, at, seconds, caller.privacy)
    telemetry.enqueued(receipt)
    logger.info("enqueued", ids=receipt.ids, rejected=len(receipt.rejected))
    return http.accepted(receipt)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
