"""Commands that send documents: seed, import, live; and the command group `source`."""

import itertools
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from echostream_cli import command, console
from echostream_cli.data import import_file as importer
from echostream_cli.data import live_source, source_commands
from echostream_cli.data.live import Live
from echostream_cli.data.user_file import UserFile
from echostream_cli.errors import UserError
from echostream_cli.outputs import running_api
from echostream_client.api import ApiClient, ApiFailed
from echostream_client.send import send
from echostream_sources.kinds import KINDS
from seed.dataset import DATASETS, documents
from seed.timeline import DAYS, MAX_DAYS

app = command.group()
PANEL = "Data"
app.add_typer(source_commands.app, name="source", rich_help_panel=PANEL)


@app.command(
    rich_help_panel=PANEL,
    epilog=command.examples(
        "seed --number 4000 --dataset reviews", "seed --number 20000 --days 30"
    ),
)
def seed(
    number: Annotated[int, typer.Option(min=1, help="The number of documents.")] = 1000,
    dataset: Annotated[str, typer.Option(help=f"One of {', '.join(DATASETS)}.")] = "tweets",
    days: Annotated[
        int | None,
        typer.Option(
            help=f"The days before now that have documents, up to {MAX_DAYS}; texts may repeat.",
            show_default=str(DAYS),
        ),
    ] = None,
) -> None:
    """Send sample documents to the sandbox. Exit code 1: some were rejected."""
    if dataset not in DATASETS:
        raise UserError(f"DATASET: must be one of {', '.join(DATASETS)}, is {dataset!r}")
    if days is not None and not 1 <= days <= MAX_DAYS:
        raise UserError(f"DAYS: must be from 1 to {MAX_DAYS}, is {days}")
    client = running_api()
    batch = documents(dataset, number, datetime.now(UTC), days)
    if len(batch) < number:
        typer.echo(f"{dataset} has {len(batch)} texts; sending each once (DAYS= repeats them)")
    with console.progress("sending", "documents", len(batch)) as advance:
        sent = send(client, batch, advance)
    _wait_until_counted(client, sent.received_at)
    rate = sent.accepted / sent.seconds
    typer.echo(f"accepted {sent.accepted}, rejected {len(sent.rejected)}, {rate:,.0f} documents/s")
    for rejection in sent.rejected[:5]:
        typer.echo(f"  {rejection['id']}: {rejection['message']}")
    raise typer.Exit(1 if sent.rejected else 0)


@app.command(
    "import",
    rich_help_panel=PANEL,
    epilog=command.examples(
        "import --file reviews.csv", "import --file posts.jsonl --text body --created-at date"
    ),
)
def import_file(
    file: Annotated[str, typer.Option(help="CSV, or JSON Lines with the extension .jsonl.")],
    text: Annotated[str, typer.Option(help="The column with the text.")] = "",
    source: Annotated[str, typer.Option(help="The column with the source.")] = "",
    created_at: Annotated[str, typer.Option(help="The column with the time.")] = "",
    id_: Annotated[str, typer.Option("--id", help="The column with the id.")] = "",
    author: Annotated[str, typer.Option(help="The column with the author.")] = "",
    channel: Annotated[
        str, typer.Option(help="The column with the channel: subreddit, feed, hashtag.")
    ] = "",
) -> None:
    """Send your own file. Columns are detected by name; rejected rows go to FILE.rejected.csv.

    Exit code 1: some rows were rejected.
    """
    if not file:
        raise UserError("FILE: missing; for example: make import FILE=reviews.csv")
    options = {
        "text": text,
        "source": source,
        "created_at": created_at,
        "id": id_,
        "author": author,
        "channel": channel,
    }
    path, result = Path(file), importer.ImportResult()
    user_file = UserFile(path, {name: column for name, column in options.items() if column})
    columns = user_file.columns()
    typer.echo(importer.describe(columns))
    client = running_api()
    try:
        importer.send(client, user_file.rows(columns), result)
        _wait_until_counted(client, result.received_at)
    except ApiFailed as error:
        raise UserError(f"after {result.rows} rows: {error}; run the command again") from error
    rejected_path = importer.write_rejected(path, result.rejected)
    typer.echo(
        f"{result.rows:,} rows: {len(result.ids):,} documents stored,"
        f" {len(result.rejected)} rejected"
    )
    if rejected_path:
        typer.echo(f"  rejected rows and reasons: {rejected_path}")
        raise typer.Exit(1)


@app.command(
    rich_help_panel=PANEL,
    epilog=command.examples(
        "live rss feed=https://example.org/feed.xml",
        "live hackernews keywords=python,rust* --interval 300",
    ),
)
def live(
    source: Annotated[str, typer.Argument(help=f"One of {', '.join(KINDS)}.")],
    settings: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SETTING=VALUE]...", help="docs/sources.md lists them."),
    ] = None,
    secret: Annotated[
        list[str] | None, typer.Option(help="Ask for this optional credential too.")
    ] = None,
    interval: Annotated[
        float, typer.Option(min=1, max=86_400, help="Seconds between two reads.")
    ] = 60,
) -> None:
    """Read a source until Ctrl-C, and send what is new to the sandbox. Needs the internet.

    A private address is refused, except that of the host which a setting names.
    """
    opened = live_source.open_live(source, settings or [], secret or [])
    client = running_api()
    named = " ".join((source, *(settings or [])))
    typer.echo(f"reading {named} every {interval:g} s; Ctrl-C ends it")
    try:
        Live(opened, client, interval, typer.echo, time.sleep).run(itertools.count())
    except KeyboardInterrupt:
        typer.echo("\nstopped")


def _wait_until_counted(client: ApiClient, received_at: str | None) -> None:
    with console.waiting("counting"):
        is_counted = client.wait_until_counted(received_at)
    if not is_counted:
        typer.echo(
            "The documents are stored but not counted yet: charts show them later."
            " If they do not, read docs/runbook.md#counting",
            err=True,
        )
