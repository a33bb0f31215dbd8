"""On a schedule: rewrites closed days of the lake as Parquet, without what tenants do not keep."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from echostream.domain.codec import time_from_wire
from echostream.entrypoints import telemetry, wiring

logger = Logger()


@logger.inject_lambda_context(correlation_id_path="id")
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    at = time_from_wire("time", event["time"])
    expired = wiring.lake_retention()(min(at, wiring.now()))
    report = wiring.compaction()(at, rewritten=[*event.get("days", ()), *expired.days])
    for problem in report.problems:
        logger.warning("not_a_document", **problem.to_wire())
    for day, reason in report.failed.items():
        logger.error("day_not_compacted", day=day, reason=reason)
    telemetry.compacted(report)
    to = report.compacted_to
    logger.info("compacted", days=report.written, compacted_to=to, expired=len(expired.days))
    expired.check()
    return report.to_wire()
