"""The CPU time of ingestion by part: the real code, with one part after another replaced.

Each part is the difference of two measurements. All but the last run in this process, with the real
adapters against the emulator, whose CPU time counts too; the last sends the same requests to the
API.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from bench.documents import make_requests
from bench.ingest import send_all
from bench.report import Row
from bench.rounds import Prepare, Timing
from bench.running import Running
from echostream.domain.codec import to_json
from echostream.domain.document_store import Outcome, Put
from echostream.domain.ingest import Ingest
from echostream.domain.json_lines import pack
from echostream.domain.lake import Batch, Rows, Zone
from echostream.domain.model import Document, Enrichment, ScoredDocument, Scores, Sentiment
from echostream.entrypoints import http, request_body, wiring
from echostream_cli.command import use_settings_of_processor
from echostream_cli.operate.replay import UnchangedLake
from echostream_cli.users import DEMO_TENANT

SIZE, REQUESTS = 100, 10
"""Documents of a request, and requests of a measurement."""
PER = 100
"""The number of documents of which the report has the CPU time."""


class NoEngine:
    """Gives every document the same score."""

    def enrich(self, documents: Sequence[Document], now: datetime) -> list[Enrichment]:
        scores = Scores(positive=0.0, negative=0.0, neutral=1.0, mixed=0.0)
        score = Enrichment(Sentiment.NEUTRAL, scores, 0.0, "none", "0", "en", False, now)
        return [score] * len(documents)


class PackingLake:
    """Packs objects, and sends none."""

    def write(self, zone: Zone, batch: Batch, rows: Rows) -> None:
        """Pack the rows."""
        batch.key(zone)
        pack(rows)


class NoStore:
    """Accepts every document as new, and keeps none. It has only what ingestion calls."""

    def put(
        self,
        tenant: str,
        documents: Sequence[ScoredDocument],
        now: datetime,
        retention: timedelta | None = None,
    ) -> list[Put]:
        """Every document is stored."""
        del tenant, now, retention
        return [Put(Outcome.STORED, scored) for scored in documents]

    def mark_received(self, tenant: str, at: datetime) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part, and the measurements whose difference it is; `less` is empty for the first."""

    name: str
    kind: str
    less: str = ""


PARTS = (
    Part("JSON and checks", "checks"),
    Part("scoring", "scoring", "checks"),
    Part("packing", "packing", "scoring"),
    Part("S3", "lake", "packing"),
    Part("documents table", "table", "lake"),
    Part("Lambda, API and client", "api", "table"),
)


def bench(running: Running) -> None:
    """Report each part, and the groups of processes that need the whole."""
    running.report.section(f"CPU time of {PER} documents, {SIZE} a request")
    use_settings_of_processor(running.settings.target)
    kinds: dict[str, Prepare] = {
        name: partial(_prepare, ingest) for name, ingest in make_kinds(wiring.ingest()).items()
    }
    kinds["api"] = lambda: partial(send_all, running.client, make_requests(REQUESTS, SIZE), 1)
    for prepare in kinds.values():
        prepare()()
    timings = running.take_turns("parts", kinds)
    for part in PARTS:
        running.report.add(Row(part.name, "CPU ms", _part_ms(part, timings)))
    running.report.add(Row("all parts", "CPU ms", _ms(timings["api"].cpu_seconds)))
    for group, seconds in timings["api"].cpu.items():
        if seconds:
            running.report.add(Row(f"of these, {group}", "CPU ms", _ms(seconds)))


def make_kinds(ingest: Ingest) -> dict[str, Ingest]:
    """The real ingestion with fewer and fewer parts replaced."""
    store: Any = NoStore()
    without_lake = replace(ingest, lake=UnchangedLake(), store=store)
    return {
        "checks": replace(without_lake, engine_for=lambda _: NoEngine()),
        "scoring": without_lake,
        "packing": replace(ingest, lake=PackingLake(), store=store),
        "lake": replace(ingest, store=store),
        "table": ingest,
    }


def _part_ms(part: Part, timings: dict[str, Timing]) -> float:
    less = timings[part.less].cpu_seconds if part.less else 0.0
    return _ms(timings[part.kind].cpu_seconds - less)


def _ms(seconds: float) -> float:
    return seconds * 1e3 * PER / (SIZE * REQUESTS)


def _prepare(ingest: Ingest) -> Any:
    """The work of a measurement, with new documents."""
    bodies = [to_json({"documents": documents}) for documents in make_requests(REQUESTS, SIZE)]
    return partial(take_all, ingest, [make_event(body) for body in bodies])


def make_event(body: str) -> dict[str, Any]:
    """What the function reads of an event of the API."""
    return {"body": body, "headers": {"content-type": "application/json"}, "isBase64Encoded": False}


def take_all(ingest: Ingest, events: Sequence[dict[str, Any]]) -> None:
    """What the function does for each event. Raises `RuntimeError` if a document is refused."""
    for event in events:
        documents = request_body.documents(APIGatewayProxyEventV2(event))
        response = http.accepted(ingest(DEMO_TENANT, documents, datetime.now(UTC)))
        if json.loads(str(response.body))["accepted"] != len(documents):
            raise RuntimeError(f"documents were rejected: {response.body}")
