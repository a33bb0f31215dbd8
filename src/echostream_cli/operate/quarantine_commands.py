"""The commands `quarantine` and `requeue`."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from echostream.adapters.s3_quarantine import S3Quarantine
from echostream.domain.errors import BadRequest
from echostream.domain.quarantine import Quarantined, item_to_wire
from echostream.entrypoints import wiring
from echostream_cli import command, console, users
from echostream_cli.errors import UserError
from echostream_cli.operate import quarantine_file
from echostream_cli.operate.dead_letters import DeadLetters
from echostream_cli.operate.requeue import Requeue
from echostream_cli.target import Target


def quarantine(
    show: Annotated[str, typer.Option(help="Print the item with this id.")] = "",
    to: Annotated[
        Path | None, typer.Option(help="A file to write the items to, to mend them.")
    ] = None,
    tenant: Annotated[str, typer.Option(help="One tenant only. Default: all.")] = "",
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
    json: command.Json = False,
) -> None:
    """List documents that were accepted and cannot be processed.

    Batches of the stream that failed until Lambda gave up are copied from the
    stream first. Correct the documents of the file, then run requeue with it.
    """
    target = command.target(stage, endpoint)
    store = _open(target)
    if "StreamName" in target.outputs():
        command.use_settings_of_processor(target)
        _collect(target, store)
    items = sorted(store.items(tenant), key=lambda item: item.quarantined_at)
    if show:
        command.print_json(item_to_wire(_find(items, show)))
    elif to:
        typer.echo(f"{quarantine_file.write(items, to):,} items: {to}")
    elif json:
        command.print_json([{"id": item.id, **item_to_wire(item)} for item in items])
    elif items:
        head = ("tenant", "time", "reason", "bytes", "id")
        console.table(head, map(_to_row, items), right={3})
    else:
        typer.echo("the quarantine is empty")


def requeue(
    path: Annotated[str, typer.Option("--from", help="A file of quarantine --to, mended.")],
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Store mended documents, and remove them from quarantine; each once."""
    if not path:
        raise BadRequest("missing_field", "FROM: is missing; run make requeue FROM=file")
    target = command.target(stage, endpoint)
    command.use_settings_of_processor(target)
    privacy_of = users.directory(target).privacy
    run = Requeue(wiring.ingest(), _open(target), wiring.erasures(), privacy_of)
    report = run(quarantine_file.read(Path(path)), datetime.now(UTC))
    typer.echo(command.format_counts(report.documents) or "nothing to requeue")
    for problem in report.problems:
        typer.echo(f"  not stored: {problem}", err=True)
    raise typer.Exit(1 if report.problems else 0)


EXAMPLES: dict[Callable[..., Any], Sequence[str]] = {
    quarantine: ("quarantine", "quarantine --to mend.jsonl --stage prod", "quarantine --json"),
    requeue: ("requeue --from mend.jsonl", "requeue --from mend.jsonl --stage prod"),
}
"""Examples of each command."""


def _open(target: Target) -> S3Quarantine:
    return S3Quarantine(target.client("s3"), target.outputs()["LakeBucket"])


def _collect(target: Target, store: S3Quarantine) -> None:
    """Copy failed batches of the stream; a batch that is not complete is named on stderr."""
    sqs, kinesis = target.client("sqs"), target.client("kinesis")
    url = target.outputs()["DeadLettersUrl"]
    collect = DeadLetters(sqs, kinesis, url, store, wiring.erasures())
    report = collect(datetime.now(UTC))
    if report.added:
        typer.echo(f"{report.added:,} documents of failed batches were copied here", err=True)
    for problem in report.problems:
        typer.echo(f"  lost: {problem}", err=True)


def _find(items: Sequence[Quarantined], name: str) -> Quarantined:
    for item in items:
        if item.id == name:
            return item
    raise UserError(f"ID: no item {name!r} is in quarantine; list them with: make quarantine")


def _to_row(item: Quarantined) -> tuple[str, ...]:
    time = f"{item.quarantined_at.astimezone():%Y-%m-%d %H:%M:%S}"
    return item.tenant or "(unknown)", time, item.reason, f"{len(item.payload):,}", item.id
