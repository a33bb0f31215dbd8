"""What `make import` prints before it sends: how a file is read, and its first rows."""

from collections.abc import Mapping
from typing import Any

import typer

from echostream_cli import console
from echostream_import.documents.plan import Plan
from echostream_import.rows import RowFile

WIDTH = 32
"""Characters of a cell."""


def show(file: RowFile, plan: Plan) -> None:
    """Print the notes, the column of each field, and the first rows as documents."""
    for note in [*file.notes, *plan.notes]:
        typer.echo(f"  {console.escape(note)}")
    typer.echo("fields:")
    of_all = {} if "source" in plan.fields else {"source": f"{plan.source!r} for all rows"}
    console.table((), list({**plan.fields, **of_all}.items()), indent=2)
    documents = [one.document or {"text": f"refused: {one.reason}"} for one in plan.preview]
    if documents:
        typer.echo("the first rows:")
        names = [name for name in plan.fields if any(name in one for one in documents)]
        rows = [[_cell(one.get(name)) for name in names] for one in documents]
        console.table(names, rows, indent=2)


def _cell(value: Any) -> str:
    """A value on one line, cut to `WIDTH`."""
    if isinstance(value, Mapping):
        value = ", ".join(f"{name}={one}" for name, one in value.items())
    text = " ".join(str("" if value is None else value).split())
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"
