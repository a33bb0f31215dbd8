"""Several kinds of work in turns, so that a change of the machine's speed affects all of them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.cpu import CpuMeter, Seconds

CLIENT = "client"
"""The group of this process, beside those of the sandbox."""

Work = Callable[[], object]
Prepare = Callable[[], Work]
"""Makes the work of one round; its time is not measured."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds by the clock, and CPU seconds by group of processes."""

    seconds: float
    cpu: Seconds

    @property
    def cpu_seconds(self) -> float:
        return sum(self.cpu.values())


def take_turns(
    kinds: Mapping[str, Prepare],
    rounds: int,
    meter: CpuMeter,
    advance: Callable[[int], None] = lambda _: None,
) -> dict[str, Timing]:
    """The medians of each kind of work over the rounds: a, b, a, b, ..."""
    timings: dict[str, list[Timing]] = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, prepare in kinds.items():
            timings[name].append(_time(prepare(), meter))
            advance(1)
    return {name: medians(values) for name, values in timings.items()}


def medians(timings: Sequence[Timing]) -> Timing:
    """The median of the seconds, and of each group's CPU seconds."""
    groups = sorted({name for timing in timings for name in timing.cpu})
    cpu = {name: median(timing.cpu.get(name, 0.0) for timing in timings) for name in groups}
    return Timing(median(timing.seconds for timing in timings), cpu)


def _time(work: Work, meter: CpuMeter) -> Timing:
    start = meter.read()
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    seconds, own = time.perf_counter() - clock, time.process_time() - cpu
    return Timing(seconds, {CLIENT: own, **meter.used(start, meter.read_when_idle())})
