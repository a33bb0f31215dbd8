"""Commands for operators, on the sandbox or on a stage: backup, restore, replay, rescore, ..."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import ClientError

from echostream.domain.errors import BadRequest
from echostream.domain.model import is_tenant_name
from echostream.entrypoints import wiring
from echostream.entrypoints.config import ProcessorSettings, TableSettings
from echostream_cli import command, users
from echostream_cli.errors import UserError
from echostream_cli.lake.compact import show
from echostream_cli.operate import alarms as readings
from echostream_cli.operate import backup as backups
from echostream_cli.operate import period, recompact
from echostream_cli.operate import restore as restoring
from echostream_cli.operate import rotate as rotation
from echostream_cli.operate.lake_objects import LakeObjects
from echostream_cli.operate.replay import Replay, ScoredOnly
from echostream_cli.operate.rescore import ENGINES, Done, Rescore, Stopped, arrivals
from echostream_cli.target import Target

app = command.group()
PANEL = "Operate (sandbox, or a stage with --stage)"

Month = Annotated[str, typer.Option(help="A month, like 2026-10.")]
From = Annotated[str, typer.Option("--from", help="A day (2026-10-01) or a time, in UTC.")]
To = Annotated[str, typer.Option("--to", help="Likewise, exclusive. Default: now.")]


@app.command(rich_help_panel=PANEL)
def backup(
    to: Annotated[
        Path | None, typer.Option(help="The file. Default: in .sandbox/backups/.")
    ] = None,
    table: Annotated[str, typer.Option(help="Another table, such as one that AWS restored.")] = "",
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Write the documents table to a file."""
    target, now = command.target(stage, endpoint), datetime.now(UTC)
    path = to or backups.default_path(target, now)
    name = table or target.outputs()["TableName"]
    try:
        number = backups.backup(target.client("dynamodb"), target.stack_name, name, path, now)
    except ClientError as error:
        raise UserError(f"no backup was written: {error}; run the command again") from error
    typer.echo(f"{number:,} items of {name}, {path.stat().st_size:,} bytes: {path}")


@app.command(rich_help_panel=PANEL)
def restore(
    path: Annotated[str, typer.Option("--from", help="The backup's file.")],
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Put a backup back into the documents table; what the table holds stays."""
    if not path:
        raise BadRequest("missing_field", "FROM: which file? make restore FROM=file")
    target = command.target(stage, endpoint)
    command.use_settings_of_processor(target)
    table, now = TableSettings.read(), datetime.now(UTC)
    counts = restoring.restore(target.client("dynamodb"), table.name, table.shards, Path(path), now)
    typer.echo(f"{table.name}: {command.format_counts(counts) or 'nothing to restore'}")


@app.command(rich_help_panel=PANEL)
def replay(
    month: Month = "",
    start: From = "",
    end: To = "",
    tenant: Annotated[str, typer.Option(help="One tenant only. Default: all.")] = "",
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Take a period of the lake into the documents table again; nothing is doubled."""
    now = datetime.now(UTC)
    asked = period.of(month, start, end, now)
    if tenant:
        _check_tenant(tenant)
    target = command.target(stage, endpoint)
    command.use_settings_of_processor(target)
    ingest = wiring.ingest()
    ingest = replace(ingest, lake=ScoredOnly(ingest.lake))
    objects = LakeObjects(target.client("s3"), ProcessorSettings.read().bucket)
    replaying = Replay(objects, wiring.store(), ingest, TableSettings.read().retention)
    done = replaying(asked, now, tenant or None)
    typer.echo(f"scored before: {command.format_counts(done.scored) or 'nothing in this period'}")
    typer.echo(f"raw text: {command.format_counts(done.raw) or 'nothing in this period'}")
    _end(done.problems)


@app.command(rich_help_panel=PANEL)
def rescore(
    engine: Annotated[str, typer.Option(help="vader, comprehend or cascade.")],
    month: Month = "",
    start: From = "",
    end: To = "",
    tenant: Annotated[str, typer.Option(help="Whose documents.")] = users.DEMO_TENANT,
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Score documents with another engine, in table and lake; both scores stay."""
    _check_tenant(tenant)
    _check_engine(engine)
    target, now = command.target(stage, endpoint), datetime.now(UTC)
    command.use_settings_of_processor(target)
    retention = TableSettings.read().retention
    asked = period.of(month, start, end, now + timedelta(hours=1), start=now - retention)
    done, stopped = Done(), ""
    try:
        _rescoring(target, engine, tenant, retention)(asked, now, done)
    except Stopped as error:
        stopped = f"stopped after {done.reached}: {error}; then run the same command again"
    typer.echo(f"table: {command.format_counts(done.table) or 'nothing to score'}")
    typer.echo(f"lake: {command.format_counts(done.lake) or 'nothing to score'}")
    report = recompact.again(target, arrivals(asked, retention, now), now)
    show(report)
    if stopped:
        raise UserError(stopped)
    _end(done.problems, is_failure=bool(report["failed"]))


def _rescoring(target: Target, engine: str, tenant: str, retention: timedelta) -> Rescore:
    settings = ProcessorSettings.read()
    scoring = wiring.engine(engine, settings, tenant)
    objects = LakeObjects(target.client("s3"), settings.bucket)
    return Rescore(engine, scoring, wiring.store(), objects, retention, tenant)


@app.command(rich_help_panel=PANEL)
def rotate(
    who: Annotated[str, typer.Option(help="producer or demo.")] = "producer",
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Give a machine user another password while it works."""
    if who not in rotation.WHO:
        raise UserError(f"WHO: must be one of {', '.join(rotation.WHO)}, is {who!r}")
    target = command.target(stage, endpoint)
    outputs = target.outputs()
    name = rotation.secret_name(who, target, outputs)
    secret = rotation.Secret(target.client("secretsmanager"), name)
    cognito = target.client("cognito-idp")
    rotation.rotate(secret, cognito, outputs["UserPoolId"], outputs["UserPoolClientId"], who)
    typer.echo(f"{who} signs in with another password now; the old one is refused")


@app.command(rich_help_panel=PANEL)
def alarms(
    stage: command.Stage = "", endpoint: command.Endpoint = "", json: command.Json = False
) -> None:
    """Print the current value behind each alarm, and the runbook's entry. Exit code 1: an alarm."""
    found = readings.read(command.target(stage, endpoint), datetime.now(UTC))
    if json:
        command.print_json([readings.to_json(one) for one in found])
    else:
        for one in found:
            typer.echo(f"{one.state:<7} {one.title:<34} {one.why}")
    raise typer.Exit(1 if any(one.state == "alarm" for one in found) else 0)


def _check_tenant(tenant: str) -> None:
    if not is_tenant_name(tenant):
        raise BadRequest("invalid_value", f"TENANT: no tenant is named {tenant!r}")


def _check_engine(engine: str) -> None:
    if engine not in ENGINES:
        raise UserError(f"ENGINE: must be one of {', '.join(ENGINES)}, is {engine!r}")


def _end(problems: list[str], is_failure: bool = False) -> None:
    """Name the objects that could not be read; exit code 1 where there are any."""
    for problem in problems:
        typer.echo(f"  not read: {problem}", err=True)
    raise typer.Exit(1 if problems or is_failure else 0)
