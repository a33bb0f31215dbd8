"""The commands `machine create|list|rotate|remove`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from echostream.adapters.cognito_pool import Credentials
from echostream.domain.audit import Action
from echostream.domain.errors import NotFound
from echostream.domain.members import format_roles, parse_roles, scope_of
from echostream.entrypoints.administration import check_name
from echostream_cli import command, console, users
from echostream_cli.operator_log import operator
from echostream_cli.target import Target

app = command.group()
Name = Annotated[str, typer.Argument(help="The machine user's name.")]
Tenant = Annotated[str, typer.Option(help="The machine user's tenant.")]


@app.callback()
def manage_machines() -> None:
    """Create, list, rotate and remove programs that sign in with a client id and a secret."""


@app.command(
    "create",
    epilog=command.examples("machine create importer --tenant acme --roles writer --stage prod"),
)
def create(
    name: Name,
    tenant: Tenant,
    roles: Annotated[str, typer.Option(help="Of reader, writer, admin.")] = "writer",
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
    json: command.Json = False,
) -> None:
    """Create a machine user and print its credentials, which are not stored anywhere else.

    On AWS a machine user costs $6 a month, and its tokens $2.25 per 1,000.
    """
    target = command.target(stage, endpoint)
    chosen = parse_roles(roles)
    check_name(name)
    _require_tenant(target, tenant)
    operator(target).record(tenant, Action.MACHINE_CREATE, name, roles=format_roles(chosen))
    made = users.administration(target).create_machine(tenant, name, chosen, datetime.now(UTC))
    _show(target, made, " ".join(scope_of(role) for role in sorted(chosen)), json)


@app.command("list", epilog=command.examples("machine list --tenant acme"))
def list_machines(
    tenant: Tenant,
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
    json: command.Json = False,
) -> None:
    """List the machine users of a tenant; during a rotation one has two client ids."""
    members = users.directory(command.target(stage, endpoint)).members(tenant)
    machines = [member for member in members if member.identity.kind == "machine"]
    rows = [
        (m.label, m.identity.name, format_roles(m.roles), f"{m.added_at:%Y-%m-%dT%H:%M:%SZ}")
        for m in machines
    ]
    head = ("name", "client_id", "roles", "added_at")
    if json:
        command.print_json([dict(zip(head, row, strict=True)) for row in rows])
    elif rows:
        console.table(head, rows)
    else:
        typer.echo(f"{tenant} has no machine users")


@app.command(
    "rotate",
    epilog=command.examples(
        "machine rotate importer --tenant acme", "machine rotate importer --tenant acme --now"
    ),
)
def rotate(
    name: Name,
    tenant: Tenant,
    now: Annotated[
        bool, typer.Option("--now", help="Make the last credentials invalid at once.")
    ] = False,
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
    json: command.Json = False,
) -> None:
    """Print new credentials; the last ones stay valid until the next rotation."""
    target = command.target(stage, endpoint)
    manage = users.administration(target)
    manage.machine(tenant, name)
    ends = "at once" if now else "with the next rotation"
    operator(target).record(tenant, Action.MACHINE_ROTATE, name, former_credentials_end=ends)
    made = manage.rotate_machine(tenant, name, datetime.now(UTC), now=now)
    _show(target, made, "", json)


@app.command("remove", epilog=command.examples("machine remove importer --tenant acme"))
def remove(
    name: Name, tenant: Tenant, stage: command.Stage = "", endpoint: command.Endpoint = ""
) -> None:
    """Remove a machine user with all its credentials."""
    target = command.target(stage, endpoint)
    manage = users.administration(target)
    machines = manage.machine(tenant, name)
    operator(target).record(tenant, Action.MACHINE_REMOVE, name)
    for member in machines:
        manage.remove(member)
    typer.echo(f"  removed {name} of {tenant}; tokens are refused within MembershipSeconds (60 s)")


def _require_tenant(target: Target, tenant: str) -> None:
    """Raises `NotFound` for an unknown tenant, which has no audit log."""
    if users.directory(target).tenant(tenant) is None:
        raise NotFound("unknown_tenant", f"tenant: {tenant} does not exist; create it first")


def _show(target: Target, made: Credentials, scope: str, json: bool) -> None:
    values = {
        "token_url": target.outputs()["TokenUrl"],
        "client_id": made.identity.name,
        "client_secret": made.secret,
        **({"scope": scope} if scope else {}),
    }
    if json:
        command.print_json(values)
        return
    for name, value in values.items():
        typer.echo(f"  {name:<14} {value}")
