"""Commands for operators: backup, restore, replay, rescore, rotate, alarms, quarantine."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import ClientError

from echostream.adapters.s3_lake import S3Lake
from echostream.domain.archive import Archive
from echostream.domain.audit import Action
from echostream.domain.errors import BadRequest
from echostream.domain.model import is_tenant_name
from echostream.entrypoints import wiring
from echostream.entrypoints.config import ProcessorSettings, TableSettings
from echostream_cli import command, console, users
from echostream_cli.errors import UserError
from echostream_cli.lake.compact import show
from echostream_cli.operate import alarms as alarm_readings
from echostream_cli.operate import alerts as alert_watch
from echostream_cli.operate import (
    audit_commands,
    erase_commands,
    quarantine_commands,
    report_commands,
)
from echostream_cli.operate import backup as backup_table
from echostream_cli.operate import period as periods
from echostream_cli.operate import restore as restore_table
from echostream_cli.operate import rotate as rotation
from echostream_cli.operate.lake_objects import LakeObjects
from echostream_cli.operate.recompact import recompact
from echostream_cli.operate.recount import Recount, recount_report
from echostream_cli.operate.replay import Replay, UnchangedLake
from echostream_cli.operate.rescore import (
    ENGINES,
    Rescore,
    RescoreReport,
    RescoreStopped,
    arrivals_of,
)
from echostream_cli.operator_log import record_for_all
from echostream_cli.target import Target

app = command.group()
PANEL = "Operate (sandbox, or a stage with --stage)"
EXAMPLES = (
    quarantine_commands.EXAMPLES
    | erase_commands.EXAMPLES
    | audit_commands.EXAMPLES
    | report_commands.EXAMPLES
)
for run, examples in EXAMPLES.items():
    app.command(rich_help_panel=PANEL, epilog=command.examples(*examples))(run)

Month = Annotated[str, typer.Option(help="A month, like 2026-10.")]
From = Annotated[str, typer.Option("--from", help="A day (2026-10-01) or a time, in UTC.")]
To = Annotated[str, typer.Option("--to", help="A day or a time, exclusive. Default: now.")]


@app.command(
    rich_help_panel=PANEL,
    epilog=command.examples("backup", "backup --stage prod --to prod.jsonl.gz"),
)
def backup(
    to: Annotated[
        Path | None, typer.Option(help="The file to write. Default: in .sandbox/backups/.")
    ] = None,
    table: Annotated[str, typer.Option(help="Another table, such as one restored by AWS.")] = "",
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Write the documents table to a file."""
    target, now = command.target(stage, endpoint), datetime.now(UTC)
    path = to or backup_table.default_path(target, now)
    name = table or target.outputs()["TableName"]
    record_for_all(target, Action.EXPORT, "backup", table=name)
    try:
        number = backup_table.backup(target.client("dynamodb"), target.stack_name, name, path, now)
    except ClientError as error:
        raise UserError(f"no backup was written: {error}; run the command again") from error
    typer.echo(f"{number:,} items of {name}, {path.stat().st_size:,} bytes: {path}")


