"""Writes a period of the lake into the documents table again: `make replay FROM=2026-11-01 TO=...`.

The period is the time of arrival, in whole hours. First scored documents (`enriched/`) are stored
as they were, with the same times and scores of all engines, at no cost; those that were for the
lake only, by their ids only. Then text in `raw/` whose
id is not in the table goes through the pipeline, with its original hour of arrival. The tenant is
read from the object's key. Stored documents do not change, so a replay can be repeated, and
continues if it was interrupted. It continues past a document that is refused, and reports it.
Stored documents that `enriched/` lacks are written to it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from echostream.domain.archive import Archive, NewDocument
from echostream.domain.codec import scored_from_wire, scored_to_wire
from echostream.domain.document_store import DocumentStore, Outcome, expires_at
from echostream.domain.erasure import ErasedDocuments, Erasures
from echostream.domain.errors import BadRequest, CallRefused
from echostream.domain.ingest import Ingest
from echostream.domain.lake import Batch, Rows, Zone
from echostream.domain.model import Document, ScoredDocument, hour_of
from echostream.domain.privacy import Privacy, PrivacyOptions
from echostream.domain.validation import AcceptedTimes, document_from_wire
from echostream_cli.console import progress
from echostream_cli.operate.lake_objects import InvalidLakeObject, LakeObject, LakeObjects
from echostream_cli.operate.period import Period

STORED, SCORED, EXPIRED, ERASED, REJECTED, ARCHIVED = (
    "already stored",
    "scored now",
    "too old for the table",
    "erased",
    "rejected",
    "written to enriched/",
)
ARCHIVED_AFTER = timedelta(hours=1)
"""The age at which a stored document that is not in `enriched/` is missing there."""
Value = TypeVar("Value", Document, ScoredDocument)
LABELS = {
    Outcome.STORED: "stored again",
    Outcome.REPEATED: STORED,
    Outcome.CONFLICT: "rejected (another text under this id)",
}


@dataclass
class ReplayReport:
    """Numbers of documents by outcome, and a message for each object or line that is invalid."""

    scored: Counter[str] = field(default_factory=Counter)
    raw: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    archived: set[tuple[str, str]] = field(default_factory=set)
    """Tenants and ids of the scored documents."""


@dataclass(frozen=True, slots=True)
class Line(Generic[Value]):
    """A line of an object: its number, its JSON, and the document in it."""

    number: int
    row: dict[str, Any]
    value: Value


class UnchangedLake:
    """A lake that drops writes, because a replay reads its raw text from there."""

    def write(self, zone: Zone, batch: Batch, rows: Rows) -> None:
        """Write nothing."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Replays objects of a lake into a store; `ingest` scores raw text and stores it.

    `retention_of` returns the table's retention for a tenant.
    """

    objects: LakeObjects
    store: DocumentStore
    ingest: Ingest
    archive: Archive
    erasures: Erasures
    retention_of: Callable[[str], timedelta]

    def __call__(self, period: Period, now: datetime, tenant: str | None = None) -> ReplayReport:
        """Replay a period. Raises `TryAgain`; a repeated call continues."""
        report = ReplayReport()
        with progress("scored documents", "objects") as advance:
            for lake_object, rows in self._read_all("enriched", period, tenant, report):
                self._store_scored(lake_object, rows, now, report)
                advance(1)
        with progress("raw text", "objects") as advance:
            for lake_object, rows in self._read_all("raw", period, tenant, report):
                self._ingest_raw(lake_object, rows, now, report)
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

    def _erased(self, lake_object: LakeObject) -> ErasedDocuments:
        """What was erased since an object arrived, which it has only while an erasure runs."""
        return ErasedDocuments(self.erasures.since(lake_object.tenant, lake_object.hour))

    def _store_scored(
        self,
        lake_object: LakeObject,
        rows: list[dict[str, Any]],
        now: datetime,
        report: ReplayReport,
    ) -> None:
        current, erased = [], self._erased(lake_object)
        retention = self.retention_of(lake_object.tenant)
        for number, row in enumerate(rows, start=1):
            try:
                scored = scored_from_wire(row)
            except (KeyError, TypeError, ValueError, BadRequest) as error:
                reason = f"not a scored document ({error!r})"
                report.problems.append(_problem(lake_object, number, reason))
                continue
            report.archived.add((lake_object.tenant, scored.document.id))
            document, scored_at = scored.document, scored.enrichment.enriched_at
            if erased.has(document.id, document.author, scored_at):
                report.scored[ERASED] += 1
            elif expires_at(scored, retention) > now:
                current.append(Line(number, row, scored))
            else:
                report.scored[EXPIRED] += 1

        def store(lines: Sequence[Line[ScoredDocument]]) -> None:
            documents = [line.value for line in lines]
            puts = self.store.put(lake_object.tenant, documents, now, retention)
            for line, put in zip(lines, puts, strict=True):
                report.scored[LABELS.get(put.outcome, REJECTED)] += 1
                if put.outcome not in LABELS:
                    reason = f"the table refuses the document ({put.outcome.value})"
                    report.problems.append(_problem(lake_object, line.number, reason))

        _write(lake_object, current, store, report.scored, report.problems)
        self.store.mark_received(lake_object.tenant, now)

    def _ingest_raw(
        self,
        lake_object: LakeObject,
        rows: list[dict[str, Any]],
        now: datetime,
        report: ReplayReport,
    ) -> None:
        counts, tenant = report.raw, lake_object.tenant
        privacy = Privacy(PrivacyOptions(table_days=self.retention_of(tenant).days))
        current = self._select_current(lake_object, rows, now, report)
        stored = self.store.get_many(tenant, [line.value.id for line in current])
        repeated = [line.value for line in current if line.value.id in stored]
        same = [d for d in repeated if d.text == stored[d.id].document.text]
        counts[STORED] += len(same)
        counts[REJECTED] += len(repeated) - len(same)
        self._archive_missing(tenant, [stored[d.id] for d in same], now, report)

        def ingest(lines: Sequence[Line[Document]]) -> None:
            raw = [line.row for line in lines]
            receipt = self.ingest(tenant, raw, lake_object.arrived_at, privacy)
            rejected_ids = [lines[rejection.index].value.id for rejection in receipt.rejected]
            counts[SCORED] += len(set(receipt.ids) - set(stored))
            counts[REJECTED] += sum(document_id not in stored for document_id in rejected_ids)
            report.problems += [
                _problem(lake_object, lines[rejection.index].number, rejection.message)
                for rejection in receipt.rejected
                if rejection.code != "conflict"
            ]

        if len(repeated) < len(current):
            _write(lake_object, current, ingest, counts, report.problems)

    def _archive_missing(
        self, tenant: str, documents: Sequence[ScoredDocument], now: datetime, report: ReplayReport
    ) -> None:
        """Write stored documents to `enriched/` that are missing there."""
        missing = [
            NewDocument(tenant, hour_of(scored.enrichment.enriched_at), scored_to_wire(scored))
            for scored in documents
            if scored.enrichment.enriched_at + ARCHIVED_AFTER < now
            and (tenant, scored.document.id) not in report.archived
        ]
        if missing:
            self.archive(missing)
            report.raw[ARCHIVED] += len(missing)

    def _select_current(
        self,
        lake_object: LakeObject,
        rows: list[dict[str, Any]],
        now: datetime,
        report: ReplayReport,
    ) -> list[Line[Document]]:
        """Lines within the retention, each with its document as parsed at the time of arrival.

        That of a document for the lake only starts with the arrival.
        """
        retention = self.retention_of(lake_object.tenant)
        times = AcceptedTimes(lake_object.arrived_at, retention)
        current, erased = [], self._erased(lake_object)
        for number, row in enumerate(rows, start=1):
            try:
                document = document_from_wire(row, times)
            except BadRequest as error:
                report.raw[REJECTED] += 1
                report.problems.append(_problem(lake_object, number, error.message))
                continue
            if erased.has(document.id, document.author, lake_object.arrived_at):
                report.raw[ERASED] += 1
            elif _start(document, times) + retention > now:
                current.append(Line(number, row, document))
            else:
                report.raw[EXPIRED] += 1
        return current


def _start(document: Document, times: AcceptedTimes) -> datetime:
    """When the retention of a document starts that arrived at these times."""
    return times.now if times.is_lake_only(document) else document.created_at


def _write(
    lake_object: LakeObject,
    lines: Sequence[Line[Value]],
    write: Callable[[Sequence[Line[Value]]], None],
    counts: Counter[str],
    problems: list[str],
) -> None:
    """Write lines together. If that is refused, one by one: a refused document is a problem."""
    try:
        write(lines)
    except CallRefused as error:
        if len(lines) == 1:
            counts[REJECTED] += 1
            problems.append(_problem(lake_object, lines[0].number, str(error)))
            return
        for line in lines:
            _write(lake_object, [line], write, counts, problems)


def _problem(lake_object: LakeObject, number: int, reason: str) -> str:
    return f"{lake_object.key}: line {number}: {reason}"
