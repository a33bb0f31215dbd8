"""Who may do what: tenants, their members, and roles.

A member is a person, who signs in with a user name, or a machine, which signs in with the id and
the secret of a client of the user pool. A member belongs to one tenant.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal, Protocol, Self

from echostream.domain.errors import BadRequest
from echostream.domain.model import TENANT_RULE, is_tenant_name
from echostream.domain.privacy import DEFAULT as DEFAULT_PRIVACY
from echostream.domain.privacy import PLAIN, Privacy, PrivacyOptions
from echostream.domain.quotas import DEFAULT, Quotas


class Role(StrEnum):
    """What a member may do; a member has at least one."""

    READER = "reader"
    """Read documents, counts and digests, and run SQL."""
    WRITER = "writer"
    """Send documents."""
    ADMIN = "admin"
    """Manage members and machine users, erase, read the audit log."""


class TenantState(StrEnum):
    """Whether the members of a tenant are served."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETING = "deleting"


ALL_ROLES = frozenset(Role)
EARLIEST = datetime.min.replace(tzinfo=UTC)
Kind = Literal["person", "machine", "function"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signs in: a person by user name, or a machine by client id. Neither can be changed.

    A function of EchoStream does not sign in, and no token names one.
    """

    kind: Kind
    pool: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}#{self.pool}#{self.name}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The identity of a person or a machine of a text that `str` has made; else None."""
        kind, _, rest = text.partition("#")
        pool, _, name = rest.partition("#")
        if kind not in ("person", "machine") or not pool or not name:
            return None
        return cls(kind, pool, name)  # type: ignore[arg-type]  # one of the two


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a tenant. `label` is the name in lists: for a machine, not its client id."""

    identity: Identity
    tenant: str
    roles: frozenset[Role]
    label: str
    added_at: datetime


PRODUCER = Identity("function", "echostream", "producer")
"""The function that reads the live sources of all tenants."""


def producer_of(tenant: str) -> Member:
    """The producer as a member of a tenant: it sends documents to each, and is in no list."""
    return Member(PRODUCER, tenant, frozenset({Role.WRITER}), "producer", EARLIEST)


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant. `admins` is the number of its members with the role `admin`."""

    name: str
    state: TenantState
    admins: int
    created_at: datetime
    quotas: Quotas = DEFAULT
    privacy: PrivacyOptions = DEFAULT_PRIVACY

    @property
    def is_deleting(self) -> bool:
        """Whether it is being deleted."""
        return self.state is TenantState.DELETING


@dataclass(frozen=True, slots=True)
class Access:
    """What the directory says of a member now: the roles; the tenant's state and its options.

    `since` is when the tenant was created.
    """

    tenant: str
    roles: frozenset[Role]
    state: TenantState
    quotas: Quotas = DEFAULT
    privacy: Privacy = PLAIN
    since: datetime = EARLIEST


class Directory(Protocol):
    """Tenants and their members. Every method may raise `TryAgain`."""

    def access(self, identity: Identity, tenant: str) -> Access | None:
        """The access of a member of a tenant, or of the producer; None for others, and for an
        unknown tenant.
        """

    def member(self, identity: Identity) -> Member | None:
        """The member with an identity; None if there is none."""

    def members(self, tenant: str) -> list[Member]:
        """The members of a tenant, by label."""

    def add(self, member: Member) -> None:
        """Add a member. Nothing changes if they are a member of the tenant with these roles.

        Raises `NotFound` for an unknown tenant, `Conflict` for a member of another tenant or with
        other roles.
        """

    def set_roles(self, member: Member, roles: frozenset[Role]) -> None:
        """Replace the roles of a member. Raises `Conflict` for the last admin, or after a change
        of the member since it was read.
        """

    def remove(self, member: Member) -> None:
        """Remove a member. Raises `Conflict` like `set_roles`."""

    def create_tenant(self, name: str, at: datetime) -> None:
        """Create an active tenant without members.

        Raises `BadRequest` for a bad name, `Conflict` for an existing tenant.
        """

    def tenant(self, name: str) -> Tenant | None:
        """A tenant; None if there is none."""

    def tenants(self) -> list[Tenant]:
        """All tenants, by name."""

    def set_state(self, name: str, state: TenantState) -> None:
        """Suspend or resume a tenant. Raises `NotFound`, and `Conflict` for one being deleted."""

    def begin_deletion(self, tenant: Tenant) -> None:
        """Give a tenant the state `deleting`: it gets no more members, and cannot be resumed.

        A repeat changes nothing. Raises `Conflict` if it is another tenant of this name now.
        """

    def delete_tenant(self, tenant: Tenant) -> None:
        """Delete a tenant whose state is `deleting`, unless it is another of this name now."""

    def set_quotas(self, name: str, quotas: Quotas) -> None:
        """Replace the quotas of a tenant. Raises like `set_state`."""

    def set_privacy(self, name: str, options: PrivacyOptions) -> None:
        """Replace the privacy options of a tenant, which keeps its key. Raises like `set_state`."""

    def privacy(self, name: str) -> Privacy:
        """The privacy options of a tenant, with its key; `PLAIN` for an unknown tenant."""


def check_tenant_name(tenant: str) -> None:
    """Raises `BadRequest` if a tenant cannot have this name."""
    if not is_tenant_name(tenant):
        raise BadRequest("invalid_value", f"tenant: {TENANT_RULE}")


def parse_roles(text: str) -> frozenset[Role]:
    """The roles of a text like `reader writer`, also with commas. Raises `BadRequest`."""
    names = text.replace(",", " ").split()
    unknown = [name for name in names if name not in set(Role)]
    if unknown or not names:
        known = ", ".join(Role)
        given = f"unknown: {', '.join(unknown)}" if unknown else "none is given"
        raise BadRequest("invalid_value", f"roles: must be of {known}; {given}")
    return frozenset(map(Role, names))


def format_roles(roles: Iterable[Role]) -> str:
    """Roles as text, like `reader writer`; the order is that of `Role`."""
    chosen = set(roles)
    return " ".join(role for role in Role if role in chosen)


def scope_of(role: Role) -> str:
    """The OAuth scope with which a machine asks for a role: the template has the same names."""
    return f"echostream/{role}"
