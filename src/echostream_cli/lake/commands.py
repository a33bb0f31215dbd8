"""Commands on the lake: query, compact, crawl."""

from pathlib import Path
from typing import Annotated

import typer

from echostream.domain.audit import Action, statement_hash
from echostream.domain.codec import time_from_wire
from echostream_cli import command, users
from echostream_cli.console import waiting
from echostream_cli.errors import UserError
from echostream_cli.lake import compact as compaction
from echostream_cli.lake import crawl as crawling
from echostream_cli.lake import crawl_report, show_query
from echostream_cli.lake import query as querying
from echostream_cli.operator_log import operator, record_for_all
from echostream_client.tenant_lake import Reader

app = command.group()
PANEL = "Lake (sandbox, or a stage with --stage)"
FORMATS = ("table", "csv", "json")


@app.command(
    rich_help_panel=PANEL,
    epilog=command.examples(
        'query --sql "SELECT source, count(*) FROM documents GROUP BY 1"',
        "query --file queries/04-loudest-authors.sql --format csv --stage prod",
    ),
)
def query(
    sql: Annotated[str, typer.Option(help="The statement.")] = "",
    file: Annotated[Path | None, typer.Option(help="A file with the statement.")] = None,
    tenant: Annotated[
        str, typer.Option(help="The tenant; empty: run the statement as it is, on any table.")
    ] = users.DEMO_TENANT,
    form: Annotated[str, typer.Option("--format", help="table, csv or json (lines).")] = "table",
    rows: Annotated[int, typer.Option(min=1, help="The largest number of rows.")] = 1000,
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Run SQL over the lake: a SELECT over `documents` and `raw` of one tenant."""
    if form not in FORMATS:
        raise UserError(f"FORMAT: must be one of {', '.join(FORMATS)}, is {form!r}")
    if not sql and file is None:
        raise UserError("SQL: empty; write a SELECT, or set FILE= to a file with one")
    if sql and file is not None:
        raise UserError("SQL: cannot be combined with FILE; set one of them")
    target = command.target(stage, endpoint)
    lake, statement = querying.tenant_lake(target), sql if file is None else querying.read(file)
    reader = Reader(tenant, operator(target).actor) if tenant else None
    if reader is None:
        digest = statement_hash(statement)
        record_for_all(target, Action.SQL_RUN, "all tenants", sha256=digest)
    try:
        outcome = show_query.run(lake, statement, reader, rows)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("interrupted; the query in Athena was stopped") from None
    show_query.show(outcome, form)


@app.command(
    rich_help_panel=PANEL,
    epilog=command.examples("compact", "compact --stage prod --at 2026-01-31T09:30:00Z"),
)
def compact(
    at: Annotated[str, typer.Option(help="Run as if at this time: 2026-01-31T09:30:00Z.")] = "",
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
    json: command.Json = False,
) -> None:
    """Turn closed days of the lake into Parquet now. A schedule does it every night."""
    moment = time_from_wire("AT", at) if at else None
    target = command.target(stage, endpoint)
    with waiting("compacting"):
        report = compaction.compact(target, moment)
    if json:
        command.print_json(report)
    else:
        compaction.show(report)
    raise typer.Exit(1 if report["failed"] else 0)


@app.command(
    rich_help_panel=PANEL,
    epilog=command.examples("crawl", "crawl --path s3://bucket/folder/ --json"),
)
def crawl(
    crawler: Annotated[str, typer.Option(help="The name of a crawler. Default: the stack's.")] = "",
    path: Annotated[str, typer.Option(help="Crawl this folder: s3://bucket/folder/.")] = "",
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
    json: command.Json = False,
) -> None:
    """Detect the schemas of files in S3 and create a table for each folder."""
    if crawler and path:
        raise UserError("CRAWLER: cannot be combined with FOLDER; set one of them")
    try:
        report = crawling.run(command.target(stage, endpoint), crawler, path)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("interrupted; the crawler was stopped") from None
    if json:
        command.print_json(crawl_report.to_json(report))
    else:
        crawl_report.show(report)
    crawling.require_success(report)
