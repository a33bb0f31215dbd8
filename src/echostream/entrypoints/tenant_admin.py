"""What the admins of a tenant do through the API, for their own tenant only.

Each operation takes the caller, whose tenant is that of the verified token, and the request. A
change is an event of the audit log before it is made. An operation returns the body of the
response, in which secrets are shown for the only time. All raise `BadRequest` with its branches,
`TryAgain`, and errors of AWS.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.adapters.cognito_pool import Credentials, Password
from echostream.domain.audit import Action
from echostream.domain.members import Role, format_roles, scope_of
from echostream.domain.passwords import new_password
from echostream.entrypoints import audit, member_requests
from echostream.entrypoints.access import Caller
from echostream.entrypoints.administration import Administration, check_name
from echostream.entrypoints.query_parameters import refuse_unknown

Event = APIGatewayProxyEventV2


@dataclass(frozen=True, slots=True)
class TenantAdmin:
    """The operations. `token_url` is the address at which machines sign in."""

    administration: Administration
    token_url: str
    now: Callable[[], datetime]

    def list_members(self, caller: Caller, event: Event) -> dict[str, Any]:
        """People and machine users, by name; a machine user has an entry for each client."""
        refuse_unknown(event.query_string_parameters or {}, ())
        members = self.administration.directory.members(caller.tenant)
        return {"members": [member_requests.to_wire(member) for member in members]}

    def invite(self, caller: Caller, event: Event) -> dict[str, Any]:
        """Add a person, with a password that they change at the first sign-in."""
        name, roles = member_requests.name_and_roles(event)
        self.administration.check_invited(name)
        audit.record(caller, Action.MEMBER_INVITE, name, roles=format_roles(roles))
        password = Password(new_password())
        member = self.administration.invite(caller.tenant, name, roles, password, self.now())
        return {**member_requests.to_wire(member), "temporary_password": password.text}

    def set_roles(self, caller: Caller, event: Event) -> dict[str, Any]:
        """Replace the roles of a person."""
        roles = member_requests.roles(event)
        member = self.administration.person(caller.tenant, member_requests.name_of_member(event))
        audit.record(caller, Action.MEMBER_ROLE, member.label, roles=format_roles(roles))
        self.administration.directory.set_roles(member, roles)
        return member_requests.to_wire(replace(member, roles=roles))

    def remove(self, caller: Caller, event: Event) -> dict[str, Any]:
        """Remove a person."""
        member = self.administration.person(caller.tenant, member_requests.name_of_member(event))
        audit.record(caller, Action.MEMBER_REMOVE, member.label)
        self.administration.remove(member)
        return {"name": member.label}

    def create_machine(self, caller: Caller, event: Event) -> dict[str, Any]:
        """Create a machine user."""
        name, roles = member_requests.name_and_roles(event)
        check_name(name)
        audit.record(caller, Action.MACHINE_CREATE, name, roles=format_roles(roles))
        made = self.administration.create_machine(caller.tenant, name, roles, self.now())
        return self._credentials(name, roles, made)

    def rotate_machine(self, caller: Caller, event: Event) -> dict[str, Any]:
        """Create new credentials of a machine user."""
        now, name = member_requests.is_now(event), member_requests.name_of_machine(event)
        roles = self.administration.machine(caller.tenant, name)[-1].roles
        audit.record(caller, Action.MACHINE_ROTATE, name)
        made = self.administration.rotate_machine(caller.tenant, name, self.now(), now=now)
        return self._credentials(name, roles, made)

    def remove_machine(self, caller: Caller, event: Event) -> dict[str, Any]:
        """Remove a machine user with all its credentials."""
        name = member_requests.name_of_machine(event)
        members = self.administration.machine(caller.tenant, name)
        audit.record(caller, Action.MACHINE_REMOVE, name)
        for member in members:
            self.administration.remove(member)
        return {"name": name}

    def _credentials(self, name: str, roles: frozenset[Role], made: Credentials) -> dict[str, Any]:
        return {
            "name": name,
            "client_id": made.identity.name,
            "client_secret": made.secret,
            "token_url": self.token_url,
            "scope": " ".join(scope_of(role) for role in Role if role in roles),
        }
