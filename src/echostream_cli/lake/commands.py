"""Commands on the lake: query, compact, crawl."""

from pathlib import Path
from typing import Annotated

import typer

from echostream.domain.codec import time_from_wire
from echostream_cli import command, users
from echostream_cli.errors import UserError
from echostream_cli.lake import compact as compaction
from echostream_cli.lake import crawl as crawling
from echostream_cli.lake import query as querying

app = command.group()
PANEL = "Lake (sandbox, or a stage with --stage)"
FORMATS = ("table", "csv", "json")


@app.command(rich_help_panel=PANEL)
def query(
    sql: Annotated[str, typer.Option(help="The statement.")] = "",
    file: Annotated[Path | None, typer.Option(help="A file that holds the statement.")] = None,
    tenant: Annotated[
        str, typer.Option(help="Whose documents; empty: send the statement as it is.")
    ] = users.DEMO_TENANT,
    form: Annotated[str, typer.Option("--format", help="table, csv or json (lines).")] = "table",
    rows: Annotated[int, typer.Option(min=1, help="How many rows at most.")] = 1000,
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Run SQL over the lake: a SELECT over `documents` and `raw` of one tenant.

    Example: echostream query --sql "SELECT source, count(*) FROM documents GROUP BY 1"
    """
    if form not in FORMATS:
        raise UserError(f"FORMAT: must be one of {', '.join(FORMATS)}, is {form!r}")
    if not sql and file is None:
        raise UserError("SQL: write a SELECT, or name a file that holds one with FILE=")
    if sql and file is not None:
        raise UserError("SQL: stands for FILE; give either")
    lake = querying.tenant_lake(command.target(stage, endpoint))
    statement = sql if file is None else querying.read(file)
    try:
        querying.show(querying.run(lake, statement, tenant, rows), form)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("stopped, at Athena too") from None


@app.command(rich_help_panel=PANEL)
def compact(
    at: Annotated[str, typer.Option(help="As if it were then: 2026-01-31T09:30:00Z.")] = "",
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Turn closed days of the lake into Parquet now; a schedule does it at night."""
    moment = time_from_wire("AT", at) if at else None
    report = compaction.compact(command.target(stage, endpoint), moment)
    compaction.show(report)
    raise typer.Exit(1 if report["failed"] else 0)


@app.command(rich_help_panel=PANEL)
def crawl(
    crawler: Annotated[str, typer.Option(help="A crawler's name. Default: the stack's.")] = "",
    path: Annotated[str, typer.Option(help="Crawl this folder: s3://bucket/folder/.")] = "",
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Find the schemas of files in S3 and make tables of them."""
    if crawler and path:
        raise UserError("CRAWLER: stands for FOLDER; give either")
    try:
        crawling.run(command.target(stage, endpoint), crawler, path)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("interrupted; the crawl was told to stop") from None
