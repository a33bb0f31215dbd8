"""Writes a period of the lake into the documents table again: `make replay FROM=2026-11-01 TO=...`.

The period is the time of arrival, in whole hours. First scored documents (`enriched/`) are stored
as they were, with the same times and scores of all engines, at no cost. Then text in `raw/` whose
id is not in the table goes through the pipeline, with its original hour of arrival. The tenant is
read from the object's key. Stored documents do not change, so a replay can be repeated, and
continues if it was interrupted.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from echostream.domain.codec import scored_from_wire
from echostream.domain.document_store import DocumentStore, Outcome
from echostream.domain.errors import BadRequest
from echostream.domain.ingest import Ingest
from echostream.domain.lake import Batch, Lake, Rows, Zone
from echostream.domain.model import Document, ScoredDocument
from echostream.domain.validation import AcceptedTimes, document_from_wire
from echostream_cli.console import progress
from echostream_cli.operate.lake_objects import InvalidLakeObject, LakeObject, LakeObjects
from echostream_cli.operate.period import Period

STORED, SCORED, EXPIRED, REJECTED = (
    "already stored",
    "scored now",
    "too old for the table",
    "rejected",
)
LABELS = {
    Outcome.STORED: "stored again",
    Outcome.REPEATED: STORED,
    Outcome.CONFLICT: "rejected (another text under this id)",
}


@dataclass
class ReplayReport:
    """Numbers of documents by outcome, and a message for each object that cannot be read."""

    scored: Counter[str] = field(default_factory=Counter)
    raw: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


class EnrichedOnly:
    """A lake that drops writes to `raw/`, because a replay reads its raw text from there."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def write(self, zone: Zone, batch: Batch, rows: Rows) -> None:
        """Write the rows, unless the zone is `raw`."""
        if zone != "raw":
            self._lake.write(zone, batch, rows)


@dataclass(frozen=True, slots=True)
class Replay:
    """Replays objects of a lake into a store; `ingest` is the pipeline that writes to both."""

    objects: LakeObjects
    store: DocumentStore
    ingest: Ingest
    retention: timedelta

    def __call__(self, period: Period, now: datetime, tenant: str | None = None) -> ReplayReport:
        """Replay a period. Raises `TryAgain`; a repeated call continues."""
        report = ReplayReport()
        with progress("scored documents", "objects") as advance:
            for lake_object, rows in self._read_all("enriched", period, tenant, report):
                self._store_scored(lake_object, rows, now, report)
                advance(1)
        with progress("raw text", "objects") as advance:
            for lake_object, rows in self._read_all("raw", period, tenant, report):
                self._ingest_raw(lake_object, rows, now, report.raw)
                advance(1)
        return report

    def _read_all(
        self, zone: Zone, period: Period, tenant: str | None, report: ReplayReport
    ) -> Iterator[tuple[LakeObject, list[dict[str, Any]]]]:
        for lake_object in self.objects.list_period(zone, period, tenant):
            try:
                yield lake_object, self.objects.read(lake_object)
            except InvalidLakeObject as error:
                report.problems.append(str(error))

    def _store_scored(
        self,
        lake_object: LakeObject,
        rows: list[dict[str, Any]],
        now: datetime,
        report: ReplayReport,
    ) -> None:
        documents: list[ScoredDocument] = []
        for row in rows:
            try:
                documents.append(scored_from_wire(row))
            except (KeyError, TypeError, ValueError, BadRequest) as error:
                problem = f"{lake_object.key}: contains an invalid document ({error!r})"
                report.problems.append(problem)
        current = [s for s in documents if s.document.created_at + self.retention > now]
        report.scored[EXPIRED] += len(documents) - len(current)
        puts = self.store.put(lake_object.tenant, current, now)
        report.scored.update(LABELS[put.outcome] for put in puts)

    def _ingest_raw(
        self,
        lake_object: LakeObject,
        rows: list[dict[str, Any]],
        now: datetime,
        counts: Counter[str],
    ) -> None:
        current = self._select_current(lake_object, rows, now, counts)
        stored = self.store.get_many(lake_object.tenant, [document.id for _, document in current])
        repeated = [document for _, document in current if document.id in stored]
        same = [d for d in repeated if d.text == stored[d.id].document.text]
        counts[STORED] += len(same)
        counts[REJECTED] += len(repeated) - len(same)
        if len(repeated) < len(current):
            receipt = self.ingest(
                lake_object.tenant, [row for row, _ in current], lake_object.arrived_at
            )
            rejected_ids = [current[rejection.index][1].id for rejection in receipt.rejected]
            counts[SCORED] += len(set(receipt.ids) - set(stored))
            counts[REJECTED] += sum(document_id not in stored for document_id in rejected_ids)

    def _select_current(
        self,
        lake_object: LakeObject,
        rows: list[dict[str, Any]],
        now: datetime,
        counts: Counter[str],
    ) -> list[tuple[dict[str, Any], Document]]:
        """Rows within the retention, each with its document as parsed at the time of arrival."""
        times = AcceptedTimes(lake_object.arrived_at, self.retention)
        current = []
        for row in rows:
            try:
                document = document_from_wire(row, times)
            except BadRequest:
                counts[REJECTED] += 1
                continue
            if document.created_at + self.retention > now:
                current.append((row, document))
            else:
                counts[EXPIRED] += 1
        return current
