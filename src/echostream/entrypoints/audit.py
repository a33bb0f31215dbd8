"""Records what members do, and the body of `GET /audit`. A part of the composition root."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from echostream.adapters.dynamodb_audit import DynamoDBAudit
from echostream.adapters.s3_audit import S3AuditCopies, audit_changes
from echostream.domain.audit import Action, AuditLog, AuditQuestion, event_to_wire, new_event
from echostream.domain.codec import time_from_wire
from echostream.domain.errors import BadRequest
from echostream.entrypoints import wiring
from echostream.entrypoints.config import AuditSettings
from echostream.entrypoints.cursors import decode_cursor, encode_cursor
from echostream.entrypoints.query_parameters import Parameters, limit_of, refuse_unknown

if TYPE_CHECKING:
    from echostream.entrypoints.access import Caller

FILTERS = ("from", "to", "action")
FORMATS = ("csv", "parquet")
"""Of exports."""
MAX_DIGITS = 10
CLOCK_SKEW = timedelta(minutes=5)
"""Events of a function whose clock is ahead are shown, too."""


@cache
def log() -> DynamoDBAudit:
    """The audit log with the credentials of the function, which may only add events."""
    return _log(wiring.client("dynamodb"))


def log_of(tenant: str) -> DynamoDBAudit:
    """The audit log with the credentials of a tenant's session, which may only read."""
    return _log(wiring.tenant(tenant).dynamodb)


def _log(dynamodb: Any) -> DynamoDBAudit:
    return DynamoDBAudit(dynamodb, wiring.table_settings().name, AuditSettings.read().kept)


def copy(records: Sequence[Mapping[str, Any]]) -> None:
    """Copy changes of the log, from the table's stream, to the locked bucket if there is one."""
    bucket = AuditSettings.read().bucket
    if bucket:
        changes = list(audit_changes(records))
        S3AuditCopies(wiring.client("s3"), bucket).write(changes)


def record(caller: "Caller", action: Action, subject: str = "", /, **details: str) -> None:
    """Record what a caller is about to do; call it before the operation.

    Raises `TryAgain`, so that nothing is done that is not in the log.
    """
    actor = str(caller.identity)
    log().record(new_event(caller.tenant, wiring.now(), actor, action, subject, **details))


def response(caller: "Caller", parameters: Parameters, now: datetime) -> dict[str, Any]:
    """The body of `GET /audit`. Raises `BadRequest` that names the parameter.

    It has no events from before the tenant was created: an earlier one may have had its name.
    """
    oldest = max(caller.since, now - AuditSettings.read().kept)
    return events_response(log_of(caller.tenant), caller.tenant, parameters, now, oldest)


def events_response(
    log: AuditLog, tenant: str, parameters: Parameters, now: datetime, oldest: datetime
) -> dict[str, Any]:
    """The events of a tenant from a time on, as `GET /audit` selects them from a log."""
    refuse_unknown(parameters, (*FILTERS, "limit", "cursor"))
    question, limit = _question(parameters, now, oldest), limit_of(parameters)
    filters = ["audit", tenant, *(parameters.get(name) for name in FILTERS)]
    cursor = parameters.get("cursor")
    before = None if cursor is None else decode_cursor(cursor, filters)
    page = log.read(tenant, question, limit, before)
    return {
        "events": [event_to_wire(event) for event in page.events],
        "cursor": encode_cursor(page.position, filters) if page.position else None,
    }


def _question(parameters: Parameters, now: datetime, oldest: datetime) -> AuditQuestion:
    """The period and the action that `from`, `to` and `action` name. Raises `BadRequest`."""
    newest = now + CLOCK_SKEW
    start = time_from_wire("from", parameters["from"]) if "from" in parameters else oldest
    end = time_from_wire("to", parameters["to"]) if "to" in parameters else newest
    if {"from", "to"} <= parameters.keys() and end <= start:
        raise BadRequest("out_of_range", "to: must be after from")
    return AuditQuestion(max(start, oldest), min(end, newest), action_of(parameters.get("action")))


def action_of(text: str | None) -> Action | None:
    """The action of a parameter; None without one. Raises `BadRequest`."""
    if text is None:
        return None
    if text not in set(Action):
        raise BadRequest("invalid_value", f"action: must be one of {', '.join(Action)}")
    return Action(text)


def record_export(caller: "Caller", parameters: Parameters, _: datetime) -> dict[str, Any]:
    """Record an export, for `POST /exports`; the body of the response. Raises `BadRequest`.

    The caller says the format and the number of rows. The log has them next to who said it.
    """
    refuse_unknown(parameters, ("format", "rows"))
    form, rows = parameters.get("format", ""), parameters.get("rows", "")
    if form not in FORMATS:
        raise BadRequest("invalid_value", f"format: must be one of {', '.join(FORMATS)}")
    if not (rows.isascii() and rows.isdigit() and len(rows) < MAX_DIGITS):
        raise BadRequest("invalid_value", "rows: must be a whole number from 0 to 999999999")
    record(caller, Action.EXPORT, format=form, rows=rows)
    return {"recorded": True}
