"""What the admins of a tenant do through the API, for their own tenant only.

Each operation takes the tenant of the verified token and the request. It returns the body of the
response, in which secrets are shown for the only time. All raise `BadRequest` with its branches,
`TryAgain`, and errors of AWS.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.adapters.cognito_pool import Credentials, Password
from echostream.domain.members import Role, scope_of
from echostream.domain.passwords import new_password
from echostream.entrypoints import member_requests
from echostream.entrypoints.administration import Administration
from echostream.entrypoints.query_parameters import refuse_unknown

Event = APIGatewayProxyEventV2


@dataclass(frozen=True, slots=True)
class TenantAdmin:
    """The operations. `token_url` is the address at which machines sign in."""

    administration: Administration
    token_url: str
    now: Callable[[], datetime]

    def list_members(self, tenant: str, event: Event) -> dict[str, Any]:
        """People and machine users, by name; a machine user has an entry for each client."""
        refuse_unknown(event.query_string_parameters or {}, ())
        members = self.administration.directory.members(tenant)
        return {"members": [member_requests.to_wire(member) for member in members]}

    def invite(self, tenant: str, event: Event) -> dict[str, Any]:
        """Add a person, with a password that they change at the first sign-in."""
        name, roles = member_requests.name_and_roles(event)
        password = new_password()
        member = self.administration.invite(tenant, name, roles, Password(password), self.now())
        return {**member_requests.to_wire(member), "temporary_password": password}

    def set_roles(self, tenant: str, event: Event) -> dict[str, Any]:
        """Replace the roles of a person."""
        roles = member_requests.roles(event)
        member = self.administration.person(tenant, member_requests.name_of_member(event))
        self.administration.directory.set_roles(member, roles)
        return member_requests.to_wire(replace(member, roles=roles))

    def remove(self, tenant: str, event: Event) -> dict[str, Any]:
        """Remove a person."""
        member = self.administration.person(tenant, member_requests.name_of_member(event))
        self.administration.remove(member)
        return {"name": member.label}

    def create_machine(self, tenant: str, event: Event) -> dict[str, Any]:
        """Create a machine user."""
        name, roles = member_requests.name_and_roles(event)
        made = self.administration.create_machine(tenant, name, roles, self.now())
        return self._credentials(name, roles, made)

    def rotate_machine(self, tenant: str, event: Event) -> dict[str, Any]:
        """Create new credentials of a machine user."""
        now, name = member_requests.is_now(event), member_requests.name_of_machine(event)
        roles = self.administration.machine(tenant, name)[-1].roles
        made = self.administration.rotate_machine(tenant, name, self.now(), now=now)
        return self._credentials(name, roles, made)

    def remove_machine(self, tenant: str, event: Event) -> dict[str, Any]:
        """Remove a machine user with all its credentials."""
        name = member_requests.name_of_machine(event)
        for member in self.administration.machine(tenant, name):
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
