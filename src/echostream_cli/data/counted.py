"""Waits until documents that were sent are counted."""

import typer

from echostream_cli import console
from echostream_client.api import ApiClient


def wait_until_counted(client: ApiClient, received_at: str | None) -> None:
    """Wait until `/stats` has the documents of a response; say so if that takes too long."""
    with console.waiting("counting"):
        is_counted = client.wait_until_counted(received_at)
    if not is_counted:
        typer.echo(
            "The documents are stored but not counted yet: charts show them later."
            " If they do not, read docs/runbook.md#counting",
            err=True,
        )
