"""On a schedule: compares the last hours of all tenants with their baselines, and sends alerts."""

from datetime import timedelta
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

import wiring
from echostream.domain.alerts.tenant_watch import REPEATED
from echostream.domain.alerts.tenants import Report
from echostream.domain.codec import time_from_wire
from echostream.domain.errors import TryAgain
from echostream.entrypoints import telemetry
from echostream.entrypoints.wiring import now

logger = Logger()
MARGIN = 60
"""Seconds of a run that are left when the last tenant begins."""


@logger.inject_lambda_context(correlation_id_path="id")
@telemetry.measured
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    at, left = time_from_wire("time", event["time"]), context.get_remaining_time_in_millis
    hours = int(event.get("hours", REPEATED / timedelta(hours=1)))
    report = wiring.alert_tenants()(
        min(at, now()), timedelta(hours=hours), lambda: left() / 1000 > MARGIN
    )
    _log(report)
    if report.failed:
        raise TryAgain(f"alerts: {len(report.failed)} tenants failed; see the log")
    return report.to_wire()


def _log(report: Report) -> None:
    for tenant, reason in report.failed.items():
        logger.error("tenant_not_watched", tenant=tenant, reason=reason)
    for one in report.delivered:
        destination = one.destination
        log = logger.warning if one.error else logger.info
        log(
            "delivered",
            tenant=destination.tenant,
            to=destination.name,
            alerts=one.alerts,
            error=one.error,
        )
    raised = sum(map(len, report.raised.values()))
    logger.info("watched", tenants=len(report.raised), raised=raised, postponed=report.postponed)
