"""A running sandbox with everything that several benchmarks of it share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bench.cpu import CpuMeter
from bench.floor import deployment
from bench.floor.deployment import Floor
from bench.report import Report
from bench.rounds import Prepare, Timing, take_turns
from echostream_cli.console import progress, step
from echostream_cli.outputs import api, outputs
from echostream_cli.settings import Settings
from echostream_client.api import ApiClient

SIZES = (1, 10, 100, 500)
"""Documents of a request."""
ROUNDS = 5


@dataclass
class Running:
    """A sandbox, the report, and the number of rounds of each measurement."""

    settings: Settings
    report: Report
    rounds: int = ROUNDS
    meter: CpuMeter = field(init=False)

    def __post_init__(self) -> None:
        with step("CPU time of the idle sandbox") as note:
            self.meter = CpuMeter(self.settings)
            note.append(f"{100 * self.meter.idle:.1f}% of a core")

    @cached_property
    def outputs(self) -> dict[str, str]:
        return outputs(self.settings)

    @cached_property
    def client(self) -> ApiClient:
        """The API as the demo user."""
        return api(self.settings, self.outputs)

    @cached_property
    def ingest_floor(self) -> Floor:
        """The floor of `POST /ingest`, deployed at the first use."""
        with step("floor of ingestion"):
            return deployment.deploy_ingest(self.settings, self.outputs, SIZES)

    def take_turns(self, title: str, kinds: dict[str, Prepare]) -> dict[str, Timing]:
        """The medians of several kinds of work, with a progress bar."""
        with progress(title, "measurements", self.rounds * len(kinds)) as advance:
            return take_turns(kinds, self.rounds, self.meter, advance)


Bench = Callable[[Running], Any]
