"""Commands that send documents: seed, import, live; and the command group `source`."""

import itertools
import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from echostream_cli import command, console
from echostream_cli.data import live_source, source_commands
from echostream_cli.data.counted import wait_until_counted
from echostream_cli.data.import_commands import import_file
from echostream_cli.data.live import Live
from echostream_cli.errors import UserError
from echostream_cli.outputs import running_api
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
    wait_until_counted(client, sent.received_at)
    rate = sent.accepted / sent.seconds
    typer.echo(f"accepted {sent.accepted}, rejected {len(sent.rejected)}, {rate:,.0f} documents/s")
    for rejection in sent.rejected[:5]:
        typer.echo(f"  {rejection['id']}: {rejection['message']}")
    raise typer.Exit(1 if sent.rejected else 0)


app.command(
    "import",
    rich_help_panel=PANEL,
    epilog=command.examples(
        "import --file reviews.csv --dry-run",
        "import --file posts.jsonl --text body --created-at date",
    ),
)(import_file)


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
