"""Destinations of a tenant, to which its alerts and reports are sent: e-mail, a webhook or Slack.

A destination has no address that is a credential: `Secrets` has it. What was sent to one is stored
with the alerts; a destination has only when that succeeded, and when and why it failed.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from echostream.domain.digest.report_periods import ReportKind

MAX_DESTINATIONS = 10
"""Of a tenant: each of them may take some seconds when alerts are sent."""
MAX_ERROR = 500
"""Characters of an error that are stored."""
ALERTS = "alerts"
SENDS: tuple[str, ...] = (ALERTS, *(kind.value for kind in ReportKind))
"""What can be sent to a destination: alerts, and reports of a day or a week."""
DEFAULT_SENDS = frozenset({ALERTS})


class Kind(StrEnum):
    """Where messages of a destination go."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    SLACK = "slack"


@dataclass(frozen=True, slots=True)
class Destination:
    """A destination. With `with_texts` its messages quote documents. `sends` are some of `SENDS`.

    `address` is what may be shown of the address. `secret` names the whole address and the key of
    signatures in `Secrets`, `subscription` is that of an e-mail address; each may be empty.
    """

    tenant: str
    name: str
    kind: Kind
    added_at: datetime
    with_texts: bool
    address: str
    secret: str = ""
    subscription: str = ""
    sends: frozenset[str] = DEFAULT_SENDS

    @property
    def id(self) -> str:
        """A text that no destination to another address has.

        Who confirms the subscription of a former destination gets no messages of one of its name.
        """
        digest = hashlib.sha256(self.address.encode()).hexdigest()
        return f"{self.tenant}/{self.name}/{digest[:16]}"


@dataclass(frozen=True, slots=True)
class Listed:
    """A destination, and how its last messages went.

    `reported` has the end of the period of the last report, by its kind.
    """

    destination: Destination
    sent_at: datetime | None = None
    failed_at: datetime | None = None
    error: str = ""
    reported: Mapping[ReportKind, datetime] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """`failing`, `new` before the first message, or `ok`."""
        if self.failed_at and (self.sent_at is None or self.sent_at < self.failed_at):
            return "failing"
        return "ok" if self.sent_at else "new"


class Destinations(Protocol):
    """The destinations of all tenants. Every method may raise `TryAgain`."""

    def add(self, destination: Destination) -> None:
        """Store a destination. Raises `Conflict` if the tenant has the name."""

    def remove(self, destination: Destination) -> None:
        """Remove a destination, which need not exist."""

    def all(self, tenant: str) -> Iterable[Listed]:
        """The destinations of a tenant, by name."""

    def mark_sent(self, destination: Destination, at: datetime) -> None:
        """Store the time of a message, unless the destination was removed."""

    def mark_reported(self, destination: Destination, kind: ReportKind, end: datetime) -> None:
        """Store the end of the period of a report, unless the destination was removed."""

    def mark_failed(self, destination: Destination, at: datetime, error: str) -> None:
        """Store the time of a failure and its reason, unless the destination was removed."""


class Mail(Protocol):
    """Subscriptions of e-mail addresses. Every method may raise `TryAgain` and `CallRefused`."""

    def subscribe(self, destination: Destination) -> str:
        """Ask an address to confirm that it wants messages of a destination; the subscription.

        Raises `BadRequest` for an address that is refused, and `Conflict` for one that has another
        subscription.
        """

    def unsubscribe(self, subscription: str) -> None:
        """End a subscription, which need not exist. One that is not confirmed ends by itself."""
