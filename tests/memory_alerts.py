"""The ports of alerts and destinations in memory, like those in `tests.fakes`."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from echostream.domain.alerts.alert import Alert, Sent
from echostream.domain.alerts.destinations import MAX_ERROR, Destination, Listed
from echostream.domain.alerts.messages import Message
from echostream.domain.digest.report_periods import ReportKind
from echostream.domain.errors import Conflict, NotFound


class MemoryAlerts:
    """`AlertLog` in dictionaries by tenant."""

    def __init__(self) -> None:
        self._alerts: dict[tuple[str, str], Sent] = {}
        self._watched: dict[str, datetime] = {}

    def between(self, tenant: str, start: datetime, end: datetime) -> Iterator[Alert]:
        return (one.alert for one in self.sent(tenant, start, end))

    def sent(self, tenant: str, start: datetime, end: datetime) -> Iterator[Sent]:
        for owner, name in sorted(self._alerts, reverse=True):
            one = self._alerts[owner, name]
            if owner == tenant and start <= one.alert.start < end:
                yield one

    def save(self, tenant: str, alert: Alert) -> None:
        former = self._alerts.get((tenant, alert.id), Sent(alert))
        kept = replace(alert, noticed_at=former.alert.noticed_at)
        self._alerts[tenant, alert.id] = replace(former, alert=kept)

    def mark_sent(self, tenant: str, alert: Alert, destination: str) -> None:
        stored = self._alerts.get((tenant, alert.id))
        if stored:
            destinations = stored.destinations | {destination}
            self._alerts[tenant, alert.id] = replace(stored, destinations=destinations)

    def watched_to(self, tenant: str) -> datetime | None:
        return self._watched.get(tenant)

    def mark_watched(self, tenant: str, moment: datetime) -> None:
        self._watched[tenant] = max(moment, self._watched.get(tenant, moment))


class MemoryDestinations:
    """`Destinations` in a dictionary by tenant and name."""

    def __init__(self) -> None:
        self._listed: dict[tuple[str, str], Listed] = {}

    def add(self, destination: Destination) -> None:
        key = (destination.tenant, destination.name)
        if key in self._listed:
            raise Conflict(
                "exists", f"name: {destination.tenant} has a destination {destination.name} already"
            )
        self._listed[key] = Listed(destination)

    def remove(self, destination: Destination) -> None:
        self._listed.pop((destination.tenant, destination.name), None)

    def all(self, tenant: str) -> Iterator[Listed]:
        names = sorted(self._listed)
        yield from [self._listed[owner, name] for owner, name in names if owner == tenant]

    def mark_sent(self, destination: Destination, at: datetime) -> None:
        self._change(destination, sent_at=at)

    def mark_reported(self, destination: Destination, kind: ReportKind, end: datetime) -> None:
        for one in self.all(destination.tenant):
            if one.destination.name == destination.name:
                self._change(destination, reported={**one.reported, kind: end})

    def mark_failed(self, destination: Destination, at: datetime, error: str) -> None:
        self._change(destination, failed_at=at, error=error[:MAX_ERROR])

    def _change(self, destination: Destination, **changes: Any) -> None:
        stored = self._listed.get((destination.tenant, destination.name))
        if stored and stored.destination.added_at == destination.added_at:
            self._listed[destination.tenant, destination.name] = replace(stored, **changes)


class MemorySecrets:
    """`Secrets` in a dictionary by name."""

    def __init__(self) -> None:
        self.stored: dict[str, Mapping[str, str]] = {}
        self._number = 0

    def create(self, tenant: str, name: str, credentials: Mapping[str, str]) -> str:
        self._number += 1
        secret = f"{tenant}/{name}-{self._number}"
        self.stored[secret] = credentials
        return secret

    def read(self, secret: str) -> Mapping[str, str]:
        if secret not in self.stored:
            raise NotFound("unknown_secret", "the credentials do not exist; add it again")
        return self.stored[secret]

    def delete(self, secret: str) -> None:
        self.stored.pop(secret, None)


class MemoryMail:
    """`Mail` in which addresses by subscription have confirmed once a test says so.

    As a `Sender` it has the messages that were sent.
    """

    def __init__(self) -> None:
        self.addresses: dict[str, str] = {}
        self.confirmed: set[str] = set()
        self.sent: list[tuple[str, Message]] = []

    def subscribe(self, destination: Destination) -> str:
        if destination.address in self.addresses.values():
            raise Conflict("address_taken", "address: has a subscription of another destination")
        subscription = f"arn:{destination.id}"
        self.addresses[subscription] = destination.address
        return subscription

    def unsubscribe(self, subscription: str) -> None:
        self.addresses.pop(subscription, None)

    def is_ready(self, destination: Destination) -> bool:
        return destination.subscription in self.confirmed

    def send(self, destination: Destination, message: Message) -> None:
        self.sent.append((destination.id, message))


class MemorySender:
    """A `Sender` that has the messages that were sent, or raises an error."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.sent: list[tuple[str, Message]] = []

    def is_ready(self, _: Destination) -> bool:
        return True

    def send(self, destination: Destination, message: Message) -> None:
        if self.error:
            raise self.error
        self.sent.append((destination.name, message))
