"""The command doctor."""

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
RESULTS = {True: "ok", False: "FAILED", None: "-"}


def check_machine(settings: Settings) -> bool:
    """Print every check. False if one failed."""
    checks = list(machine.checks(settings))
    for check in checks:
        print(f"  {RESULTS[check.is_ok]:<8} {check.subject:<16} {check.detail}")
    return all(check.is_ok is not False for check in checks)


def probe(engine: Endpoint, mode: str) -> None:
    """Run all probes, print a table, and update docs/parity.md if a verdict has changed."""
    name = suite.name_of(engine, mode)
    print(f"\n{name}:")
    findings = suite.run_all(engine)
    print(suite.format_table(findings))
    verdicts = Counter(finding.verdict for finding in findings.values())
    print("\n  " + ", ".join(f"{number} {verdict}" for verdict, number in verdicts.most_common()))
    if parity.save_run(name, findings):
        parity.PAGE.write_text(parity.format_page(parity.load_runs(), PROBES))
        print(f"  written: {parity.PAGE}")
    else:
        print(f"  {parity.PAGE} is current")


@app.command(rich_help_panel="Develop")
def doctor(
    endpoint: Annotated[
        str, typer.Option(help="Probe the engine at this address, not the sandbox.")
    ] = "",
    aws: Annotated[
        bool,
        typer.Option("--aws", help="Probe AWS: creates and deletes resources, for some cents."),
    ] = False,
) -> None:
    """Check the machine, then probe the engine: what works, what differs, what is missing.

    Exit code 1: a check of the machine failed, or no engine answers.
    """
    settings = runtime.with_running_mode(load_running())
    is_fit = check_machine(settings)
    mode = (
        "" if endpoint or aws else runtime.MODE_NAMES["docker" if settings.in_docker else "local"]
    )
    address = None if aws else endpoint or settings.endpoint
    probe(Endpoint(address, settings.aws_region), mode)
    raise typer.Exit(0 if is_fit else 1)
