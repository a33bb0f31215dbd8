"""Measurements in turns: their order, their medians, and the CPU time of all processes."""

import pytest

from bench.cpu import CpuMeter, Reading
from bench.rounds import CLIENT, Timing, medians, take_turns


class SteadyMeter(CpuMeter):
    """A sandbox that needs half a CPU second between two readings, and nothing while idle."""

    def __init__(self):
        self.idle, self._seconds = 0.0, 0.0

    def read(self):
        self._seconds += 0.5
        return Reading(self._seconds, {"emulator": self._seconds})

    def read_when_idle(self):
        return self.read()


class IdleMeter(CpuMeter):
    """A meter without a sandbox."""

    def __init__(self, idle):
        self.idle = idle


def test_kinds_of_work_take_turns():
    """A drift of the machine affects both; preparation is not part of the work."""
    done = []

    def prepare(name):
        done.append(f"prepare {name}")
        return lambda: done.append(name)

    kinds = {"ours": lambda: prepare("ours"), "floor": lambda: prepare("floor")}
    timings = take_turns(kinds, 2, SteadyMeter())
    assert done == ["prepare ours", "ours", "prepare floor", "floor"] * 2
    assert timings["floor"].cpu["emulator"] == pytest.approx(0.5)
    assert timings["floor"].cpu_seconds == pytest.approx(0.5 + timings["floor"].cpu[CLIENT])


def test_median_of_a_group_counts_rounds_without_it():
    """A process that one round started has no weight in the median of three."""
    rounds = [Timing(1, {"a": 1.0}), Timing(9, {"a": 3.0, "new": 8.0}), Timing(2, {"a": 2.0})]
    assert medians(rounds) == Timing(2, {"a": 2.0, "new": 0.0})


def test_idle_time_of_the_emulator_is_subtracted():
    """The wait until the sandbox is idle must not count as work."""
    start = Reading(10.0, {"emulator": 1.0})
    end = Reading(14.0, {"emulator": 3.0, "functions": 1.0})
    assert IdleMeter(0.25).used(start, end) == {"emulator": 1.0, "functions": 1.0}
