"""The commands `erase` and `erasures`."""

import secrets
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from echostream.domain.audit import Action
from echostream.domain.erase import STORED_WITHIN
from echostream.domain.erasure import (
    Erased,
    Erasure,
    Erasures,
    Subject,
    erasure_id,
    subject_of,
)
from echostream.domain.model import is_tenant_name
from echostream.entrypoints import wiring
from echostream.entrypoints.erasure_requests import to_wire
from echostream_cli import command, console, erasure_jobs, users
from echostream_cli.errors import UserError
from echostream_cli.operator_log import operator

NEWEST = 20
Tenant = Annotated[str, typer.Option(help="The tenant of the documents.")]


def erase(
    document: Annotated[str, typer.Option("--id", help="The id of a document.")] = "",
    author: Annotated[str, typer.Option(help="The author of documents, as they were sent.")] = "",
    resume: Annotated[str, typer.Option(help="Continue the erasure with this id.")] = "",
    tenant: Tenant = users.DEMO_TENANT,
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
    json: command.Json = False,
) -> None:
    """Erase a document, or all documents of an author, from every store.

    The command waits for the first round. The second one, a quarter of an hour
    later, erases what functions wrote that ran meanwhile.
    """
    _check(tenant, document, author, resume)
    target = command.target(stage, endpoint)
    command.use_settings_of_processor(target)
    erasures, queue = wiring.erasures(), erasure_jobs.queue(target)
    name = resume or erasure_id(datetime.now(UTC), secrets.token_hex(4))
    if resume:
        _find(erasures, tenant, resume)
    if resume:
        queue.send(tenant, name, timedelta(0))
    else:
        subject = _subject(document, author)
        operator(target).record(tenant, Action.ERASURE_REQUEST, name, kind=subject.kind)
        queue.send(tenant, name, STORED_WITHIN)
        erasures.create(tenant, name, subject, datetime.now(UTC))
    with console.waiting("erasing") as show:
        erasure = erasure_jobs.wait(erasures, tenant, name, time.sleep, show)
    if json:
        command.print_json(to_wire(erasure))
    else:
        typer.echo("\n".join(erasure_jobs.report(erasure)))


def erasures(
    tenant: Tenant = users.DEMO_TENANT,
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
    json: command.Json = False,
) -> None:
    """List the newest erasures of a tenant, and how far they are."""
    _check(tenant, "", "", "-")
    target = command.target(stage, endpoint)
    command.use_settings_of_processor(target)
    newest = wiring.erasures().newest(tenant, NEWEST)
    if json:
        command.print_json([to_wire(erasure) for erasure in newest])
    elif newest:
        head = ("id", "of", "state", "documents", "objects")
        console.table(head, map(_to_row, newest), right={3, 4})
    else:
        typer.echo(f"{tenant}: no erasure")


EXAMPLES: dict[Callable[..., Any], Sequence[str]] = {
    erase: ("erase --id post-17", 'erase --author "Ann O\'Hara" --tenant acme --stage prod'),
    erasures: ("erasures --tenant acme", "erasures --json"),
}
"""Examples of each command."""


def _check(tenant: str, document: str, author: str, resume: str) -> None:
    if not is_tenant_name(tenant):
        raise UserError(f"TENANT: {tenant!r} is not a valid name of a tenant")
    if sum(map(bool, (document, author, resume))) != 1:
        raise UserError("one of ID=, AUTHOR= and RESUME= is needed, for example: make erase ID=x")


def _subject(document: str, author: str) -> Subject:
    return subject_of("document", document) if document else subject_of("author", author)


def _find(erasures: Erasures, tenant: str, name: str) -> None:
    erasure = erasures.get(tenant, name)
    if erasure is None:
        raise UserError(f"RESUME: {tenant} has no erasure {name!r}; list them: make erasures")


def _to_row(erasure: Erasure) -> tuple[str, ...]:
    sums = sum(erasure.erased.values(), Erased())
    return erasure.id, erasure.kind, erasure.state, f"{sums.documents:,}", f"{sums.objects:,}"
