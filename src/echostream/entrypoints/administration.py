"""Changes of members, in the directory and in the user pool.

A person is added to the directory first, which reserves the name for the tenant: a password is set
only for a member of the own tenant, so that no tenant can take over a user of another. A machine's
client is created first, and can do nothing until it is in the directory. Each operation can be
repeated after a failure at any line.

Once a person is removed from the directory, another tenant may invite the name at any time. So a
user is deleted, and gets a password, by `sub`: it is the one that this operation found or created.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from echostream.adapters.cognito_pool import (
    MAX_AUDIENCES,
    ApiAudience,
    CognitoPool,
    Credentials,
    Password,
)
from echostream.domain.errors import BadRequest, Conflict, NotFound, TryAgain
from echostream.domain.members import Directory, Identity, Member, Role
from echostream.domain.validation import printable

NAME_RULE = "a name has 1 to 64 letters, digits and . _ @ + -, and begins with a letter or a digit"
MAX_CLIENTS = 3
"""Of a machine user, during a rotation; between rotations it has two."""
MAX_REPEATS = 5
"""Of the update of the API's audience, while others change it."""
FEDERATED_RULE = (
    "a federated name is the identity provider's name, _ and its user id, like okta_00u1"
)
Check = Callable[[Sequence[Member]], None]
"""A check of a tenant's members. Raises `Conflict`."""
_FEDERATED_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,31}_[A-Za-z0-9._@+|:/=-]{1,95}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")


