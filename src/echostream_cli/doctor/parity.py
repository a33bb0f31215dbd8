"""docs/parity.md: how each probed engine differs from AWS, from the runs in docs/parity.json."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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

Not probed: {not_probed}.

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
    engines = sorted(runs)
    titles = [f"{engine} ({runs[engine]['as_of']})" for engine in engines]
    lines = [_row("service", "on AWS", "needed for", *titles), _row(*["---"] * (3 + len(engines)))]
    for probe in probes:
        verdicts = [runs[e]["findings"].get(probe.name, [NOT_RUN])[0] for e in engines]
        lines.append(_row(probe.service, probe.behaviour, probe.needed_for, *verdicts))
    head = HEAD.format(not_probed="; ".join(NOT_PROBED))
    return head + "\n".join(lines) + "\n" + "".join(_section(e, runs[e], probes) for e in engines)


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
