"""On a schedule: rewrites closed days of the lake as Parquet, without what tenants do not keep."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from echostream.domain.codec import time_from_wire
from echostream.domain.compaction import Report
from echostream.domain.lake_retention import Expired
from echostream.entrypoints import telemetry, wiring

logger = Logger()
FOR_COMPACTION, FOR_THE_VIEW = 600, 180
"""Seconds of a run that are left after deleting, and after compacting days that could wait."""


@logger.inject_lambda_context(correlation_id_path="id")
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    at, left = time_from_wire("time", event["time"]), context.get_remaining_time_in_millis
    expired = wiring.lake_retention()(min(at, wiring.now()), lambda: left() / 1000 > FOR_COMPACTION)
    report = wiring.compaction()(
        at,
        rewritten=event.get("days", ()),
        expired=expired.days,
        has_time=lambda: left() / 1000 > FOR_THE_VIEW,
    )
    _log(report, expired)
    expired.check()
    return report.to_wire()


def _log(report: Report, expired: Expired) -> None:
    for problem in report.problems:
        logger.warning("not_a_document", **problem.to_wire())
    for day, reason in report.failed.items():
        logger.error("day_not_compacted", day=day, reason=reason)
    telemetry.compacted(report)
    to = report.compacted_to
    logger.info("compacted", days=report.written, compacted_to=to, expired=len(expired.days))
    if report.postponed or not expired.is_complete:
        logger.info("retention_continues", postponed=len(report.postponed))
