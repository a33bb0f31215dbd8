"""CPU time and memory of each function for the largest work that it may be given.

They are read from the workers of a sandbox, so that they have the handler, the layers and the AWS
SDK. A worker begins with a small request; the time of both is kept, as the largest request can be
the first of a worker. `make scale PAGE=1` makes the table of docs/scale.md of them.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bench.alerts import cost
from bench.documents import make_documents
from bench.report import Row
from bench.running import Running
from bench.themes import speed
from echostream.domain.codec import time_to_wire
from echostream.domain.digest.report_periods import ReportKind
from echostream.domain.query import MAX_LIMIT
from echostream.domain.validation import MAX_BODY_BYTES, MAX_DOCUMENTS
from echostream_cli.errors import UserError
from echostream_cli.lake import compact
from echostream_cli.operate import alerts, report
from echostream_cli.outputs import api as sign_in
from echostream_cli.scale import function_sizes
from echostream_cli.scale.function_sizes import Measured
from echostream_client.ingest_function import IngestFunction
from seed.dataset import samples

DAY = timedelta(days=1)
PERIODS = ((timedelta(hours=1), DAY), (DAY, DAY), (2 * DAY, 7 * DAY))
"""Age and length of those that `GET /themes` compares: a day, the day before, the week before."""
SAMPLE = 3_000
"""Documents that are stored in each of them. It reads up to 12,000, for which the emulator needs
more time than the API waits."""
GROWTH = 2
"""By which the CPU time of 9,000 documents is multiplied for 36,000, and that of a report for more
sources: a half of it is calls, of which there are about as many. docs/scale.md has the limits."""
ROOM = 600
"""Bytes of a document of the largest request beside its text."""
AUTHOR = "bench-author"
TENANTS = 20
"""Of a run of the alerts; one is measured, with the themes of all its hours."""

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Task:
    """The largest work of a function, after a small one that starts its worker."""

    function: str
    title: str
    start: Work
    work: Work
    times: float = 1.0
    """How many times as much the function may be given."""


class Tasks:
    """The tasks in a sandbox whose API queues documents, in the order in which they run."""

    def __init__(self, running: Running) -> None:
        self._running, self._api = running, running.client
        self._target = running.settings.target
        name = self._target.resource("ProcessorFunction")
        self._processor = IngestFunction(self._target.client("lambda"), name, "demo")
        self._now = datetime.now(UTC)
        self._length = MAX_BODY_BYTES // MAX_DOCUMENTS - ROOM
        self._text = " ".join(one.text for one in samples("tweets"))

    def __iter__(self) -> Iterator[Task]:
        api, changes = self._api, 1000 / (len(PERIODS) * SAMPLE)
        yield Task("ClaimsFunction", "a sign-in", self._sign_in, self._sign_in)
        yield Task("ProcessorFunction", "500 documents, 5 MB", self._one, self._largest)
        yield Task("DeriveFunction", "1,000 changes", self._one, self._load, changes)
        yield Task("IngestFunction", "500 documents, 5 MB", self._queue_one, self._queue)
        yield Task("QueryFunction", "a page of 500 documents, 5 MB", api.usage, self._page)
        yield Task("ThemesFunction", "36,000 documents", self._no_themes, api.themes, GROWTH)
        tenants = f"{TENANTS} tenants, 100 sources"
        yield Task(
            "DigestFunction",
            "20 reports of a week",
            self._no_digest,
            self._report,
            GROWTH * TENANTS,
        )
        yield Task("AlertsFunction", tenants, self._watch, self._watch)
        yield Task("CompactFunction", "the closed days", self._compact, self._compact)
        yield Task("EraseFunction", "an author of 500 documents", api.erasures, self._erase)
        yield Task("AdminFunction", "the members", api.members, api.members)
        yield Task("SourcesFunction", "the live sources", api.live_sources, api.live_sources)
        yield Task("DestinationsFunction", "the destinations", api.destinations, api.destinations)

    def _sign_in(self) -> object:
        return sign_in(self._running.settings, self._running.outputs).usage()

    def _one(self) -> None:
        documents = make_documents(1, f"one-{time.time_ns()}", self._now)
        self._api.wait_until_counted(self._processor.ingest(documents)["received_at"])

    def _load(self) -> None:
        """Store documents of all periods, and wait until they are counted."""
        for number, (age, length) in enumerate(PERIODS):
            for start in range(0, SAMPLE, MAX_DOCUMENTS):
                batch = make_documents(MAX_DOCUMENTS, f"load-{number}-{start}", self._now)
                for index, document in enumerate(batch, start):
                    moment = self._now - age - length * (index / SAMPLE)
                    document["created_at"] = time_to_wire(moment)
                response = self._processor.ingest(batch)
        self._api.wait_until_counted(response["received_at"])

    def _documents(self, prefix: str) -> list[dict[str, str]]:
        """The largest request, of texts that begin at different places."""
        steps = len(self._text) // (2 * MAX_DOCUMENTS)
        starts = (index * steps for index in range(MAX_DOCUMENTS))
        return [
            {
                "id": f"{prefix}-{start}",
                "text": self._text[start : start + self._length],
                "source": "bench",
                "author": AUTHOR,
            }
            for start in starts
        ]

    def _largest(self) -> None:
        response = self._processor.ingest(self._documents("large"))
        if response["accepted"] != MAX_DOCUMENTS:
            raise UserError(f"not all documents are accepted: {response['rejected'][:1]}")

    def _queue_one(self) -> object:
        return self._api.ingest(make_documents(1, "queued", self._now))

    def _queue(self) -> object:
        return self._api.ingest(self._documents("large"))

    def _page(self) -> object:
        return self._api.query(limit=MAX_LIMIT)

    def _no_themes(self) -> object:
        return self._api.themes(**self._empty_period())

    def _no_digest(self) -> object:
        return self._api.digest(**self._empty_period())

    def _empty_period(self) -> dict[str, str]:
        start = self._now - 20 * DAY
        return {"from": time_to_wire(start), "to": time_to_wire(start + DAY)}

    def _report(self) -> object:
        return report.preview(self._target, "demo", ReportKind.WEEKLY)

    def _watch(self) -> object:
        event = {"time": time_to_wire(datetime.now(UTC)), "hours": 1}
        name = self._target.resource("AlertsFunction")
        client = self._target.client("lambda", alerts.PATIENCE)
        response = client.invoke(FunctionName=name, Payload=json.dumps(event))
        return response["Payload"].read()

    def _compact(self) -> object:
        return compact.compact(self._target, datetime.now(UTC) + 2 * DAY)

    def _erase(self) -> None:
        erasure = self._api.erase_author(AUTHOR)
        while erasure["state"] != "done":
            time.sleep(1)
            erasure = self._api.erasure(erasure["id"])


def bench(running: Running) -> None:
    """Measure all functions, and save what the table is made of."""
    running.report.section("CPU time and peak memory of the largest work of each function")
    measured = {}
    for task in Tasks(running):
        one = _measure(running, task)
        if task.function == "AlertsFunction":  # the sandbox has no four weeks to compare with
            one = replace(one, cpu=round(TENANTS * _watch_tenant(), 2))
        measured[task.function] = one
        running.report.add(Row(f"{task.function}, {task.title}", "CPU s", one.cpu))
        running.report.add(Row(f"{task.function}, peak memory", "MB", one.megabytes))
    function_sizes.save(measured)


def _watch_tenant() -> float:
    """CPU seconds of a run of the alerts for a busy tenant, without the reads of the table."""
    return cost.run(max(cost.SOURCES))[1] + cost.compare_themes(speed.EvenStore(100_000))


def _measure(running: Running, task: Task) -> Measured:
    name = running.settings.target.resource(task.function)
    task.start()
    start = _seconds(running, name)
    task.work()
    cpu = (_seconds(running, name) - start) * task.times
    peak = running.meter.peak_memory(name)
    return Measured(task.title, round(start, 2), round(cpu, 2), round(peak))


def _seconds(running: Running, name: str) -> float:
    """The CPU seconds of all workers of a function since they started."""
    times = [worker.cpu_times() for worker in running.meter.workers(name)]
    return sum(one.user + one.system for one in times)
