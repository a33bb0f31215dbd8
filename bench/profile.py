"""Where the functions spend their own CPU time: the real code under Python's profiler.

It runs in this process. The table by part has the time of the emulator, which no profiler sees.
"""

import cProfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
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
    title = f"Profile of ingestion, {SIZE} documents a request, by {PER} documents"
    running.report.profile(title, _profile(_ingest, REQUESTS * SIZE / PER))
    title = f"Profile of a query of {LIMIT} documents, by query"
    running.report.profile(title, _profile(_query, QUERIES))


def _ingest() -> None:
    requests = make_requests(REQUESTS, SIZE)
    events = [make_event(to_json({"documents": documents})) for documents in requests]
    take_all(wiring.ingest(), events)


def _query() -> None:
    retention, parameters = wiring.table_settings().retention, {"limit": str(LIMIT)}
    for _ in range(QUERIES):
        now = datetime.now(UTC)
        queries.query_response(wiring.store(), DEMO_TENANT, parameters, now, retention)


def _profile(work: Callable[[], None], number: float) -> list[str]:
    """The functions with the most CPU time of their own, of `number` profiled units of work."""
    work()
    profiler = cProfile.Profile(time.process_time)
    profiler.runcall(work)
    profiler.create_stats()
    functions = sorted(
        ((own, calls, f"{_short(file)}:{line} {name}"))
        for (file, line, name), (_, calls, own, *_) in profiler.stats.items()
    )
    return [
        f"{1e3 * own / number:9.3f} CPU ms {calls / number:10,.1f} calls  {name}"
        for own, calls, name in reversed(functions[-LINES:])
    ]


def _short(file: str) -> str:
    """A path below the project or a package, as short as it is clear."""
    if not Path(file).is_absolute():
        return "C"
    path = Path(file)
    if path.is_relative_to(ROOT) and "site-packages" not in path.parts:
        return str(path.relative_to(ROOT))
    return "/".join(path.parts[-2:])
