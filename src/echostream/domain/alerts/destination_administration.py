"""Changes of the destinations of a tenant, for its admins, and for operators who delete the tenant.

Each removal can be repeated after a failure at any line. Credentials are stored first.
"""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from echostream.domain.alerts.destination_addresses import shown_address
from echostream.domain.alerts.destinations import (
    MAX_DESTINATIONS,
    Destination,
    Destinations,
    Kind,
    Listed,
    Mail,
)
from echostream.domain.errors import Conflict, NotFound
from echostream.domain.live_sources import check_name
from echostream.domain.secrets import Secrets

KEY_PREFIX = "whsec_"
KEY_BYTES = 32
"""Standard Webhooks: 24 to 64."""


@dataclass(frozen=True, slots=True)
class DestinationAdministration:
    """The operations. They raise `BadRequest` with its branches, `TryAgain` and `CallRefused`.

    `hosts` are those that webhooks may have. In a sandbox they may have http (`allows_private`).
    """

    destinations: Destinations
    secrets: Secrets
    mail: Mail
    hosts: Callable[[], frozenset[str]] = frozenset
    allows_private: bool = False

    def list(self, tenant: str) -> list[Listed]:
        """The destinations of a tenant, by name."""
        return list(self.destinations.all(tenant))

    def find(self, tenant: str, name: str) -> Listed:
        """A destination of a tenant. Raises `NotFound`."""
        for listed in self.destinations.all(tenant):
            if listed.destination.name == name:
                return listed
        raise NotFound("unknown_destination", f"name: {tenant} has no destination of this name")

    def check(self, destination: Destination, address: str) -> Destination:
        """A destination that is to be added, with what may be shown of its address."""
        check_name(destination.name)
        hosts = self.hosts() if destination.kind is Kind.WEBHOOK else frozenset()
        shown = shown_address(destination.kind, address, hosts, allows_private=self.allows_private)
        names = [one.destination.name for one in self.destinations.all(destination.tenant)]
        if destination.name in names:
            message = f"name: {destination.tenant} has a destination {destination.name} already"
            raise Conflict("exists", message)
        if len(names) >= MAX_DESTINATIONS:
            message = f"name: {destination.tenant} has {len(names)} destinations, the most"
            raise Conflict("too_many", message)
        return replace(destination, address=shown)

    def add(self, destination: Destination, address: str) -> tuple[Destination, str]:
        """Add a destination that was checked; it as it is stored, and the key of its signatures.

        Only a webhook has a key.
        """
        if destination.kind is Kind.EMAIL:
            stored, key = replace(destination, subscription=self.mail.subscribe(destination)), ""
        else:
            key = new_key() if destination.kind is Kind.WEBHOOK else ""
            credentials = {"address": address, **({"key": key} if key else {})}
            secret = self.secrets.create(destination.tenant, destination.name, credentials)
            stored = replace(destination, secret=secret)
        try:
            self.destinations.add(stored)
        except Conflict:
            self._delete_secret(stored)
            raise
        return stored, key

    def remove(self, destination: Destination) -> None:
        """Remove a destination with its credentials and its subscription."""
        if destination.subscription:
            self.mail.unsubscribe(destination.subscription)
        self._delete_secret(destination)
        self.destinations.remove(destination)

    def remove_all(self, tenant: str) -> int:
        """Remove all destinations of a tenant; their number."""
        listed = self.list(tenant)
        for one in listed:
            self.remove(one.destination)
        return len(listed)

    def _delete_secret(self, destination: Destination) -> None:
        if destination.secret:
            self.secrets.delete(destination.secret)


def new_key() -> str:
    """A key of signatures, as Standard Webhooks writes it."""
    return KEY_PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
