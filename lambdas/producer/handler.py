"""On a schedule: sends sample documents to `POST /ingest`, signed in as a machine user."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

import wiring
from echostream.domain.codec import time_from_wire
from echostream.entrypoints import telemetry
from sample_feed import documents_at

logger = Logger()


@logger.inject_lambda_context(correlation_id_path="id")
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    stored = wiring.stored_documents()
    if not stored:
        logger.warning("nothing_to_replay", key=wiring.settings().key)
        return
    at = time_from_wire("time", event["time"])
    documents = documents_at(stored, at, wiring.settings().documents)
    response = wiring.api_client().ingest(documents)
    logger.info("produced", accepted=response["accepted"], rejected=len(response["rejected"]))
