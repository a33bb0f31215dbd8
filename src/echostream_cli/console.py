"""The terminal: progress lines, and questions that options answer where nobody is there."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from echostream_cli.errors import UserError

RISKS = ("tests", "quota", "budget", "replace")
"""What a deployment refuses unless it is accepted by name."""


@contextmanager
def step(what: str) -> Iterator[list[str]]:
    """Print what is being done, then how it went and how long it took."""
    print(f"  {what:<34}", end="", flush=True)
    note: list[str] = []
    start = time.monotonic()
    try:
        yield note
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{' '.join(note) or 'done'} ({time.monotonic() - start:.1f} s)", flush=True)


class Declined(UserError):
    """The person said no."""


def confirm(question: str, yes: bool) -> None:
    """Ask, unless it is agreed beforehand. Raises `Declined`."""
    if yes:
        print(f"  {question} yes (YES=1)")
        return
    if not sys.stdin.isatty():
        raise Declined(f"{question} Nobody is here to answer; YES=1 agrees beforehand")
    if input(f"  {question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise Declined("nothing was changed")


def confirm_by_name(name: str, what: str, confirm: str) -> None:
    """Have a name typed out, or given beforehand as CONFIRM. Raises `Declined`."""
    given = confirm
    if not given and sys.stdin.isatty():
        given = input(f"  {what} Type {name} to go on: ").strip()
    if given != name:
        raise Declined(f"{what} Not confirmed: type {name}, or pass CONFIRM={name}")


def require_accepted(risk: str, why: str, accepted: frozenset[str]) -> None:
    """Refuse what nobody has accepted by name; say loudly what somebody has."""
    if risk not in accepted:
        raise UserError(f"{why}; ACCEPT={risk} goes on nevertheless")
    print(f"  ACCEPTED ({risk}): {why}")
