"""The audit log: who did what in a tenant, kept for `AuditDays`.

An event is recorded before the operation that it names, so that no operation is without an event.
It says what was about to happen: an operation that fails afterwards has an event too.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from echostream.domain.codec import time_to_wire
from echostream.domain.members import check_tenant_name
from echostream.domain.model import sort_time

MAX_TEXT = 256
"""Characters of a subject, and of a detail; the rest is cut off."""


class Action(StrEnum):
    """What was done."""

    SIGN_IN = "sign_in"
    ACCESS_REFUSED = "access.refused"
    MEMBER_INVITE = "member.invite"
    MEMBER_ROLE = "member.role"
    MEMBER_REMOVE = "member.remove"
    MACHINE_CREATE = "machine.create"
    MACHINE_ROTATE = "machine.rotate"
    MACHINE_REMOVE = "machine.remove"
    TENANT_CREATE = "tenant.create"
    TENANT_SUSPEND = "tenant.suspend"
    TENANT_RESUME = "tenant.resume"
    TENANT_QUOTA = "tenant.quota"
    TENANT_PRIVACY = "tenant.privacy"
    TENANT_DELETE = "tenant.delete"
    ERASURE_REQUEST = "erasure.request"
    QUARANTINE_DISCARD = "quarantine.discard"
    SOURCE_ADD = "source.add"
    SOURCE_PAUSE = "source.pause"
    SOURCE_RESUME = "source.resume"
    SOURCE_REMOVE = "source.remove"
    DESTINATION_ADD = "destination.add"
    DESTINATION_TEST = "destination.test"
    DESTINATION_REMOVE = "destination.remove"
    SQL_RUN = "sql.run"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """An event of a tenant.

    `id` is the time and a random part, unique in the tenant and sorted by time. `actor` is the text
    of a member's `Identity`, or `operator#` and the ARN of the caller. `subject` is what the action
    was performed on. No part has text of a document, or the name of an author. `action` is an
    `Action`; stored events of another version of EchoStream can have others.
    """

    tenant: str
    id: str
    at: datetime
    actor: str
    action: str
    subject: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


def new_event(
    tenant: str, at: datetime, actor: str, action: Action, subject: str = "", /, **details: str
) -> AuditEvent:
    """An event with an id. Long texts are cut. Raises `BadRequest` for a bad name of a tenant."""
    check_tenant_name(tenant)
    short = {name: value[:MAX_TEXT] for name, value in details.items()}
    name = f"{sort_time(at)}#{secrets.token_hex(8)}"
    return AuditEvent(tenant, name, at, actor, action, subject[:MAX_TEXT], short)


def statement_hash(sql: str) -> str:
    """What the log has of a statement, whose text may be personal data: the SHA-256 of its UTF-8.

    Whoever has the statement can find its events.
    """
    return hashlib.sha256(sql.encode("utf-8", "surrogatepass")).hexdigest()


def event_to_wire(event: AuditEvent) -> dict[str, Any]:
    """An event as the API and the locked bucket have it: without the tenant."""
    return {
        "id": event.id,
        "at": time_to_wire(event.at),
        "actor": event.actor,
        "action": str(event.action),
        "subject": event.subject,
        "details": dict(event.details),
    }


@dataclass(frozen=True, slots=True)
class AuditQuestion:
    """Which events are asked for: those in [start, end), of one action or of all."""

    start: datetime
    end: datetime
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Events, newest first. `position` is where the next page begins; None if there is none.

    A page of one action can have fewer events than asked for, or none, and a position.
    """

    events: Sequence[AuditEvent]
    position: str | None


class AuditLog(Protocol):
    """The events of all tenants. Both methods may raise `TryAgain` and `CallRefused`."""

    def record(self, event: AuditEvent) -> None:
        """Store an event durably."""

    def read(
        self, tenant: str, question: AuditQuestion, limit: int, before: str | None = None
    ) -> AuditPage:
        """Events of a tenant, newest first, that are older than a position."""
