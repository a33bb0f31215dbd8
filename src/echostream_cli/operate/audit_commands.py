"""The command `audit`."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any

import typer

from echostream.domain.audit import AuditEvent, AuditLog, AuditQuestion, event_to_wire
from echostream.domain.model import is_tenant_name
from echostream.entrypoints.audit import action_of
from echostream_cli import command, console, operator_log, users
from echostream_cli.errors import UserError
from echostream_cli.operate import period

PAGE = 500


def audit(
    tenant: Annotated[str, typer.Option(help="The tenant.")] = users.DEMO_TENANT,
    start: Annotated[
        str, typer.Option("--from", help="A day (2026-10-01) or a time, in UTC. Default: all.")
    ] = "",
    end: Annotated[str, typer.Option("--to", help="A day or a time, exclusive.")] = "",
    action: Annotated[str, typer.Option(help="One action only, such as sql.run.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="The largest number of events.")] = 50,
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
    json: command.Json = False,
) -> None:
    """List the newest events of a tenant's audit log: who did what."""
    if not is_tenant_name(tenant):
        raise UserError(f"TENANT: {tenant!r} is not a valid name of a tenant")
    target, now = command.target(stage, endpoint), datetime.now(UTC)
    chosen = period.parse("", start, end, now, now - operator_log.kept(target))
    question = AuditQuestion(chosen.start, chosen.end, action_of(action or None))
    found = list(islice(events(operator_log.audit_log(target), tenant, question), limit))
    if json:
        command.print_json([event_to_wire(event) for event in found])
    elif found:
        console.table(("time", "actor", "action", "subject", "details"), map(to_row, found))
    else:
        typer.echo(f"{tenant}: no event")


EXAMPLES: dict[Callable[..., Any], Sequence[str]] = {
    audit: ("audit --tenant acme", "audit --tenant acme --action access.refused --stage prod"),
}
"""Examples of each command."""


def events(log: AuditLog, tenant: str, question: AuditQuestion) -> Iterator[AuditEvent]:
    """All events of a question, newest first."""
    page = log.read(tenant, question, PAGE)
    yield from page.events
    while page.position:
        page = log.read(tenant, question, PAGE, page.position)
        yield from page.events


def to_row(event: AuditEvent) -> tuple[str, ...]:
    """The columns of an event."""
    details = " ".join(f"{name}={value}" for name, value in sorted(event.details.items()))
    at = f"{event.at:%Y-%m-%dT%H:%M:%SZ}"
    return at, event.actor, event.action, event.subject, details
