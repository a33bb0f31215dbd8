"""Helpers of the benchmarks: time, and a temporary sandbox."""

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
    """The median duration of `times` calls."""
    durations = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        durations.append(time.perf_counter() - start)
    return median(durations)


@contextmanager
def temporary_sandbox(name: str, dashboard: bool = False, **options: Any) -> Iterator[Settings]:
    """An empty sandbox on free ports, removed at the end. `name` is its stack's name.

    `options` are further fields of `Settings`.
    """
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
            **options,
        )
        try:
            local.up(settings)
            yield settings
        finally:
            supervisor.stop(settings)
