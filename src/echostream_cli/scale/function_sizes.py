"""Memory and time-out of each function, by a rule, from its CPU time for the largest work.

`make bench ONLY=functions` measures; a test compares the rule with template.yaml.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType

from echostream_cli.costs import template
from echostream_cli.costs.prices import prices
from echostream_cli.costs.tables import Cells
from echostream_cli.paths import ROOT
from echostream_cli.scale.lambda_time import FULL_CPU

FILE = ROOT / "src" / "echostream_cli" / "scale" / "function_sizes.json"
SIZES = (256, 512, 1024, FULL_CPU)
"""Megabytes that are considered. More gives a second CPU, which our code does not use."""
MEMORY_SHARE = 0.6
"""Of the memory that the largest work may take."""
TIME_SHARE = 0.5
"""Of the time-out that the largest work may take: AWS's CPU may be slower than the measured one."""
START_SECONDS = 1.5
"""For a start of a worker with a small request, where a person waits."""
WORK_SECONDS = 10.0
"""For a start with the largest work, where a person waits. The API waits for 30 s."""


@dataclass(frozen=True, slots=True)
class Measured:
    """CPU seconds of a start with a small request and of the largest work after it; peak MB."""

    work: str
    start: float
    cpu: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Need:
    """What the largest work needs beside CPU.

    `timeout` are seconds, also where the template has others for emulators or the stream. `waits`
    are seconds for AWS: an assumption, with 8 ms for a call of DynamoDB and 45 ms for an object in
    S3, as often as one call follows another. A person waits for one of `parts` of the work, if for
    any. `least` is the smallest memory that other reasons allow.
    """

    timeout: int
    waits: float
    is_interactive: bool = True
    parts: int = 1
    least: int = 0


API = 29
"""Seconds, as the API waits for 30."""
NEEDS: Mapping[str, Need] = MappingProxyType(
    {
        "ClaimsFunction": Need(5, 0.02),  # Cognito waits no longer
        "IngestFunction": Need(API, 0.3),  # 5 MB into Kinesis
        # A processor with half the memory needs twice the shards, which cost $11 a month each.
        "ProcessorFunction": Need(API, 0.5, least=1024),  # an object, calls side by side
        "QueryFunction": Need(API, 0.2),  # ten rounds of reads
        "ThemesFunction": Need(API, 0.6),  # 552 reads, 8 at a time
        "AdminFunction": Need(API, 1.0),  # calls of Cognito
        "SourcesFunction": Need(API, 0.1),
        "DestinationsFunction": Need(API, 0.1),
        # 1,000 tenants: an object and a transaction of each. Slower readers fall behind the table.
        "DeriveFunction": Need(120, 7.0, is_interactive=False, least=512),
        "DigestFunction": Need(600, 120.0, parts=20),  # of each: reads, 5 s for a model, a message
        "AlertsFunction": Need(600, 100.0, is_interactive=False),  # of each: reads, messages
        "ProducerFunction": Need(300, 60.0, is_interactive=False),  # feeds
        # Athena, and lists of a lake that may be larger than the measured one.
        "CompactFunction": Need(900, 300.0, is_interactive=False, least=512),
        "EraseFunction": Need(900, 300.0, is_interactive=False, least=512),
    }
)


def load() -> dict[str, Measured]:
    """What was measured, by function."""
    return {name: Measured(**values) for name, values in json.loads(FILE.read_text()).items()}


def save(measured: Mapping[str, Measured]) -> None:
    """Keep what was measured."""
    values = {name: asdict(one) for name, one in measured.items()}
    FILE.write_text(json.dumps(values, indent=1) + "\n")


def choose(measured: Measured, need: Need) -> int | None:
    """The smallest memory, in MB, that satisfies the rule; None if none does.

    It is the cheapest: CPU costs the same with each, waiting costs less with a smaller one.
    """
    sizes = (size for size in SIZES if size >= need.least)
    return next((size for size in sizes if _fits(measured, need, size)), None)


def _fits(measured: Measured, need: Need, size: int) -> bool:
    part = replace(measured, cpu=measured.cpu / need.parts)
    waited = seconds(part, replace(need, waits=need.waits / need.parts), size)
    is_quick = measured.start * _slowdown(size) <= START_SECONDS and waited <= WORK_SECONDS
    return (
        measured.megabytes <= MEMORY_SHARE * size
        and seconds(measured, need, size) <= TIME_SHARE * need.timeout
        and (is_quick or not need.is_interactive)
    )


def seconds(measured: Measured, need: Need, size: int) -> float:
    """What a start and the largest work take in Lambda with a memory, at most."""
    return (measured.start + measured.cpu) * _slowdown(size) + need.waits


def _slowdown(size: int) -> float:
    return max(1.0, FULL_CPU / size)


def list_cells() -> Cells:
    """The table: what was measured, the template's memory, what it takes and costs on AWS."""
    rows = [_list_row(name, measured) for name, measured in load().items()]
    head = ["function", "largest work", "start, CPU s", "work, CPU s", "peak MB"]
    return [*head, "memory, MB", "s on AWS", "time-out, s", "margin", "$ a million"], rows


def _list_row(name: str, measured: Measured) -> list[str]:
    need, size = NEEDS[name], template.get_memory(name)
    taken = seconds(measured, need, size)
    used = {"lambda_gb_second": taken * size / 1024, "lambda_request": 1}
    dollars = 1e6 * sum(prices()[part].of(number) for part, number in used.items())
    cpu = f"{measured.start:.2f}", f"{measured.cpu:.2f}", f"{measured.megabytes:.0f}"
    limits = f"{taken:.1f}", f"{need.timeout}", f"{need.timeout / taken:.1f}"
    name = name.removesuffix("Function").lower()
    return [name, measured.work, *cpu, f"{size:,}", *limits, f"{dollars:,.2f}"]
