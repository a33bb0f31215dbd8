"""The command `import`: shows how a file is read, then sends it."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from echostream_cli.data import import_preview, import_run
from echostream_cli.data.import_run import OpenedFile
from echostream_import.documents.plan import Options, Plan, make_plan
from echostream_import.reading.opening import ReadOptions
from echostream_import.rows import FileError

HEADERS = {"": None, "no": True, "yes": False}
"""Whether a file has no header, by the option HEADER."""


def import_file(
    file: Annotated[str, typer.Option(help="A file, a folder, or - for standard input.")],
    text: Annotated[str, typer.Option(help="The column with the text, or columns: a+b.")] = "",
    title: Annotated[str, typer.Option(help="The column with the title.")] = "",
    source: Annotated[str, typer.Option(help="The column with the source, or a name.")] = "",
    created_at: Annotated[str, typer.Option(help="The column with the time.")] = "",
    id_: Annotated[str, typer.Option("--id", help="The column with the id; none.")] = "",
    author: Annotated[str, typer.Option(help="The column with the author.")] = "",
    url: Annotated[str, typer.Option(help="The column with the address.")] = "",
    language: Annotated[str, typer.Option(help="The column with the language.")] = "",
    channel: Annotated[
        str, typer.Option(help="The column with the channel: subreddit, feed, hashtag.")
    ] = "",
    rating: Annotated[str, typer.Option(help="The column with the rating.")] = "",
    attributes: Annotated[str, typer.Option(help="Columns to keep: a,b; all; none.")] = "",
    encoding: Annotated[str, typer.Option(help="The encoding: windows-1252.")] = "",
    header: Annotated[str, typer.Option(help="no: the first row has no names.")] = "",
    date_format: Annotated[str, typer.Option(help="DMY, MDY, YMD, or like %d.%m.%Y.")] = "",
    tz: Annotated[str, typer.Option(help="The zone of times without one: Europe/Berlin.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Send nothing.")] = False,
    update: Annotated[bool, typer.Option("--update", help="Replace edited texts.")] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Do not continue: begin anew.")
    ] = False,
) -> None:
    """Send your own file. Columns are detected by name; refused rows go to FILE.rejected.csv.

    Exit code 1: some rows were refused; 2: a question or a wrong option, nothing was sent.
    """
    options = Options(
        text=text,
        title=title,
        source=source,
        created_at=created_at,
        id=id_,
        author=author,
        url=url,
        language=language,
        channel=channel,
        rating=rating,
        attributes=attributes,
        date_format=date_format,
        tz=tz,
    )
    try:
        opened = import_run.open_file(file, ReadOptions(encoding, _is_headerless(header)))
        plan = _shown_plan(opened, options)
        if dry_run:
            typer.echo("DRY_RUN: nothing was sent")
            return
        given = {**asdict(options), "encoding": encoding, "header": header}
        run = import_run.begin(opened, plan, given, is_update=update, is_restarted=restart)
    except FileError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error
    with run.journal:
        account = run()
    raise typer.Exit(1 if account.refused else 0)


def _is_headerless(header: str) -> bool | None:
    if header not in HEADERS:
        raise FileError(f"HEADER: must be no or yes, is {header!r}")
    return HEADERS[header]


def _shown_plan(file: OpenedFile, options: Options) -> Plan:
    """How the file becomes documents, after it is shown. Raises `FileError` for a question."""
    plan = make_plan(file.rows, options, datetime.now(UTC))
    import_preview.show(file.rows, plan)
    if plan.questions:
        raise FileError("\n  ".join(plan.questions))
    return plan
