"""The command doctor."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from echostream_cli import command, console
from echostream_cli.doctor import machine, moto_server, parity, suite, support_bundle
from echostream_cli.doctor.aws import commands as aws_commands
from echostream_cli.doctor.probe_context import Endpoint
from echostream_cli.doctor.probes import Finding, Probe
from echostream_cli.emulators import LOCALSTACK
from echostream_cli.errors import UserError
from echostream_cli.sandbox import localstack_plan, runtime
from echostream_cli.settings import Settings, load_running, secret_key_of

app = command.group()
MOTO = "moto"
"""An emulator that this command starts itself."""
RESULTS = {True: "ok", False: "FAILED", None: "-"}


def show_machine(checks: Iterable[machine.Check]) -> None:
    """Print the checks of the machine."""
    rows = [(RESULTS[check.is_ok], check.subject, check.detail) for check in checks]
    console.table(("result", "check", "detail"), rows, indent=2)


def show_findings(
    name: str, probes: Sequence[Probe], findings: Mapping[str, Finding], is_new: bool
) -> None:
    """Print the findings on an engine, and whether docs/parity.md was written."""
    print(f"\n{name}:")
    rows = suite.list_rows(findings, probes)
    console.table(("verdict", "service", "behaviour"), rows, indent=2)
    verdicts = Counter(finding.verdict for finding in findings.values())
    print("\n  " + ", ".join(f"{number} {verdict}" for verdict, number in verdicts.most_common()))
    print(f"  written: {parity.PAGE}" if is_new else f"  {parity.PAGE} is current")


def show_plan(settings: Settings) -> None:
    """Print the services that LocalStack refuses with the user's token."""
    refusals = localstack_plan.find_refusals(settings.target)
    print(f"\n{localstack_plan.describe(settings.endpoint)}:")
    if refusals:
        rows = [refusal.row() for refusal in refusals]
        console.table(localstack_plan.HEAD, rows, indent=2)
    else:
        print("  every service that a deployment needs is there")


@contextmanager
def choose_engine(settings: Settings, start: str, address: str) -> Iterator[tuple[str, Endpoint]]:
    """The name of the engine to probe, and its endpoint: by default the sandbox's emulator."""
    if start:
        with moto_server.serve() as endpoint:
            yield moto_server.name(), Endpoint(endpoint, settings.aws_region)
        return
    mode = "" if address else runtime.MODE_NAMES["docker" if settings.in_docker else "local"]
    url = address or settings.endpoint
    engine = Endpoint(url, settings.aws_region, secret_key_of(url))
    yield suite.name_of(engine, mode), engine


@app.command(
    rich_help_panel="Develop",
    epilog=command.examples(
        "doctor",
        "doctor --engine moto",
        "doctor --endpoint http://localhost:4566 --json",
        "doctor --aws --stage staging",
    ),
)
def doctor(
    endpoint: Annotated[
        str, typer.Option(help="Probe the engine at this address, not the sandbox.")
    ] = "",
    engine: Annotated[
        str, typer.Option(help=f"Start this emulator, probe it, and stop it: {MOTO}.")
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
    if engine not in ("", MOTO):
        raise UserError(f"ENGINE: must be {MOTO}, is {engine!r}")
    settings = runtime.with_running_mode(load_running())
    with console.waiting("checking the machine"):
        checks = list(machine.checks(settings))
    if not json:
        show_machine(checks)
    with choose_engine(settings, engine, endpoint) as (name, probed):
        if name.startswith(LOCALSTACK.name) and not json:
            show_plan(settings)
        probes = suite.all_probes(probed)
        findings = suite.run_all(probed, probes)
    is_new = parity.save_run(name, findings)
    if is_new:
        parity.PAGE.write_text(parity.page())
    if json:
        results = suite.to_json(findings, probes)
        command.print_json(
            {"machine": list(map(asdict, checks)), "engine": name, "probes": results}
        )
    else:
        show_findings(name, probes, findings, is_new)
    raise typer.Exit(0 if all(check.is_ok is not False for check in checks) else 1)


@app.command(
    "support-bundle",
    rich_help_panel="Develop",
    epilog=command.examples("support-bundle", "support-bundle --to report.zip --no-probes"),
)
def write_support_bundle(
    to: Annotated[Path, typer.Option(help="The file to write.")] = Path("echostream-support.zip"),
    probes: Annotated[bool, typer.Option(help="Probe the emulator, which takes minutes.")] = True,
) -> None:
    """Write a file to send with a bug report: versions, states and logs, without secrets."""
    settings = runtime.with_running_mode(load_running())
    with console.waiting("collecting"):
        names = support_bundle.write(settings, to, probes)
    print(f"  written: {to} ({len(names)} files). Look through it before you send it.")
