"""The commands `tenant create|list|show|suspend|resume|quota|delete`."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated

import typer

from echostream.adapters.dynamodb_directory import DynamoDBDirectory
from echostream.domain.audit import Action
from echostream.domain.errors import Conflict, NotFound
from echostream.domain.members import Role, Tenant, TenantState, format_roles
from echostream.domain.privacy import PrivacyOptions
from echostream_cli import command, console, users
from echostream_cli.errors import UserError
from echostream_cli.operator_log import operator
from echostream_cli.target import Target
from echostream_cli.tenants import deletion

app = command.group()
Name = Annotated[str, typer.Argument(help="The tenant's name.", show_default=False)]
Quota = Annotated[str, typer.Option(help="A number, or default.")]


@app.callback()
def manage_tenants() -> None:
    """Create, list, suspend, resume and delete tenants."""


@app.command(
    "create", epilog=command.examples("tenant create acme", "tenant create acme --stage prod")
)
def create(name: Name, stage: command.Stage = "", endpoint: command.Endpoint = "") -> None:
    """Create a tenant without members."""
    target = command.target(stage, endpoint)
    directory = users.directory(target)
    if directory.tenant(name):
        raise Conflict("exists", f"tenant: {name} exists already")
    recorded_at = operator(target).record(name, Action.TENANT_CREATE, name)
    directory.create_tenant(name, recorded_at)  # the tenant reads the events since its creation
    typer.echo(
        f"  created {name}; add its first admin: echostream member invite NAME --tenant {name}"
    )


@app.command("list", epilog=command.examples("tenant list", "tenant list --stage prod --json"))
def list_tenants(
    stage: command.Stage = "", endpoint: command.Endpoint = "", json: command.Json = False
) -> None:
    """List the tenants of a deployment."""
    tenants = users.directory(command.target(stage, endpoint)).tenants()
    if json:
        command.print_json([asdict(tenant) for tenant in tenants])
    elif tenants:
        console.table(("tenant", "state", "admins", "created"), map(_to_row, tenants), right={2})
    else:
        typer.echo("there are no tenants; create one with: echostream tenant create NAME")


@app.command("show", epilog=command.examples("tenant show acme", "tenant show acme --json"))
def show(
    name: Name,
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
    json: command.Json = False,
) -> None:
    """Print a tenant's state, its members and its machine users."""
    directory = users.directory(command.target(stage, endpoint))
    tenant = get(directory, name)
    members = directory.members(name)
    if json:
        command.print_json({**asdict(tenant), "members": [asdict(member) for member in members]})
        return
    typer.echo(f"  {name}: {tenant.state}, created {_date(tenant.created_at)}")
    quotas = asdict(tenant.quotas).items()
    typer.echo("  quotas: " + ", ".join(f"{field} {_format_quota(n)}" for field, n in quotas))
    typer.echo(f"  {format_privacy(tenant.privacy)}")
    rows = [(m.label, m.identity.kind, format_roles(m.roles), _date(m.added_at)) for m in members]
    if rows:
        console.table(("member", "kind", "roles", "added"), rows, indent=2)
    if not any(Role.ADMIN in member.roles for member in members):
        typer.echo(f"  no member has the role admin: echostream member invite NAME --tenant {name}")


@app.command("suspend", epilog=command.examples("tenant suspend acme --stage prod"))
def suspend(name: Name, stage: command.Stage = "", endpoint: command.Endpoint = "") -> None:
    """Refuse all requests of a tenant's members; its data stays."""
    _set_state(command.target(stage, endpoint), name, TenantState.SUSPENDED)


@app.command("resume", epilog=command.examples("tenant resume acme --stage prod"))
def resume(name: Name, stage: command.Stage = "", endpoint: command.Endpoint = "") -> None:
    """Accept requests of a suspended tenant's members again."""
    _set_state(command.target(stage, endpoint), name, TenantState.ACTIVE)


@app.command(
    "quota",
    epilog=command.examples(
        "tenant quota acme --requests 20 --documents 100000", "tenant quota acme --stored default"
    ),
)
def set_quotas(
    name: Name,
    requests: Quota = "",
    documents: Quota = "",
    stored: Quota = "",
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Set quotas of a tenant: requests a second, documents a day, stored documents.

    0 is no limit, `default` the deployment's parameter; a quota that is not
    named stays.
    """
    target = command.target(stage, endpoint)
    directory = users.directory(target)
    tenant = get(directory, name)
    given = {"requests": requests, "documents": documents, "stored": stored}
    changes = {field: _parse_quota(field, text) for field, text in given.items() if text}
    quotas = replace(tenant.quotas, **changes)
    asked = {field: text for field, text in given.items() if text}
    operator(target).record(name, Action.TENANT_QUOTA, name, **asked)
    directory.set_quotas(name, quotas)
    for field, number in asdict(quotas).items():
        typer.echo(f"  {field:<10} {_format_quota(number)}")


@app.command(
    "delete",
    epilog=command.examples("tenant delete acme", "tenant delete acme --confirm acme --json"),
)
def delete(
    name: Name,
    confirm: Annotated[
        str, typer.Option(help="The name again, to delete without a question.")
    ] = "",
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
    json: command.Json = False,
) -> None:
    """Delete a tenant: its members, machine users and all of its data, for good.

    The command waits for the first round of the erasure; the next ones follow
    by themselves. Interrupted, run it again. Spent units and the receipts stay.
    """
    target = command.target(stage, endpoint)
    tenant = users.directory(target).tenant(name)
    with command.steps_to_stderr(json):
        done = None if tenant else deletion.find_former(target, name)
        if done is None:
            found = get(users.directory(target), name)
            what = f"This deletes all documents and members of {name} in {target.where()}."
            console.confirm_by_name(name, what, confirm, "--confirm ")
            done = deletion.delete(target, found)
    if json:
        command.print_json(done.to_json())
    else:
        typer.echo("\n".join(done.lines()))


def _parse_quota(field: str, text: str) -> int | None:
    if text == "default":
        return None
    if not (text.isascii() and text.isdigit()):
        raise UserError(f"{field.upper()}: must be a whole number or default, is {text!r}")
    return int(text)


def format_privacy(options: PrivacyOptions) -> str:
    """Privacy options as text; the key of pseudonyms is not among them."""
    authors = "pseudonym" if options.pseudonyms else "plain"
    redact = "on" if options.redact else "off"
    table, lake = (days or "default" for days in (options.table_days, options.lake_days))
    return f"privacy: authors {authors}, redact {redact}, table days {table}, lake days {lake}"


def _format_quota(number: int | None) -> str:
    return "default" if number is None else f"{number:,}" if number else "no limit"


def get(directory: DynamoDBDirectory, name: str) -> Tenant:
    """A tenant. Raises `NotFound`."""
    tenant = directory.tenant(name)
    if tenant is None:
        raise NotFound("unknown_tenant", f"NAME: there is no tenant {name}; see tenant list")
    return tenant


def _set_state(target: Target, name: str, state: TenantState) -> None:
    directory = users.directory(target)
    get(directory, name)
    is_resumed = state is TenantState.ACTIVE
    action = Action.TENANT_RESUME if is_resumed else Action.TENANT_SUSPEND
    operator(target).record(name, action, name)
    directory.set_state(name, state)
    typer.echo(f"  {name} is {state}; functions follow within MembershipSeconds (60 s by default)")


def _to_row(tenant: Tenant) -> tuple[str, ...]:
    return tenant.name, tenant.state, f"{tenant.admins}", _date(tenant.created_at)


def _date(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
