"""What the members of a tenant do with its destinations for alerts through the API.

Each operation takes the caller, whose tenant is that of the verified token, and the request. A
change is an event of the audit log before it is made. An operation returns the body of the
response, which has no credentials, but for the key of a new webhook. All raise `BadRequest` with
its branches, `TryAgain` and `CallRefused`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.domain.alerts.delivery import Senders, send_trial
from echostream.domain.alerts.destination_administration import DestinationAdministration
from echostream.domain.alerts.destinations import Destination, Listed
from echostream.domain.audit import Action
from echostream.domain.errors import Conflict, DestinationFailed
from echostream.domain.members import Directory
from echostream.entrypoints import audit, destination_requests
from echostream.entrypoints.access import Caller
from echostream.entrypoints.query_parameters import refuse_unknown

Event = APIGatewayProxyEventV2


@dataclass(frozen=True, slots=True)
class TenantDestinations:
    """The operations. `page` is the address of the page that shows alerts; may be empty."""

    administration: DestinationAdministration
    directory: Directory
    senders: Senders
    page: str
    now: Callable[[], datetime]

    def list(self, caller: Caller, event: Event) -> dict[str, Any]:
        """The destinations by name, with their states."""
        refuse_unknown(event.query_string_parameters or {}, ())
        return {
            "destinations": [self._shown(one) for one in self.administration.list(caller.tenant)]
        }

    def add(self, caller: Caller, event: Event) -> dict[str, Any]:
        """Add a destination, which gets the alerts that are noticed from now on."""
        wanted, address = destination_requests.new_destination(event, caller.tenant, self.now())
        destination = self.administration.check(wanted, address)
        details = {"kind": destination.kind.value, "address": destination.address}
        audit.record(caller, Action.DESTINATION_ADD, destination.name, **details)
        stored, key = self.administration.add(destination, address)
        self._remove_if_deleted(stored)
        return {**self._shown(Listed(stored)), **({"signing_secret": key} if key else {})}

    def _remove_if_deleted(self, destination: Destination) -> None:
        """The deletion of a tenant removes destinations before it ends: not one added meanwhile."""
        tenant = self.directory.tenant(destination.tenant)
        if tenant is None or tenant.is_deleting:
            self.administration.remove(destination)
            raise Conflict("removed", f"{destination.tenant} is being deleted")

    def test(self, caller: Caller, event: Event) -> dict[str, Any]:
        """Send a test message now. Raises `DestinationFailed`."""
        destination = self._recorded(caller, event, Action.DESTINATION_TEST)
        destinations = self.administration.destinations
        send_trial(destinations, self.senders, destination, self.page, self.now())
        return self._shown(self.administration.find(caller.tenant, destination.name))

    def remove(self, caller: Caller, event: Event) -> dict[str, Any]:
        """Remove a destination with its credentials and its subscription."""
        destination = self._recorded(caller, event, Action.DESTINATION_REMOVE)
        self.administration.remove(destination)
        return {"name": destination.name}

    def _recorded(self, caller: Caller, event: Event, action: Action) -> Destination:
        """The destination that a path names, once the audit log has what is done to it."""
        name = destination_requests.name_of_destination(event)
        destination = self.administration.find(caller.tenant, name).destination
        audit.record(caller, action, destination.name)
        return destination

    def _shown(self, listed: Listed) -> dict[str, Any]:
        """A destination as JSON; one that got no message yet may have to confirm first."""
        if listed.state != "new":
            return destination_requests.to_wire(listed)
        try:
            is_ready = self.senders[listed.destination.kind].is_ready(listed.destination)
        except DestinationFailed as error:
            failed = Listed(listed.destination, failed_at=self.now(), error=error.message)
            return destination_requests.to_wire(failed)
        return destination_requests.to_wire(
            listed, None if is_ready else destination_requests.PENDING
        )
