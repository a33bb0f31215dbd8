"""Commands that send documents: seed, import."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from echostream_cli import command
from echostream_cli.data.import_file import Imported, describe, keep_rejected
from echostream_cli.data.import_file import send as send_rows
from echostream_cli.data.user_file import UserFile
from echostream_cli.errors import UserError
from echostream_cli.outputs import running_api
from echostream_client.api import ApiFailed
from seed.dataset import DATASETS, documents
from seed.send import send

app = command.group()
PANEL = "Data"


@app.command(rich_help_panel=PANEL)
def seed(
    number: Annotated[int, typer.Option(min=1, help="How many documents.")] = 1000,
    dataset: Annotated[str, typer.Option(help=f"One of {', '.join(DATASETS)}.")] = "tweets",
) -> None:
    """Send real documents to the sandbox. Exit code 1: some were rejected."""
    if dataset not in DATASETS:
        raise UserError(f"DATASET: must be one of {', '.join(DATASETS)}, is {dataset!r}")
    client = running_api()
    chosen = documents(dataset, number, datetime.now(UTC))
    if len(chosen) < number:
        typer.echo(f"{dataset} holds {len(chosen)} documents; sending all of them")
    sent = send(client, chosen)
    rate = sent.accepted / sent.seconds
    typer.echo(f"accepted {sent.accepted}, rejected {len(sent.rejected)}, {rate:,.0f} documents/s")
    for rejection in sent.rejected[:5]:
        typer.echo(f"  {rejection['id']}: {rejection['message']}")
    raise typer.Exit(1 if sent.rejected else 0)


@app.command("import", rich_help_panel=PANEL)
def import_file(
    file: Annotated[str, typer.Option(help="CSV, or JSON Lines with the ending .jsonl.")],
    text: Annotated[str, typer.Option(help="The column with the text.")] = "",
    source: Annotated[str, typer.Option(help="The column with the source.")] = "",
    created_at: Annotated[str, typer.Option(help="The column with the time.")] = "",
    id_: Annotated[str, typer.Option("--id", help="The column with the id.")] = "",
    author: Annotated[str, typer.Option(help="The column with the author.")] = "",
) -> None:
    """Send your own file; refused rows go to FILE.rejected.csv. Columns are guessed by name.

    Exit code 1: some rows were refused.
    """
    if not file:
        raise UserError("FILE: which file? make import FILE=reviews.csv")
    given = {"text": text, "source": source, "created_at": created_at, "id": id_, "author": author}
    path, done = Path(file), Imported()
    user_file = UserFile(path, {name: column for name, column in given.items() if column})
    columns = user_file.columns()
    typer.echo(describe(columns))
    try:
        send_rows(running_api(), user_file.rows(columns), done)
    except ApiFailed as error:
        raise UserError(f"after {done.rows} rows: {error}; send the file again to go on") from error
    beside = keep_rejected(path, done.rejected)
    typer.echo(
        f"{done.rows:,} rows: {len(done.ids):,} documents stored, {len(done.rejected)} refused"
    )
    if beside:
        typer.echo(f"  refused rows and why: {beside}")
        raise typer.Exit(1)
