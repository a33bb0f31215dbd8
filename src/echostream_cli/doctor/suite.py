"""A run of all probes on one engine."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from echostream_cli import emulators
from echostream_cli.console import progress

# Importing these modules adds their probes to the list, in the order of the page.
from echostream_cli.doctor import (
    analytics,
    cloudformation,
    http_api,
    lambda_functions,
    storage,
    streams,
    table_streams,
    template_types,
)
from echostream_cli.doctor.probe_context import Endpoint
from echostream_cli.doctor.probes import PROBES, WORKS, Finding, Probe, run
from echostream_cli.errors import UserError

THREADS = 6
MODULES = (cloudformation, http_api, analytics, lambda_functions, storage, streams, table_streams)


def name_of(engine: Endpoint, mode: str = "") -> str:
    """The name and version that the engine reports, and the mode in which it runs.

    Raises `UserError` if no engine responds.
    """
    if engine.endpoint is None:
        return "AWS"
    found = emulators.identify(engine.endpoint)
    if found is None:
        raise UserError(f"no engine responds at {engine.endpoint}; start one with: make up")
    emulator, version = found
    return f"{emulator.name} {version}{', ' + mode if mode else ''}"


def all_probes(engine: Endpoint) -> list[Probe]:
    """The probes of an engine; those of types of resources only on emulators."""
    return [*PROBES, *(template_types.probes() if engine.endpoint else ())]


def run_all(engine: Endpoint, probes: Sequence[Probe] = PROBES) -> dict[str, Finding]:
    """The finding of every probe, by its name. Probes run in threads, because most of them wait."""
    slow_first = sorted(probes, key=lambda probe: probe.name != "schedule")
    bar = progress("probing", "probes", len(probes))
    with ThreadPoolExecutor(THREADS) as threads, bar as advance:

        def run_one(probe: Probe) -> tuple[str, Finding]:
            finding = run(probe, engine)
            advance(1)
            return probe.name, finding

        return dict(threads.map(run_one, slow_first))


def to_json(
    findings: Mapping[str, Finding], probes: Sequence[Probe] = PROBES
) -> list[dict[str, str]]:
    """The probes of a run, each with its finding."""
    return [
        {
            "name": probe.name,
            "service": probe.service,
            "behaviour": probe.behaviour,
            "verdict": findings[probe.name].verdict,
            "detail": findings[probe.name].detail,
            "workaround": probe.workaround,
        }
        for probe in probes
    ]


def list_rows(
    findings: Mapping[str, Finding], probes: Sequence[Probe] = PROBES
) -> Iterator[tuple[str, ...]]:
    """A row per probe; for one that does not work also the reason and the workaround."""
    for probe in probes:
        finding = findings[probe.name]
        yield finding.verdict, probe.service, probe.behaviour
        if finding.verdict != WORKS:
            yield "", "", f"  {finding.detail}"
            if probe.workaround:
                yield "", "", f"  workaround: {probe.workaround}"
