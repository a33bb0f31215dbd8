"""CPU time of a sandbox's processes by group, and the peak memory of its Lambda workers."""

import time
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil

from echostream_cli.sandbox import processes
from echostream_cli.settings import Settings

FUNCTION = "AWS_LAMBDA_FUNCTION_NAME"
"""The variable that each worker of a Lambda function has."""
INTERVAL = 0.2
"""Seconds between two readings while the sandbox becomes idle."""
MAX_WAIT = 60.0
SLACK = 0.05
"""Of a core: what an idle sandbox may need more than when it was last idle."""

Seconds = dict[str, float]
"""CPU seconds by group: functions, emulator, companion, others."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The CPU time of all groups until a time of the clock."""

    at: float
    cpu: Seconds


class CpuMeter:
    """Reads the CPU time of a sandbox's processes with their children.

    `idle` is the share of a core that the sandbox needs without requests.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        readings = [self.read()]
        for _ in range(3):
            time.sleep(1)
            readings.append(self.read())
        self.idle = min(_rate(*pair) for pair in pairwise(readings))

    def read(self) -> Reading:
        """The CPU time until now. Children that ended count with their parents."""
        totals: defaultdict[str, float] = defaultdict(float)
        for process in processes.ours(self._settings.state_dir):
            try:
                times = process.cpu_times()
                totals[_group(process)] += sum(times[:4])
            except psutil.Error:
                continue
        return Reading(time.perf_counter(), dict(totals))

    def read_when_idle(self) -> Reading:
        """The reading when the sandbox has finished its work, also what no request waits for."""
        last, deadline = self.read(), time.monotonic() + MAX_WAIT
        while time.monotonic() < deadline:
            time.sleep(INTERVAL)
            now = self.read()
            if _rate(last, now) <= self.idle + SLACK:
                return now
            last = now
        raise TimeoutError(f"the sandbox is still busy {MAX_WAIT:.0f} s after the last request")

    def used(self, start: Reading, end: Reading) -> Seconds:
        """CPU seconds between two readings, less what an idle sandbox needs in this time."""
        cpu = {name: end.cpu[name] - start.cpu.get(name, 0.0) for name in end.cpu}
        emulator = cpu.get("emulator", 0.0) - self.idle * (end.at - start.at)
        return {**cpu, "emulator": max(0.0, emulator)}

    def workers(self, function: str) -> list[psutil.Process]:
        """The workers of a function."""
        ours = processes.ours(self._settings.state_dir)
        return [process for process in ours if process.environ().get(FUNCTION) == function]

    def peak_memory(self, function: str) -> float:
        """The most memory, in MB, that a worker of a function has had resident since its start.

        Where the system has no record of it, the memory now.
        """
        return max(_peak(worker) for worker in self.workers(function)) / 1e6


def _rate(start: Reading, end: Reading) -> float:
    """The share of a core that the sandbox used between two readings."""
    used = sum(end.cpu.values()) - sum(start.cpu.values())
    return used / (end.at - start.at)


def _group(process: psutil.Process) -> str:
    command = process.cmdline()
    if FUNCTION in process.environ():
        return "functions"
    if any(argument.endswith("run-emulator.py") for argument in command):
        return "emulator"
    return "companion" if "aws_companion" in command else "others"


def _peak(process: psutil.Process) -> int:
    status = Path(f"/proc/{process.pid}/status")
    for line in status.read_text().splitlines() if status.exists() else ():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return int(process.memory_info().rss)
