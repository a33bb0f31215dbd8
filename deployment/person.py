"""Questions to the person at the keyboard; without one, every answer must be given beforehand."""

import sys

from localstack.settings import SandboxError

RISKS = ("tests", "quota", "budget", "replace")
"""What a deployment refuses unless it is accepted by name."""


class Declined(SandboxError):
    """The person said no."""


def agree(question: str, yes: bool) -> None:
    """Ask, unless it is agreed beforehand. Raises `Declined`."""
    if yes:
        print(f"  {question} yes (YES=1)")
        return
    if not sys.stdin.isatty():
        raise Declined(f"{question} Nobody is here to answer; YES=1 agrees beforehand")
    if input(f"  {question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise Declined("nothing was changed")


def type_out(name: str, what: str, confirm: str) -> None:
    """Have a name typed out, or given beforehand as CONFIRM. Raises `Declined`."""
    given = confirm
    if not given and sys.stdin.isatty():
        given = input(f"  {what} Type {name} to go on: ").strip()
    if given != name:
        raise Declined(f"{what} Not confirmed: type {name}, or pass CONFIRM={name}")


def refuse(risk: str, why: str, accepted: frozenset[str]) -> None:
    """Refuse what nobody has accepted by name; say loudly what somebody has."""
    if risk not in accepted:
        raise SandboxError(f"{why}; ACCEPT={risk} goes on nevertheless")
    print(f"  ACCEPTED ({risk}): {why}")
