"""Where the functions spend their own CPU time: the real code under Python's profiler.

It runs in this process, and sees neither the emulator nor other threads; their time is in the
table by part. The profiler itself takes time, most for small functions.
"""

import cProfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bench.documents import make_requests
from bench.parts import PER, REQUESTS, SIZE, make_event, take_all
from bench.query import LIMIT
from bench.running import Running
from echostream.domain.codec import to_json
from echostream.entrypoints import queries, wiring
from echostream_cli.command import use_settings_of_processor
from echostream_cli.paths import ROOT
from echostream_cli.users import DEMO_TENANT

LINES = 25
QUERIES = 20


def bench(running: Running) -> None:
    """Profile ingestion and queries, after one call of each that is not profiled."""
    use_settings_of_processor(running.settings.target)
    _ingest(1)
    title = f"Profile of ingestion, {SIZE} documents a request, by {PER} documents"
    running.report.profile(title, _profile(partial(_ingest, REQUESTS), REQUESTS * SIZE / PER))
    _query(1)
    title = f"Profile of a query of {LIMIT} documents"
    running.report.profile(title, _profile(partial(_query, QUERIES), QUERIES))


def _ingest(requests: int) -> None:
    batches = make_requests(requests, SIZE)
    events = [make_event(to_json({"documents": documents})) for documents in batches]
    take_all(wiring.ingest(), events)


def _query(times: int) -> None:
    table, parameters = wiring.table_settings(), {"limit": str(LIMIT)}
    for _ in range(times):
        now = datetime.now(UTC)
        queries.query_response(wiring.store(), DEMO_TENANT, parameters, now, table)


def _profile(work: Callable[[], None], number: float) -> list[str]:
    """The functions with the most CPU time of their own, of `number` profiled units of work."""
    profiler = cProfile.Profile(time.process_time)
    profiler.runcall(work)
    profiler.create_stats()
    functions = sorted(
        (own, calls, f"{_short(file, line)}{name}")
        for (file, line, name), (_, calls, own, *_) in profiler.stats.items()
    )
    return [
        f"{1e3 * own / number:9.3f} CPU ms {calls / number:10,.1f} calls  {name}"
        for own, calls, name in reversed(functions[-LINES:])
    ]


def _short(file: str, line: int) -> str:
    """A line below the project or a package, as short as it is clear; nothing for C code."""
    path = Path(file)
    if not path.is_absolute():
        return ""
    if path.is_relative_to(ROOT) and "site-packages" not in path.parts:
        return f"{path.relative_to(ROOT)}:{line} "
    return f"{'/'.join(path.parts[-2:])}:{line} "
