"""Each minute: reads the live sources that are due, and sends what is new to `POST /ingest`."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

import wiring
from echostream.entrypoints import telemetry

logger = Logger()


@logger.inject_lambda_context(correlation_id_path="id")
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    for read in wiring.producer().run(lambda: context.get_remaining_time_in_millis() / 1000):
        source, progress = read.source, read.progress
        logger.info(
            "read",
            tenant=source.tenant,
            live_source=source.name,
            kind=source.kind,
            totals=progress.totals,
            failures=progress.failures,
            error=progress.error,
        )
