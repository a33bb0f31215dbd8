"""The peak memory of the processor's worker over that of its floor, which imports only botocore."""

from bench.documents import make_requests
from bench.floor.deployment import INGEST
from bench.ingest import send_all
from bench.report import Row
from bench.running import SIZES, Running


def bench(running: Running) -> None:
    """Measure after the first request to a new worker, and after a request of most documents.

    It must run before other requests to these functions.
    """
    floor = running.ingest_floor
    ours, bare = running.settings.target.resource("ProcessorFunction"), floor.name_of[INGEST]
    running.report.section("Peak resident memory of a worker")
    for size, title in ((SIZES[0], "cold start"), (SIZES[-1], f"after {SIZES[-1]} documents")):
        for client in (running.client, floor.api(size)):
            send_all(client, make_requests(1, size), 1)
        memory = running.meter.peak_memory(ours), running.meter.peak_memory(bare)
        running.report.add(Row(title, "MB", memory[0], "floor", memory[1]))
