"""docs/parity.md: what the engines that were really run do, kept in docs/parity.json."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from echostream_cli.doctor.probes import WORKS, Finding, Probe
from echostream_cli.paths import ROOT

KEPT = ROOT / "docs" / "parity.json"
PAGE = ROOT / "docs" / "parity.md"
NOT_RUN = ("LocalStack with a token (no token here)", "AWS (no account here)")
HEAD = """\
# What the engines do, and what AWS does

Written by `make doctor`, which makes real calls to a running engine; a column is one engine, with
its version and the day of these results. Nothing is copied from anyone's documentation. `not run`
is said of what hangs on something that did not come up. LocalStack 4.14 is the last without a
token, here its package from PyPI: its Lambda needs images, and its DynamoDB a download, that were
not there when it was probed.

Not run: {not_run}.

"""


def load(path: Path = KEPT) -> dict[str, Any]:
    """Earlier runs by engine: `{"as_of": day, "findings": {probe: [verdict, detail]}}`."""
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def keep(engine: str, findings: Mapping[str, Finding], path: Path = KEPT) -> bool:
    """Keep a run beside those of other engines. False where it says what is kept already."""
    runs = load(path)
    new = {name: [one.verdict, one.detail] for name, one in sorted(findings.items())}
    if engine in runs and _verdicts(runs[engine]["findings"]) == _verdicts(new):
        return False
    runs[engine] = {"as_of": f"{datetime.now(UTC):%Y-%m-%d}", "findings": new}
    path.write_text(json.dumps(runs, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    return True


def _verdicts(findings: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {name: one[0] for name, one in findings.items()}


def page(runs: Mapping[str, Any], probes: Sequence[Probe]) -> str:
    """The page: a table of all runs, then how each engine differs and what is done about it."""
    engines = sorted(runs)
    titles = [f"{engine} ({runs[engine]['as_of']})" for engine in engines]
    lines = [_row("service", "on AWS", "for", *titles), _row(*["---"] * (3 + len(engines)))]
    for one in probes:
        verdicts = [runs[e]["findings"].get(one.name, ["not run"])[0] for e in engines]
        lines.append(_row(one.service, one.claim, one.leans, *verdicts))
    head = HEAD.format(not_run="; ".join(NOT_RUN))
    return head + "\n".join(lines) + "\n" + "".join(_section(e, runs[e], probes) for e in engines)


def _section(engine: str, run: Mapping[str, Any], probes: Sequence[Probe]) -> str:
    rows = list(_shortcomings(run["findings"], probes))
    if not rows:
        return f"\n## {engine}\n\nEvery probe works.\n"
    head = [_row("service", "on AWS", "here", "what we do about it"), _row(*["---"] * 4)]
    return f"\n## {engine}\n\n" + "\n".join(head + rows) + "\n"


def _shortcomings(findings: Mapping[str, Sequence[str]], probes: Sequence[Probe]) -> Iterator[str]:
    for one in probes:
        verdict, detail = findings.get(one.name, (WORKS, ""))
        if verdict != WORKS:
            cure = one.without or (f"nothing: {one.leans} needs it" if one.leans else "")
            yield _row(one.service, one.claim, f"{verdict}: {detail}", cure)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
