"""The terminal: progress lines, and questions that options can answer in advance."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from echostream_cli.errors import UserError

RISKS = ("tests", "quota", "budget", "replace")
"""Risks that stop a deployment unless ACCEPT names them."""


@contextmanager
def step(title: str) -> Iterator[list[str]]:
    """Print a step's title, then its result (the words that the body appends) and duration."""
    print(f"  {title:<34}", end="", flush=True)
    note: list[str] = []
    start = time.monotonic()
    try:
        yield note
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{' '.join(note) or 'done'} ({time.monotonic() - start:.1f} s)", flush=True)


class Declined(UserError):
    """The user answered no, or no answer was possible."""


def confirm(question: str, yes: bool) -> None:
    """Ask a question unless `yes` answers it. Raises `Declined`."""
    if yes:
        print(f"  {question} yes (YES=1)")
        return
    if not sys.stdin.isatty():
        raise Declined(f"{question} No terminal to ask on; YES=1 answers yes")
    if input(f"  {question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise Declined("declined; nothing was changed")


def confirm_by_name(name: str, consequence: str, confirm: str) -> None:
    """Require that `confirm`, or the text typed now, is this name. Raises `Declined`."""
    if not confirm and sys.stdin.isatty():
        confirm = input(f"  {consequence} Type {name} to continue: ").strip()
    if confirm != name:
        raise Declined(f"{consequence} Not confirmed: type {name}, or pass CONFIRM={name}")


def require_accepted(risk: str, reason: str, accepted: frozenset[str]) -> None:
    """Raise `UserError` unless a risk is accepted; print an accepted risk."""
    if risk not in accepted:
        raise UserError(f"{reason}; to continue anyway, pass ACCEPT={risk}")
    print(f"  ACCEPTED ({risk}): {reason}")
