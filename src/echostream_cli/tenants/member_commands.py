"""The commands `member invite|list|role|remove`."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

import typer

from echostream.adapters.cognito_pool import Password
from echostream.domain.audit import Action
from echostream.domain.errors import NotFound
from echostream.domain.members import ALL_ROLES, Role, format_roles, parse_roles
from echostream.domain.members import Tenant as TenantEntry
from echostream.domain.passwords import new_password
from echostream.entrypoints.administration import check_federated_name
from echostream_cli import command, console, user_pool, users
from echostream_cli.errors import UserError
from echostream_cli.operator_log import operator
from echostream_cli.target import Target

app = command.group()
Name = Annotated[str, typer.Argument(help="The name that the user signs in with.")]
Tenant = Annotated[str, typer.Option(help="The member's tenant.")]
Roles = Annotated[str, typer.Option(help="Of reader, writer, admin; like reader,writer.")]


@app.callback()
def manage_members() -> None:
    """Invite, list and remove the people of tenants, and change their roles."""


@app.command(
    "invite",
    epilog=command.examples(
        "member invite ann --tenant acme",
        "member invite bob --tenant acme --roles reader",
        "member invite okta_00u1 --tenant acme --federated",
    ),
)
def invite(
    name: Name = "",
    tenant: Tenant = "",
    roles: Roles = "",
    new_tenant: Annotated[
        bool, typer.Option("--new-tenant", help="Create the tenant if it does not exist.")
    ] = False,
    permanent: Annotated[
        bool, typer.Option("--permanent", help="Keep the password, for scripts that sign in.")
    ] = False,
    federated: Annotated[
        bool,
        typer.Option("--federated", help="NAME signs in with an identity provider: okta_00u1."),
    ] = False,
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Create a user of a tenant and print a password, which they change at the first sign-in.

    Without --roles: reader and writer; all roles if the tenant has no admin.
    """
    for field, value in (("NAME", name), ("TENANT", tenant)):
        if not value:
            raise UserError(f"{field}: is missing; pass for example NAME=ann TENANT=acme")
    target = command.target(stage, endpoint)
    if new_tenant:
        users.ensure_tenant(target, tenant)
    manage = users.administration(target)
    chosen = _choose_roles(manage.directory.tenant(tenant), tenant, roles)
    (check_federated_name if federated else manage.check_invited)(name)
    operator(target).record(tenant, Action.MEMBER_INVITE, name, roles=format_roles(chosen))
    if federated:
        _admit(target, tenant, name, chosen)
        return
    password = Password(new_password(), permanent)
    member = manage.invite(tenant, name, chosen, password, datetime.now(UTC))
    typer.echo(f"  created {member.label} of {tenant}, roles: {format_roles(chosen)}")
    typer.echo(f"  sign in at {_sign_in_address(target)} with {password.text}")


def _choose_roles(existing: TenantEntry | None, tenant: str, roles: str) -> frozenset[Role]:
    """The roles that are named; by default not admin, if the tenant has one. Raises `NotFound`."""
    if existing is None:
        raise NotFound("unknown_tenant", f"TENANT: {tenant} does not exist; add --new-tenant")
    default = ALL_ROLES - {Role.ADMIN} if existing.admins else ALL_ROLES
    return parse_roles(roles) if roles else default


def _admit(target: Target, tenant: str, name: str, roles: frozenset[Role]) -> None:
    """Add a person without a password, under the name that the user pool gives them.

    A pool that ignores case spells the names of federated users in small letters.
    """
    if user_pool.get_user_names(target) == "case-insensitive":
        name = name.casefold()
    member = users.administration(target).admit(tenant, name, roles, datetime.now(UTC))
    typer.echo(f"  admitted {member.label} to {tenant}, roles: {format_roles(roles)}")
    typer.echo(f"  sign in at {_sign_in_address(target)} with the identity provider")


def _sign_in_address(target: Target) -> str:
    """The page; without one, the dashboard."""
    dashboard = f"the dashboard (make dashboard STAGE={target.stage})"
    return target.outputs().get("SiteUrl", dashboard)


@app.command(
    "list",
    epilog=command.examples("member list", "member list --tenant acme --stage prod --json"),
)
def list_members(
    tenant: Annotated[str, typer.Option(help="One tenant only. Default: all.")] = "",
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
    json: command.Json = False,
) -> None:
    """List members with their tenant, roles and state.

    A user without a tenant can read no documents; a person who is not in the
    user pool cannot sign in.
    """
    target = command.target(stage, endpoint)
    with console.waiting("reading the user pool and the directory"):
        found = users.list_all(target, tenant)
    if json:
        command.print_json([to_wire(user) for user in found])
    else:
        show(found)


def show(found: Iterable[users.User]) -> None:
    """Print a row per member and user."""
    console.table(("member", "kind", "tenant", "roles", "status"), map(_to_row, found))


@app.command(
    "role", epilog=command.examples("member role ann --tenant acme --roles reader,writer,admin")
)
def change_roles(
    name: Name,
    tenant: Tenant,
    roles: Roles,
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Replace the roles of a member. A tenant keeps at least one admin."""
    target = command.target(stage, endpoint)
    manage, chosen = users.administration(target), parse_roles(roles)
    member = manage.person(tenant, name)
    operator(target).record(tenant, Action.MEMBER_ROLE, name, roles=format_roles(chosen))
    manage.directory.set_roles(member, chosen)
    typer.echo(f"  {name} of {tenant} has the roles: {format_roles(chosen)}")


@app.command("remove", epilog=command.examples("member remove ann --tenant acme --stage prod"))
def remove(
    name: Name, tenant: Tenant, stage: command.Stage = "", endpoint: command.Endpoint = ""
) -> None:
    """Remove a member and delete their user; their documents stay."""
    target = command.target(stage, endpoint)
    manage = users.administration(target)
    member = manage.person(tenant, name)
    operator(target).record(tenant, Action.MEMBER_REMOVE, name)
    manage.remove(member)
    typer.echo(f"  removed {name} of {tenant}; tokens are refused within MembershipSeconds (60 s)")


def _to_row(user: users.User) -> tuple[str, ...]:
    kind = user.member.identity.kind if user.member else "person"
    tenant = user.member.tenant if user.member else "(no tenant)"
    roles = format_roles(user.member.roles) if user.member else ""
    return user.name, kind, tenant, roles, _status(user)


def _status(user: users.User) -> str:
    if user.person:
        return user.person.status + ("" if user.person.is_enabled else ", disabled")
    is_machine = user.member is not None and user.member.identity.kind == "machine"
    return "" if is_machine else "not in the user pool"


def to_wire(user: users.User) -> dict[str, object]:
    """A member or user as JSON."""
    member, person = user.member, user.person
    return {
        "name": user.name,
        "kind": member.identity.kind if member else "person",
        "tenant": member.tenant if member else None,
        "roles": format_roles(member.roles).split() if member else [],
        "added_at": member.added_at if member else None,
        "status": person.status if person else None,
        "is_enabled": person.is_enabled if person else None,
        "created_at": person.created_at if person else None,
    }
