"""`GET /alerts`: query parameters in, the JSON of the response out."""

from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from echostream.domain.alerts.alert import KEPT, AlertLog
from echostream.domain.alerts.messages import alert_to_wire
from echostream.domain.codec import time_to_wire
from echostream.entrypoints.query_parameters import (
    Parameters,
    limit_of,
    question_of,
    refuse_unknown,
)

DEFAULT_PERIOD = timedelta(days=30)
DEFAULT_ALERTS, MAX_ALERTS = 100, 500


def alerts_response(
    log: AlertLog, tenant: str, parameters: Parameters, now: datetime
) -> dict[str, Any]:
    """The body of `GET /alerts`: newest first. Raises `BadRequest` that names the parameter."""
    refuse_unknown(parameters, ("from", "to", "source", "limit"))
    limit = limit_of(parameters, DEFAULT_ALERTS, MAX_ALERTS)
    question = question_of(parameters, now, KEPT)
    start = question.start
    if "from" not in parameters and question.end - start > DEFAULT_PERIOD:
        start = question.end - DEFAULT_PERIOD
    matching = (
        alert
        for alert in log.between(tenant, start, question.end)
        if question.source in (None, alert.subject.source)
    )
    found = list(islice(matching, limit + 1))
    watched_to = log.watched_to(tenant)
    return {
        "alerts": [alert_to_wire(alert) for alert in found[:limit]],
        "complete": len(found) <= limit,
        "watched_to": time_to_wire(watched_to) if watched_to else None,
    }