@app.command(rich_help_panel=PANEL, epilog=command.examples("restore --from prod.jsonl.gz"))
def restore(
    path: Annotated[str, typer.Option("--from", help="The file of the backup.")],
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Restore a backup into the documents table; stored documents do not change."""
    if not path:
        raise BadRequest("missing_field", "FROM: is missing; run make restore FROM=file")
    target = command.target(stage, endpoint)
    command.use_settings_of_processor(target)
    table, now = TableSettings.read(), datetime.now(UTC)
    counts = restore_table.restore(
        target.client("dynamodb"), table.name, table.shards, Path(path), now
    )
    typer.echo(f"{table.name}: {command.format_counts(counts) or 'nothing to restore'}")


@app.command(
    rich_help_panel=PANEL,
    epilog=command.examples(
        "replay --month 2026-10", "replay --from 2026-10-01 --to 2026-10-08 --tenant demo"
    ),
)
def replay(
    month: Month = "",
    start: From = "",
    end: To = "",
    tenant: Annotated[str, typer.Option(help="One tenant only. Default: all.")] = "",
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Write a period of the lake into the documents table again; each document once."""
    now = datetime.now(UTC)
    period = periods.parse(month, start, end, now)
    if tenant:
        _check_tenant(tenant)
    target = command.target(stage, endpoint)
    command.use_settings_of_processor(target)
    s3, bucket = target.client("s3"), ProcessorSettings.read().bucket
    run_replay = Replay(
        LakeObjects(s3, bucket),
        wiring.store(),
        replace(wiring.ingest(), lake=UnchangedLake()),
        Archive(S3Lake(s3, bucket), wiring.erasures(), wiring.now),
        wiring.erasures(),
        partial(_retention_of, target),
    )
    report = run_replay(period, now, tenant or None)
    scored, raw = command.format_counts(report.scored), command.format_counts(report.raw)
    typer.echo(f"scored documents: {scored or 'none in this period'}")
    typer.echo(f"raw text: {raw or 'none in this period'}")
    _exit(report.problems)


@app.command(rich_help_panel=PANEL, epilog=command.examples("recount", "recount --stage prod"))
def recount(
    stage: command.Stage = "", endpoint: command.Endpoint = "", json: command.Json = False
) -> None:
    """Compare the counts of /stats with the documents, and mend them. Exit code 1: try again."""
    target = command.target(stage, endpoint)
    command.use_settings_of_processor(target)
    table = TableSettings.read()
    run_recount = Recount(
        target.client("dynamodb"),
        table.name,
        wiring.store(),
        wiring.counters(),
        table.retention,
        table.window,
    )
    report = run_recount(datetime.now(UTC))
    if json:
        command.print_json(asdict(report))
    else:
        typer.echo("\n".join(recount_report(report)))
    _exit(report.problems, is_failure=bool(report.busy))


@app.command(
    rich_help_panel=PANEL, epilog=command.examples("rescore --engine comprehend --month 2026-10")
)
def rescore(
    engine: Annotated[str, typer.Option(help="vader, comprehend or cascade.")],
    month: Month = "",
    start: From = "",
    end: To = "",
    tenant: Annotated[str, typer.Option(help="The tenant of the documents.")] = users.DEMO_TENANT,
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Add another engine's scores to documents, in the table and the lake."""
    _check_tenant(tenant)
    _check_engine(engine)
    target, now = command.target(stage, endpoint), datetime.now(UTC)
    command.use_settings_of_processor(target)
    retention = _retention_of(target, tenant)
    end_of_period = now + timedelta(hours=1)
    period = periods.parse(month, start, end, end_of_period, default_start=now - retention)
    report, stop = RescoreReport(), ""
    try:
        _make_rescore(target, engine, tenant, retention)(period, now, report)
    except RescoreStopped as error:
        stop = f"stopped after {report.reached}: {error}; then run the same command again"
    typer.echo(f"table: {command.format_counts(report.table) or 'nothing to score'}")
    typer.echo(f"lake: {command.format_counts(report.lake) or 'nothing to score'}")
    compaction = recompact(target, arrivals_of(period, now), now)
    show(compaction)
    if stop:
        raise UserError(stop)
    _exit(report.problems, is_failure=bool(compaction["failed"]))


def _retention_of(target: Target, tenant: str) -> timedelta:
    """The table's retention for a tenant."""
    privacy = users.directory(target).privacy(tenant)
    return privacy.retention(TableSettings.read().retention)


def _make_rescore(target: Target, engine: str, tenant: str, retention: timedelta) -> Rescore:
    settings = ProcessorSettings.read()
    engine_client = wiring.engine(engine, settings, tenant)
    objects = LakeObjects(target.client("s3"), settings.bucket)
    return Rescore(engine, engine_client, wiring.store(), objects, retention, tenant)


@app.command(rich_help_panel=PANEL, epilog=command.examples("rotate"))
def rotate() -> None:
    """Rotate the password of the sandbox's demo user, while programs are signed in."""
    target = command.target()
    outputs, name = target.outputs(), users.DEMO_USER
    secret = rotation.Secret(target.client("secretsmanager"), users.demo_secret(target.stack_name))
    cognito = target.client("cognito-idp")
    rotation.rotate(secret, cognito, outputs["UserPoolId"], outputs["UserPoolClientId"], name)
    typer.echo(f"{name} now signs in with the new password; the old one is rejected")


@app.command(rich_help_panel=PANEL, epilog=command.examples("alerts", "alerts --days 30"))
def alerts(
    days: Annotated[
        int, typer.Option(min=1, max=30, help="Compare the hours of so many days.")
    ] = 2,
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
    json: command.Json = False,
) -> None:
    """Compare the last hours with their baselines now, and print new alerts."""
    target = command.target(stage, endpoint)
    command.use_settings_of_processor(target)
    with console.waiting("comparing hours"):
        report = alert_watch.watch(target, TableSettings.read(), timedelta(days=days))
    if json:
        command.print_json(report)
    else:
        alert_watch.show(report)


@app.command(rich_help_panel=PANEL, epilog=command.examples("alarms", "alarms --stage prod --json"))
def alarms(
    stage: command.Stage = "", endpoint: command.Endpoint = "", json: command.Json = False
) -> None:
    """Print each alarm's state, value and runbook entry. Exit code 1 if an alarm fires."""
    target = command.target(stage, endpoint)
    with console.waiting("reading logs and metrics"):
        readings = alarm_readings.read(target, datetime.now(UTC))
    if json:
        command.print_json([alarm_readings.to_json(reading) for reading in readings])
    else:
        rows = [(reading.state, reading.title, reading.why) for reading in readings]
        console.table(("state", "alarm", "reading"), rows)
    raise typer.Exit(1 if any(reading.state == "alarm" for reading in readings) else 0)


def _check_tenant(tenant: str) -> None:
    if not is_tenant_name(tenant):
        raise BadRequest("invalid_value", f"TENANT: {tenant!r} is not a valid name of a tenant")


def _check_engine(engine: str) -> None:
    if engine not in ENGINES:
        raise UserError(f"ENGINE: must be one of {', '.join(ENGINES)}, is {engine!r}")


def _exit(problems: list[str], is_failure: bool = False) -> None:
    """Print the objects and lines that were left out; exit code 1 if there are any."""
    for problem in problems:
        typer.echo(f"  left out: {problem}", err=True)
    raise typer.Exit(1 if problems or is_failure else 0)
