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
MAX_DAYS = 3650


def add_to(app: typer.Typer) -> None:
    """Add the two commands to a group."""
    privacy = command.examples("tenant privacy acme --authors pseudonym --redact on")
    retention = command.examples(
        "tenant retention acme --table-days 7 --lake-days 90",
        "tenant retention acme --table-days default",
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
    lake_days: Annotated[str, typer.Option(help="A number of days, or default.")] = "",
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Keep documents of a tenant for fewer days, in the table and in the lake.

    The table holds them from created_at on, the lake from their arrival. What is
    in the lake already and is older is deleted in the next night.
    """
    given = {"table_days": table_days, "lake_days": lake_days}
    changes = {field: _days(field, text) for field, text in given.items() if text}
    _change(name, changes, stage, endpoint)


def _days(field: str, text: str) -> int | None:
    if text == "default":
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_DAYS):
        raise UserError(f"{field.upper()}: must be 1 to {MAX_DAYS} or default, is {text!r}")
    return int(text)


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
