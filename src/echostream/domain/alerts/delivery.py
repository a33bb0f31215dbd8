"""Sends the alerts of a tenant to its destinations: each alert once to each destination.

An alert is marked after it was sent. So a crash repeats a message, which then has the same id.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from echostream.domain.alerts.alert import Alert, AlertLog, Sent
from echostream.domain.alerts.destinations import ALERTS, Destination, Destinations, Kind
from echostream.domain.alerts.deviations import HOUR
from echostream.domain.alerts.messages import Documents, Message, alerts_message, trial_message
from echostream.domain.errors import Conflict, DestinationFailed, EchoStreamError
from echostream.domain.themes.corpus import Mention

RECENT = timedelta(hours=24)
"""The time after its end in which an alert is sent: a destination that fails gets no older ones."""
LONGEST = timedelta(days=7)
"""The time before now in which an alert that is sent has begun."""
MAX_ALERTS = 20
"""Alerts of a message: Slack cuts texts of more than 40,000 characters. Others follow later."""
NOT_SENT = "EchoStream could not send a message now; it tries again"

DocumentsOf = Callable[[str, Alert], Sequence[Mention]]
"""Some documents of a tenant to quote for an alert. May raise `TryAgain`."""


class Sender(Protocol):
    """Sends messages to destinations of a kind.

    Both methods raise `DestinationFailed`, and may raise `TryAgain` and `CallRefused`.
    """

    def is_ready(self, destination: Destination) -> bool:
        """Whether the destination can get messages: an e-mail address confirms this first."""

    def send(self, destination: Destination, message: Message) -> None:
        """Send a message."""


Senders = Mapping[Kind, Sender]


@dataclass(frozen=True, slots=True)
class Delivered:
    """The number of alerts that were sent to a destination; if that failed, why, for the log."""

    destination: Destination
    alerts: int
    error: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What sends alerts. `page` is the address of the page that shows them; may be empty."""

    log: AlertLog
    destinations: Destinations
    senders: Senders
    documents_of: DocumentsOf
    page: str = ""

    def deliver(self, tenant: str, now: datetime) -> list[Delivered]:
        """Send what is due; what became of each destination for which something was.

        A destination that fails does not stop the others. Raises `TryAgain` if the table fails.
        """
        listed = [one for one in self.destinations.all(tenant) if ALERTS in one.destination.sends]
        if not listed:
            return []
        stored = list(self.log.sent(tenant, now - LONGEST, now + HOUR))
        due = ((one.destination, _due(stored, one.destination, now)) for one in listed)
        return [self._deliver(destination, alerts, now) for destination, alerts in due if alerts]

    def _deliver(
        self, destination: Destination, alerts: Sequence[Alert], now: datetime
    ) -> Delivered:
        sender = self.senders[destination.kind]
        try:
            if not sender.is_ready(destination):
                return Delivered(destination, 0)
            documents = self._documents(destination, alerts)
            sender.send(destination, alerts_message(destination, alerts, documents, self.page, now))
        except EchoStreamError as error:
            self.destinations.mark_failed(destination, now, reason_of(error))
            return Delivered(destination, 0, str(error))
        for alert in alerts:
            self.log.mark_sent(destination.tenant, alert, destination.name)
        self.destinations.mark_sent(destination, now)
        return Delivered(destination, len(alerts))

    def _documents(self, destination: Destination, alerts: Sequence[Alert]) -> Documents:
        if not destination.with_texts:
            return {}
        return {alert.id: self.documents_of(destination.tenant, alert) for alert in alerts}


def send_trial(
    destinations: Destinations, senders: Senders, destination: Destination, page: str, now: datetime
) -> None:
    """Send a test message. Raises `DestinationFailed`, and `Conflict` if the address must confirm.

    The destination has the result, as after other messages.
    """
    sender = senders[destination.kind]
    try:
        if not sender.is_ready(destination):
            message = (
                f"name: {destination.address} must confirm first, with the link in AWS's message"
            )
            raise Conflict("pending", message)
        sender.send(destination, trial_message(destination, page, now))
    except DestinationFailed as error:
        destinations.mark_failed(destination, now, reason_of(error))
        raise
    destinations.mark_sent(destination, now)


def reason_of(error: EchoStreamError) -> str:
    """Why a message was not sent, as the tenant may read it."""
    return error.message if isinstance(error, DestinationFailed) else NOT_SENT


def _due(stored: Iterable[Sent], destination: Destination, now: datetime) -> list[Alert]:
    """The alerts to send to a destination, oldest first."""
    due = [
        one.alert
        for one in stored
        if destination.name not in one.destinations
        and one.alert.end > now - RECENT
        and one.alert.noticed_at >= destination.added_at
    ]
    return sorted(due, key=lambda alert: alert.id)[:MAX_ALERTS]