@dataclass(frozen=True, slots=True)
class Administration:
    """Adds, changes and removes members. `people_client` is the client with which people sign in.

    The methods raise `BadRequest` with its branches, `TryAgain`, and errors of AWS.
    """

    directory: Directory
    pool: CognitoPool
    pool_id: str
    audience: ApiAudience
    people_client: str
    provider: str = ""
    """The identity provider, with which names of its people begin; empty without one."""
    max_machines: int = MAX_AUDIENCES
    """Machine users that a tenant may have; by default as many as the API accepts."""

    def invite(
        self, tenant: str, name: str, roles: frozenset[Role], password: Password, at: datetime
    ) -> Member:
        """Add a person to a tenant, with a password.

        A repeat sets another password, until the person has chosen one. Raises `Conflict` for a
        user who is a member already. A user who is no member, because their removal did not end, is
        replaced: the former person keeps no session and no way to a new password. Raises
        `BadRequest` for a person of the identity provider, whom only `admit` adds.
        """
        self.check_invited(name)
        person = self.pool.find_person(name)
        if person and person.is_federated:
            raise _federated(name)
        identity = person.identity if person else Identity("person", self.pool_id, name.casefold())
        is_member = self.directory.member(identity) is not None
        if person and not is_member:
            self.pool.delete_person(person)
            person = None
        member = Member(identity, tenant, roles, identity.name, at)
        self.directory.add(member)
        if person and person.has_password:
            raise Conflict("exists", f"name: {name} is a member of {tenant} already")
        user = person or self.pool.create_person(identity.name, password)
        self.pool.set_password(user.subject, password)
        if not self._is_member(member):
            self.pool.delete_person(user)
            raise Conflict(
                "removed", f"{name}: was removed meanwhile, or {tenant} is being deleted"
            )
        return member

    def _is_member(self, member: Member) -> bool:
        """Whether a member still belongs to the tenant."""
        found = self.directory.member(member.identity)
        return found is not None and found.tenant == member.tenant

    def check_invited(self, name: str) -> None:
        """Raises `BadRequest` for a name that nobody can be invited under."""
        check_name(name)
        if self.provider and name.casefold().startswith(f"{self.provider}_".casefold()):
            raise _federated(name)

    def admit(self, tenant: str, name: str, roles: frozenset[Role], at: datetime) -> Member:
        """Add a person who signs in with an identity provider, also before their first sign-in.

        `name` is `<provider>_<subject>`, spelled as the pool spells it. Nothing happens if they are
        a member with these roles.
        """
        check_federated_name(name)
        person = self.pool.find_person(name)
        identity = person.identity if person else Identity("person", self.pool_id, name)
        member = Member(identity, tenant, roles, identity.name, at)
        self.directory.add(member)
        return member

    def person(self, tenant: str, name: str) -> Member:
        """A person of a tenant. Raises `NotFound`."""
        for member in self.directory.members(tenant):
            is_person = member.identity.kind == "person"
            if is_person and member.label.casefold() == name.casefold():
                return member
        raise NotFound("unknown_member", f"name: {printable(name)} is no member of {tenant}")

    def remove(self, member: Member) -> None:
        """Remove a member, who is refused from `MEMBERSHIP_SECONDS` on at the latest.

        A person's user is deleted too, which ends all sessions.
        """
        is_person = member.identity.kind == "person"
        person = self.pool.find_person(member.identity.name) if is_person else None
        self.directory.remove(member)
        if person:
            self.pool.delete_person(person)
        elif not is_person:
            self._delete_client(member)

    def remove_all(self, tenant: str) -> list[Member]:
        """Remove all members of a tenant that gets no new ones; those that this call removed.

        Users and clients are deleted first: what the directory still has, a repeat deletes again.
        """
        removed: list[Member] = []
        for _ in range(MAX_REPEATS):
            members = self.directory.members(tenant)
            if not members:
                self.update_audience()
                return removed
            removed += [member for member in members if self._remove_with_login(member)]
        raise TryAgain(f"{tenant}: its members were changed meanwhile; run the command again")

    def _remove_with_login(self, member: Member) -> bool:
        """Whether this call has removed the member from the directory, and not another one."""
        if member.identity.kind == "machine":
            self.pool.delete_machine(member.identity.name)
        elif (person := self.pool.find_person(member.identity.name)) and self._is_member(member):
            self.pool.delete_person(person)
        try:
            self.directory.remove(member)
        except Conflict:
            return False
        return True

    def machine(self, tenant: str, label: str) -> list[Member]:
        """The clients of a machine user, oldest first. Raises `NotFound`."""
        found = [
            member
            for member in self.directory.members(tenant)
            if member.identity.kind == "machine" and member.label == label
        ]
        if not found:
            message = f"name: {printable(label)} is no machine user of {tenant}"
            raise NotFound("unknown_machine", message)
        return sorted(found, key=lambda member: member.added_at)

    def create_machine(
        self, tenant: str, label: str, roles: frozenset[Role], at: datetime
    ) -> Credentials:
        """Create a machine user.

        Raises `Conflict` if the tenant has one of this name, or as many as it may have.
        """
        check_name(label)
        members = self.directory.members(tenant)
        if any(m.label == label for m in members):
            raise Conflict(
                "exists",
                f"name: {label} is a member of {tenant} already; rotate a machine user for new"
                " credentials",
            )
        self._check_number(members, 1)
        return self._add_client(tenant, label, roles, at, self._check_number)

    def rotate_machine(self, tenant: str, label: str, at: datetime, *, now: bool) -> Credentials:
        """Create new credentials of a machine user.

        The last credentials stay valid until the next rotation, so that a program can change to the
        new ones; with `now` they become invalid at once, like all older ones.
        """
        former = self.machine(tenant, label)
        check = partial(_check_clients, label)
        credentials = self._add_client(tenant, label, former[-1].roles, at, check)
        for member in former if now else former[:-1]:
            self.remove(member)
        return credentials

    def _add_client(
        self, tenant: str, label: str, roles: frozenset[Role], at: datetime, check: Check
    ) -> Credentials:
        self._check_audience(1)
        credentials = self.pool.create_machine(tenant, label, roles)
        member = Member(credentials.identity, tenant, roles, label, at)
        try:
            self.directory.add(member)
        except BadRequest:
            self.pool.delete_machine(credentials.identity.name)
            raise
        self._check_added(member, check)
        self.update_audience()
        return credentials

    def _check_added(self, member: Member, check: Check) -> None:
        """Check the limits again, and remove the member above one: others may add at once."""
        try:
            check(self.directory.members(member.tenant))
            self._check_audience()
        except Conflict:
            self.remove(member)
            raise

    def _check_number(self, members: Sequence[Member], more: int = 0) -> None:
        """Raises `Conflict` if a tenant had too many machine users. Rotations are not limited."""
        names = {member.label for member in members if member.identity.kind == "machine"}
        if len(names) + more > self.max_machines:
            limit = f"a tenant may have {self.max_machines} machine users; remove one first"
            raise Conflict("too_many_machines", f"name: {limit}, or ask the operator")

    def _check_audience(self, more: int = 0) -> None:
        if len(self._machine_ids()) + more >= MAX_AUDIENCES:
            limit = f"an API accepts {MAX_AUDIENCES - 1} machine users of all tenants"
            raise Conflict("too_many_machines", f"name: {limit}; ask the operator")

    def _delete_client(self, member: Member) -> None:
        self.pool.delete_machine(member.identity.name)
        self.update_audience()

    def update_audience(self) -> None:
        """Let the API accept the tokens of people and of all machines.

        Others may create machines at the same time; hence the list is compared again.
        """
        for _ in range(MAX_REPEATS):
            if not self.audience.set([self.people_client, *self._machine_ids()]):
                return

    def _machine_ids(self) -> list[str]:
        """The client ids of the machines that are members."""
        return [
            client
            for client in self.pool.machine_ids()
            if self.directory.member(Identity("machine", self.pool_id, client))
        ]


def _check_clients(label: str, members: Sequence[Member]) -> None:
    """Raises `Conflict` if a machine user has too many clients: others rotate it at once."""
    clients = [m for m in members if m.label == label and m.identity.kind == "machine"]
    if len(clients) > MAX_CLIENTS:
        message = f"name: {label} is rotated by other requests; repeat the request"
        raise Conflict("changed", message)


def _federated(name: str) -> BadRequest:
    message = "is a person of the identity provider; an operator admits them: member invite"
    return BadRequest("invalid_value", f"name: {printable(name)} {message} --federated")


def check_federated_name(name: str) -> None:
    """Raises `BadRequest` for a name that no federated person can have."""
    if not _FEDERATED_NAME.fullmatch(name):
        raise BadRequest("invalid_value", f"name: {FEDERATED_RULE}; is {printable(name)}")


def check_name(name: str) -> None:
    """Raises `BadRequest` for a name that neither a person nor a machine user can have."""
    if not _NAME.fullmatch(name):
        raise BadRequest("invalid_value", f"name: {NAME_RULE}; is {printable(name)}")
