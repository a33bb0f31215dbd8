"""docs/parity.md: how each probed engine differs from AWS, from the runs in docs/parity.json."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from echostream_cli.doctor import template_types
from echostream_cli.doctor.aws import answers
from echostream_cli.doctor.aws.all_questions import QUESTIONS
from echostream_cli.doctor.probes import NOT_RUN, PROBES, WORKS, Finding, Probe
from echostream_cli.paths import ROOT

RUNS = ROOT / "docs" / "parity.json"
PAGE = ROOT / "docs" / "parity.md"
NOT_PROBED = ("LocalStack with a token (no token available)", "AWS (no account available)")
HEAD = """\
# How the engines differ from AWS

`make doctor` writes this page from real calls to a running engine. Each column is one engine, with
its version and the day of the run. `not run` means that a resource which the probe needs did not
start, or that the run is older than the probe. LocalStack 4.14 is the last version that needs no
token; its package from PyPI was probed without the images for Lambda and the download for DynamoDB.

The sandbox starts MiniStack with `localstack/run-emulator.py`, which repairs faults; its columns
have the repairs ([all](sandbox.md#the-emulator)). An item that PartiQL inserts gets a record in the
table's stream. Changes that a function has not read are saved with its position in the stream;
MiniStack saves only the position. Records of Kinesis stay until the stream is deleted: when
MiniStack deletes them after a day, readers miss as many new ones. A shard that is split keeps its
records. Policies that restrict a role to one tenant are evaluated ([isolation](isolation.md)). No
probe restarts an engine, waits for a day or splits a shard.

moto is a library that imitates AWS in memory, and the only other free emulator that can be had
from PyPI; `make doctor ENGINE=moto` starts its server, without Docker, which its functions would
need. Contract tests of the adapters run on it too
([decision 103](adr/0103-moto-is-a-second-emulator.md)). Floci, a third one, is neither on PyPI nor
on npm: `pip download floci` and `npm view floci` find nothing.

Not probed: {not_probed}.

"""
TYPES = """
## Types of resources

For each type of resource in template.yaml, CloudFormation creates a stack of one resource and all
that it refers to, with SAM's translation and the optional parts switched on. `missing` means that
the stack is CREATE_COMPLETE without the resource. The sandbox's stack has no budget and no identity
provider. moto cannot create the whole template: it fails at outputs of types that it lacks.

"""


def load_runs(path: Path = RUNS) -> dict[str, Any]:
    """Saved runs by engine: `{"as_of": day, "findings": {probe: [verdict, detail]}}`."""
    runs: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return runs


def save_run(engine: str, findings: Mapping[str, Finding], path: Path = RUNS) -> bool:
    """Save an engine's run. False if the saved run of this engine has the same verdicts."""
    runs = load_runs(path)
    entries = {
        name: [finding.verdict, finding.detail] for name, finding in sorted(findings.items())
    }
    if engine in runs and _verdicts(runs[engine]["findings"]) == _verdicts(entries):
        return False
    runs[engine] = {"as_of": f"{datetime.now(UTC):%Y-%m-%d}", "findings": entries}
    path.write_text(json.dumps(runs, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    return True


def _verdicts(entries: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {name: entry[0] for name, entry in entries.items()}


def page() -> str:
    """The page of all saved runs and answers."""
    section = answers.format_section(answers.load(), QUESTIONS)
    return format_page(load_runs(), PROBES) + section


def format_page(runs: Mapping[str, Any], probes: Sequence[Probe]) -> str:
    """The page: a table of all runs, then each engine's differences with their workarounds."""
    table = "".join(_table(runs, probes, ("service", "on AWS", "needed for"), _cells))
    types = "".join(_table(runs, template_types.probes(), ("type",), lambda probe: [probe.name]))
    every = [*probes, *template_types.probes()]
    head = HEAD.format(not_probed="; ".join(NOT_PROBED))
    return head + table + TYPES + types + "".join(_section(e, runs[e], every) for e in sorted(runs))


def _cells(probe: Probe) -> list[str]:
    return [probe.service, probe.behaviour, probe.needed_for]


def _table(
    runs: Mapping[str, Any],
    probes: Sequence[Probe],
    columns: Sequence[str],
    cells: Callable[[Probe], list[str]],
) -> Iterator[str]:
    """The lines of a table: a row per probe, a column per engine with its verdict."""
    engines = sorted(runs)
    yield _row(*columns, *(f"{e} ({runs[e]['as_of']})" for e in engines)) + "\n"
    yield _row(*["---"] * (len(columns) + len(engines))) + "\n"
    for probe in probes:
        verdicts = [runs[e]["findings"].get(probe.name, [NOT_RUN])[0] for e in engines]
        yield _row(*cells(probe), *verdicts) + "\n"


def _section(engine: str, run: Mapping[str, Any], probes: Sequence[Probe]) -> str:
    rows = list(_differences(run["findings"], probes))
    if not rows:
        return f"\n## {engine}\n\nEvery probe works.\n"
    head = [_row("service", "on AWS", "here", "workaround"), _row(*["---"] * 4)]
    return f"\n## {engine}\n\n" + "\n".join(head + rows) + "\n"


def _differences(entries: Mapping[str, Sequence[str]], probes: Sequence[Probe]) -> Iterator[str]:
    for probe in probes:
        verdict, detail = entries.get(probe.name, (WORKS, ""))
        if verdict != WORKS:
            missing = f"none; needed for: {probe.needed_for}" if probe.needed_for else ""
            workaround = probe.workaround or missing
            yield _row(probe.service, probe.behaviour, f"{verdict}: {detail}", workaround)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
