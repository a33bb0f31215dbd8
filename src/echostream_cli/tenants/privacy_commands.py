"""The commands `tenant privacy` and `tenant retention`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

import typer

from echostream.domain.audit import Action
from echostream.domain.privacy import PrivacyOptions
from echostream_cli import command, users
from echostream_cli.errors import UserError
from echostream_cli.operator_log import operator
from echostream_cli.tenants.tenant_commands import Name, format_privacy, get

AUTHORS = {"plain": False, "pseudonym": True}
SWITCH = {"off": False, "on": True}


def add_to(app: typer.Typer) -> None:
    """Add the two commands to a group."""
    privacy = command.examples("tenant privacy acme --authors pseudonym --redact on")
    retention = command.examples(
        "tenant retention acme --table-days 7", "tenant retention acme --table-days default"
    )
    app.command("privacy", epilog=privacy)(set_privacy)
    app.command("retention", epilog=retention)(set_retention)


def set_privacy(
    name: Name,
    authors: Annotated[str, typer.Option(help="plain or pseudonym.")] = "",
    redact: Annotated[str, typer.Option(help="on or off.")] = "",
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Store authors as pseudonyms; redact e-mail addresses, phone and card numbers.

    For documents that arrive from now on; an option that is not named stays.
    """
    changes = {
        **_chosen("pseudonyms", "authors", authors, AUTHORS),
        **_chosen("redact", "redact", redact, SWITCH),
    }
    _change(name, changes, stage, endpoint)


def set_retention(
    name: Name,
    table_days: Annotated[str, typer.Option(help="A number of days, or default.")] = "",
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Keep the documents of a tenant in the table for fewer days than RetentionDays."""
    if table_days in ("", "default"):
        days = None
    elif table_days.isascii() and table_days.isdigit() and 1 <= int(table_days) <= 3650:
        days = int(table_days)
    else:
        raise UserError(f"TABLE_DAYS: must be 1 to 3650 or default, is {table_days!r}")
    _change(name, {"table_days": days} if table_days else {}, stage, endpoint)


def _chosen(field: str, option: str, text: str, values: dict[str, bool]) -> dict[str, bool]:
    if text and text not in values:
        raise UserError(f"{option.upper()}: must be {' or '.join(values)}, is {text!r}")
    return {field: values[text]} if text else {}


def _change(name: str, changes: Mapping[str, object], stage: str, endpoint: str) -> None:
    target = command.target(stage, endpoint)
    directory = users.directory(target)
    options: PrivacyOptions = replace(get(directory, name).privacy, **changes)  # type: ignore[arg-type]
    if changes:
        asked = {field: str(value) for field, value in changes.items()}
        operator(target).record(name, Action.TENANT_PRIVACY, name, **asked)
        directory.set_privacy(name, options)
    typer.echo(f"  {format_privacy(options)}")
