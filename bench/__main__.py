"""Runs the benchmarks on temporary sandboxes with free ports: `make bench`."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import (
    cold_start,
    enrichment,
    flood,
    frontends,
    function_sizes,
    ingest,
    lake_queries,
    memory,
    parts,
    profile,
    query,
)
from bench.engines import text_rules
from bench.measure import temporary_sandbox
from bench.report import Report
from bench.running import ROUNDS, Running
from echostream_cli.command import steps_to_stderr
from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT

NAMES = (
    "memory",
    "query",
    "flood",
    "frontends",
    "profile",
    "ingest",
    "parts",
    "cold-start",
    "enrichment",
    "lake",
    "functions",
    "labels",
)
"""The benchmarks, in the order in which they run."""
OPTIONAL = ("profile", "functions", "labels")
"""Those that run only if an option names them."""
OWN_SANDBOX = ("lake", "enrichment", "functions", "labels")
FILE = ROOT / ".sandbox" / "bench.json"


def _run(names: Sequence[str], report: Report, rounds: int) -> None:
    report.start()
    if set(names) - set(OWN_SANDBOX):
        _run_on_sandbox(names, report, rounds)
    if "ingest" in names:
        _run_on_other_paths(report, rounds)
    if "enrichment" in names:
        enrichment.bench(report)
    if "labels" in names:
        text_rules.bench(report)
    if "lake" in names:
        with temporary_sandbox("echostream-bench-lake") as settings:
            lake_queries.bench(settings, report)
    if "functions" in names:
        with temporary_sandbox("echostream-bench-functions", ingest="stream") as settings:
            function_sizes.bench(Running(settings, report, rounds))


def _run_on_sandbox(names: Sequence[str], report: Report, rounds: int) -> None:
    """Everything that measures one sandbox. Memory comes first, because its workers must be new."""
    path = next(iter(ingest.PATHS))
    options = ingest.PATHS[path]
    dashboard = "frontends" in names
    with temporary_sandbox("echostream-bench", dashboard=dashboard, **options) as settings:
        running = Running(settings, report, rounds)
        benches: dict[str, Callable[[], None]] = {
            "memory": lambda: memory.bench(running),
            "query": lambda: query.bench(running),
            "flood": lambda: flood.bench(running),
            "frontends": lambda: _run_frontends(running),
            "profile": lambda: profile.bench(running),
            "ingest": lambda: ingest.bench(running, path),
            "parts": lambda: parts.bench(running),
            "cold-start": lambda: cold_start.bench(settings, report),
        }
        for name, bench in benches.items():
            if name in names:
                bench()


def _run_on_other_paths(report: Report, rounds: int) -> None:
    """Ingestion on each path but the first, on a sandbox of its own."""
    for path in list(ingest.PATHS)[1:]:
        with temporary_sandbox(f"echostream-bench-{path}", **ingest.PATHS[path]) as settings:
            ingest.bench(Running(settings, report, rounds), path)


def _run_frontends(running: Running) -> None:
    try:
        frontends.bench(running.outputs, running.report)
    except UserError as error:
        print(f"  frontends not measured: {error}")


def names_of(options: argparse.Namespace) -> list[str]:
    """The benchmarks that the options select, in the order of `NAMES`."""
    chosen = {*(options.only or set(NAMES) - set(OPTIONAL))}
    if options.profile:
        chosen.add("profile")
    return [name for name in NAMES if name in chosen]


def _names(text: str) -> list[str]:
    """The names in an argument, separated by spaces."""
    if unknown := sorted(set(text.split()) - set(NAMES)):
        raise argparse.ArgumentTypeError(f"no benchmarks: {', '.join(unknown)}")
    return text.split()


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    arguments = argparse.ArgumentParser(prog="make bench", description=__doc__)
    arguments.add_argument(
        "--only", type=_names, metavar="NAMES", help=f"any of {', '.join(NAMES)}; with spaces"
    )
    arguments.add_argument("--profile", action="store_true", help="also profile functions")
    arguments.add_argument(
        "--rounds", type=int, default=ROUNDS, help=f"of each measurement; default {ROUNDS}"
    )
    arguments.add_argument("--json", action="store_true", help="print JSON for scripts")
    arguments.add_argument(
        "--to", type=Path, default=FILE, help=f"file of the JSON; default {FILE}"
    )
    return arguments


def main() -> None:
    options = parser().parse_args()
    report = Report()
    with steps_to_stderr(options.json):
        _run(names_of(options), report, options.rounds)
    options.to.parent.mkdir(parents=True, exist_ok=True)
    options.to.write_text(report.to_json())
    print(report.to_json() if options.json else f"\n  as JSON: {options.to}")


if __name__ == "__main__":
    main()
