"""What the schedule runs: reports of all tenants to their destinations; previews of reports."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

import wiring
from echostream.domain.digest.report_delivery import Run, report_tenants
from echostream.domain.digest.report_periods import last_complete
from echostream.domain.errors import TryAgain
from echostream.entrypoints import admission, report_requests

MARGIN = 60
"""Seconds of a run that are left when the last tenant begins."""
logger = Logger(child=True)


def send(context: LambdaContext, now: datetime) -> dict[str, Any]:
    """Send what is due. Raises `TryAgain` for what a repeat can send: it sends nothing twice."""
    left = context.get_remaining_time_in_millis
    tenants, deliver = admission.active_tenants(), wiring.delivery()
    run = report_tenants(tenants, deliver, now, lambda: left() / 1000 > MARGIN)
    _log(run)
    if run.failed or run.postponed:
        number = len(run.failed) + run.postponed
        raise TryAgain(f"reports: {number} tenants have no report yet; see the log")
    return {"sent": run.sent, "not_sent": len(run.reported) - run.sent}


def preview(wanted: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The last report of a tenant, which is sent to nobody. Raises `BadRequest`."""
    tenant, kind = report_requests.previewed(wanted)
    written = wiring.write(tenant, last_complete(kind, now))
    logger.info("previewed", tenant=tenant, kind=kind.value)
    return report_requests.preview_to_wire(written, wiring.page())


def _log(run: Run) -> None:
    for tenant, reason in run.failed.items():
        logger.error("report_failed", tenant=tenant, reason=reason)
    for one in run.reported:
        if one.error:
            name = f"{one.destination.tenant}/{one.destination.name}"
            logger.warning(
                "report_not_sent", destination=name, kind=one.kind.value, reason=one.error
            )
    not_sent = len(run.reported) - run.sent
    logger.info(
        "reported",
        tenants_failed=len(run.failed),
        postponed=run.postponed,
        sent=run.sent,
        not_sent=not_sent,
    )
