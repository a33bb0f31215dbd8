"""All probes on one engine: which engine it is, the run, the table."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from tqdm import tqdm

# Importing these puts their probes on the list, in the order of the page.
from echostream_cli.doctor import (
    analytics,
    cloudformation,
    http_api,
    lambda_functions,
    storage,
    streams,
)
from echostream_cli.doctor.probe_context import Endpoint
from echostream_cli.doctor.probes import PROBES, WORKS, Finding, Probe, run
from echostream_cli.errors import UserError

AT_ONCE = 6
MODULES = (cloudformation, http_api, analytics, lambda_functions, storage, streams)


def name_of(engine: Endpoint, where: str = "") -> str:
    """The engine's name and version, as it says itself, and how it runs."""
    if engine.endpoint is None:
        return "AWS"
    health = _json(f"{engine.endpoint}/_ministack/health")
    name = "MiniStack" if health else "LocalStack"
    health = health or _json(f"{engine.endpoint}/_localstack/health")
    if not health:
        raise UserError(f"no engine answers at {engine.endpoint}; start one with: make up")
    version = str(health.get("version", "of unknown version")).split(":")[0]
    return f"{name} {version}{', ' + where if where else ''}"


def _json(url: str) -> dict[str, object]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            found = json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def run_all(engine: Endpoint, probes: Sequence[Probe] = PROBES) -> dict[str, Finding]:
    """What comes of every probe, by its name; several at once, for some of them wait."""
    slow_first = sorted(probes, key=lambda one: one.name != "schedule")
    with ThreadPoolExecutor(AT_ONCE) as threads, tqdm(total=len(probes), unit=" probes") as bar:

        def one_of(one: Probe) -> tuple[str, Finding]:
            found = run(one, engine)
            bar.update()
            return one.name, found

        return dict(threads.map(one_of, slow_first))


def table(findings: Mapping[str, Finding], probes: Sequence[Probe] = PROBES) -> str:
    """A line a probe; where something does not work, how so and what is done about it."""
    lines = []
    for one in probes:
        found = findings[one.name]
        lines.append(f"  {found.verdict:<8} {one.service:<16} {one.claim}")
        if found.verdict != WORKS:
            lines.append(f"  {'':<8} {'':<16}   {found.detail}")
            if one.without:
                lines.append(f"  {'':<8} {'':<16}   we: {one.without}")
    return "\n".join(lines)
