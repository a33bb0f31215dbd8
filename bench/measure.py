"""What every measurement needs: a clock, a line of the report, a sandbox of its own."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from echostream_cli.ports import free_port
from echostream_cli.sandbox import local, supervisor
from echostream_cli.settings import Settings


def seconds(work: Callable[[], Any], times: int = 1) -> float:
    """The median time that some work takes."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return median(taken)


def report(what: str, ours: str, floor: str, ratio: float) -> None:
    """One line: what, ours, against what, and the ratio of the two."""
    shown = f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.4f}"
    print(f"  {what:<34} {ours:>18} {floor:>42}   ratio {shown}", flush=True)


@contextmanager
def own_sandbox(name: str, dashboard: bool = False) -> Iterator[Settings]:
    """An empty sandbox on free ports, gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            state_dir=Path(folder).resolve(),
            emulator_port=free_port(),
            companion_port=free_port(),
            stack_name=name,
            producer=False,
            seed_documents=0,
            dashboard=dashboard,
            dashboard_port=free_port(),
        )
        try:
            local.up(settings)
            yield settings
        finally:
            supervisor.stop(settings)
