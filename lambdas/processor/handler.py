"""Stores documents: those of `POST /ingest` on the direct path, and the stream's on the other.

On the direct path the API invokes this function and waits for its response. On the stream path an
event source mapping delivers batches; one that fails is delivered again.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from echostream.domain.errors import CallRefused
from echostream.domain.members import Role
from echostream.domain.validation import MAX_DOCUMENTS
from echostream.entrypoints import admission, http, request_body, stream_event, telemetry, wiring

logger = Logger()
app = http.resolver()


@app.post("/ingest")
def ingest() -> Response[str]:
    event = app.current_event
    caller = admission.admit(event, Role.WRITER)
    documents = request_body.documents(event)
    admission.count_documents(caller, len(documents))
    ingest = wiring.tenant(caller.tenant).ingest
    receipt = ingest(caller.tenant, documents, wiring.now(), caller.privacy)
    telemetry.ingested(receipt, http.arrived_at(event), wiring.now())
    logger.info("ingested", ids=receipt.ids, rejected=len(receipt.rejected))
    return http.accepted(receipt)


def consume(event: dict[str, Any]) -> None:
    result = wiring.consume()(stream_event.records(event), wiring.now())
    telemetry.consumed(result, wiring.now())
    if result.failure:
        line = "call_refused" if isinstance(result.failure, CallRefused) else "try_again"
        logger.error(line, reason=str(result.failure))
        raise result.failure
    position = stream_event.position(event)
    logger.info("consumed", quarantined=result.quarantined, position=position)
    for start in range(0, len(result.ids), MAX_DOCUMENTS):  # a log line has a limited length
        logger.info("ingested", ids=result.ids[start : start + MAX_DOCUMENTS], position=position)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    wiring.begin_invocation(context.get_remaining_time_in_millis())
    if stream_event.is_stream_event(event):
        consume(event)
        return {}
    return app.resolve(event, context)
