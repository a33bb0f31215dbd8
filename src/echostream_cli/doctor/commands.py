"""The command doctor: checks the machine and probes the running engine."""

from collections import Counter
from typing import Annotated

import typer

from echostream_cli import command
from echostream_cli.doctor import machine, parity, suite
from echostream_cli.doctor.probe_context import Endpoint
from echostream_cli.doctor.probes import PROBES
from echostream_cli.sandbox import runtime
from echostream_cli.settings import Settings, load_running

app = command.group()
WORDS = {True: "ok", False: "NO", None: "-"}


def check_machine(settings: Settings) -> bool:
    """Print every check; whether the machine is fit."""
    found = list(machine.checks(settings))
    for one in found:
        print(f"  {WORDS[one.fit]:<8} {one.what:<16} {one.found}")
    return all(one.fit is not False for one in found)


def probe(engine: Endpoint, where: str) -> None:
    """Run all probes, print the table, and bring docs/parity.md up to date."""
    name = suite.name_of(engine, where)
    print(f"\n{name}:")
    findings = suite.run_all(engine)
    print(suite.table(findings))
    counted = Counter(found.verdict for found in findings.values())
    print("\n  " + ", ".join(f"{number} {verdict}" for verdict, number in counted.most_common()))
    if parity.keep(name, findings):
        parity.PAGE.write_text(parity.page(parity.load(), PROBES))
        print(f"  written: {parity.PAGE}")
    else:
        print(f"  {parity.PAGE} says so already")


@app.command(rich_help_panel="Develop")
def doctor(
    endpoint: Annotated[str, typer.Option(help="Probe this address, not the sandbox.")] = "",
    aws: Annotated[
        bool,
        typer.Option("--aws", help="Probe AWS: makes and removes small things, for some cents."),
    ] = False,
) -> None:
    """Check the machine, then probe the engine: what works, what differs, what is missing.

    Exit code 1: the machine lacks something.
    """
    settings = runtime.running(load_running())
    is_fit = check_machine(settings)
    where = "" if endpoint or aws else _where(settings)
    address = None if aws else endpoint or settings.endpoint
    probe(Endpoint(address, settings.aws_region), where)
    raise typer.Exit(0 if is_fit else 1)


def _where(settings: Settings) -> str:
    return "in containers" if settings.in_docker else "without containers"
