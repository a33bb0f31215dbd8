"""The command doctor."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Annotated

import typer

from echostream_cli import command, console
from echostream_cli.doctor import machine, parity, suite
from echostream_cli.doctor.aws import commands as aws_commands
from echostream_cli.doctor.probe_context import Endpoint
from echostream_cli.doctor.probes import Finding
from echostream_cli.sandbox import runtime
from echostream_cli.settings import load_running, secret_key_of

app = command.group()
RESULTS = {True: "ok", False: "FAILED", None: "-"}


def show_machine(checks: Iterable[machine.Check]) -> None:
    """Print the checks of the machine."""
    rows = [(RESULTS[check.is_ok], check.subject, check.detail) for check in checks]
    console.table(("result", "check", "detail"), rows, indent=2)


def show_findings(name: str, findings: Mapping[str, Finding], is_new: bool) -> None:
    """Print the findings on an engine, and whether docs/parity.md was written."""
    print(f"\n{name}:")
    console.table(("verdict", "service", "behaviour"), suite.list_rows(findings), indent=2)
    verdicts = Counter(finding.verdict for finding in findings.values())
    print("\n  " + ", ".join(f"{number} {verdict}" for verdict, number in verdicts.most_common()))
    print(f"  written: {parity.PAGE}" if is_new else f"  {parity.PAGE} is current")


@app.command(
    rich_help_panel="Develop",
    epilog=command.examples(
        "doctor", "doctor --endpoint http://localhost:4566 --json", "doctor --aws --stage staging"
    ),
)
def doctor(
    endpoint: Annotated[
        str, typer.Option(help="Probe the engine at this address, not the sandbox.")
    ] = "",
    aws: Annotated[
        bool,
        typer.Option("--aws", help="Ask AWS what only AWS answers, after a bill and a question."),
    ] = False,
    stage: Annotated[
        str, typer.Option(help="With --aws: the stage of samconfig.toml. Default: staging.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="With --aws: answer yes.")] = False,
    clean: Annotated[
        bool, typer.Option("--clean", help="With --aws: only delete what a run left behind.")
    ] = False,
    json: command.Json = False,
) -> None:
    """Check the machine, then probe the engine: what works, what differs, what is missing.

    Exit code 1: a check of the machine failed, or no engine responds; with --aws, a question could
    not be asked, or something could not be deleted.
    """
    if aws:
        raise typer.Exit(aws_commands.run(stage, endpoint, yes, clean, json))
    settings = runtime.with_running_mode(load_running())
    with console.waiting("checking the machine"):
        checks = list(machine.checks(settings))
    if not json:
        show_machine(checks)
    mode = "" if endpoint else runtime.MODE_NAMES["docker" if settings.in_docker else "local"]
    address = endpoint or settings.endpoint
    engine = Endpoint(address, settings.aws_region, secret_key_of(address))
    name = suite.name_of(engine, mode)
    findings = suite.run_all(engine)
    is_new = parity.save_run(name, findings)
    if is_new:
        parity.PAGE.write_text(parity.page())
    if json:
        probes = suite.to_json(findings)
        command.print_json({"machine": list(map(asdict, checks)), "engine": name, "probes": probes})
    else:
        show_findings(name, findings, is_new)
    raise typer.Exit(0 if all(check.is_ok is not False for check in checks) else 1)
