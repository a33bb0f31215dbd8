"""The places of an erasure but the lake's zones: the table, and what was made of documents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from echostream.domain.compaction import Report
from echostream.domain.document_store import DocumentStore
from echostream.domain.erase_ports import (
    Deletions,
    ErasableQuarantine,
    RewritableLake,
    subject_of_running,
)
from echostream.domain.erasure import Chunk, Erasure
from echostream.domain.errors import TooEarly, TryAgain
from echostream.domain.lake import QUARANTINE, RESULTS, LakeCatalog, LakeFiles, Zone, tenant_prefix
from echostream.domain.model import ScoredDocument
from echostream.domain.quarantine import Quarantined
from echostream.domain.query import MAX_LIMIT, Question, newest
from echostream.domain.validation import MAX_CLOCK_SKEW, sent_id

ZONES: tuple[Zone, ...] = ("raw", "enriched")
ITEMS = 200
"""Items of the quarantine in a part."""
RESULTS_AT_ONCE = 1000
"""Results of queries in a part (S3's limit of one call)."""
DAYS = 10
"""Days that are compacted in a part."""
EXPIRED = timedelta(days=3)
"""The time for which the table may still list documents that have expired."""


@dataclass(frozen=True, slots=True)
class EraseTable:
    """The documents table; the counters follow its stream.

    Documents that it has and does not list are found by their ids in the lake: those of the lake
    only, and expired ones.
    """

    store: DocumentStore
    deletions: Deletions
    retention: timedelta

    def find(self, erasure: Erasure) -> Chunk:
        subject = subject_of_running(erasure)
        if subject.kind == "document":
            found = self.deletions.find(erasure.tenant, subject.ids, erasure.covers_to)
            return Chunk({one.document.id: 1 for one in found}, None)
        end = erasure.covers_to + MAX_CLOCK_SKEW
        period = Question(end - self.retention - EXPIRED, end)
        page = newest(self.store, erasure.tenant, period, MAX_LIMIT, erasure.position or None)
        found = [one for one in page.documents if _is_covered(erasure, one)]
        return Chunk({one.document.id: 1 for one in found}, page.position)

    def erase(self, erasure: Erasure, chunk: Chunk) -> None:
        delete_by_id(self.deletions, erasure, list(chunk.found))


def delete_by_id(deletions: Deletions, erasure: Erasure, ids: Sequence[str]) -> None:
    """Delete the documents with these ids that an erasure covers."""
    found = deletions.find(erasure.tenant, ids, erasure.covers_to)
    deletions.delete(erasure.tenant, [one for one in found if _is_covered(erasure, one)])


def _is_covered(erasure: Erasure, scored: ScoredDocument) -> bool:
    is_subject = subject_of_running(erasure).is_of(scored.document.id, scored.document.author)
    return is_subject and scored.enrichment.enriched_at <= erasure.covers_to


@dataclass(frozen=True, slots=True)
class EraseQuarantine:
    """Documents in quarantine. What is there and cannot be read is named, and stays."""

    quarantine: ErasableQuarantine
    lake: RewritableLake

    def find(self, erasure: Erasure) -> Chunk:
        found, unsearched, last, number = {}, [], "", 0
        for item in self.quarantine.items(erasure.tenant, erasure.position):
            last, number = item.key, number + 1
            if not item.is_document:
                unsearched.append(item.key)
            elif self._is_covered(erasure, item):
                found[item.key] = 1
            if number == ITEMS:
                return Chunk(found, last, tuple(unsearched))
        for zone in ZONES:
            prefix = QUARANTINE + tenant_prefix(zone, erasure.tenant)
            unsearched += [key for key, _ in self.lake.list_objects(prefix, "", ITEMS)]
        return Chunk(found, None, tuple(unsearched))

    def erase(self, _: Erasure, chunk: Chunk) -> None:
        for key in chunk.found:
            if item := self.quarantine.get(key):
                self.quarantine.remove(item)

    @staticmethod
    def _is_covered(erasure: Erasure, item: Quarantined) -> bool:
        if item.arrived_at > erasure.covers_to:
            return False
        subject = subject_of_running(erasure)
        return any(
            isinstance(row, dict) and subject.is_of(sent_id(row), row.get("author"))
            for row in item.documents
        )


Compact = Callable[[datetime, Sequence[str]], Report]
"""Compacts days whose objects were rewritten."""


@dataclass(frozen=True, slots=True)
class EraseCompacted:
    """The Parquet files of the days whose objects in `enriched` were rewritten.

    The first round compacts them again; queries that run may still read the former files. The
    second round deletes these. A document that was sent again meanwhile is a new one: a compaction
    that still saw the erased row has left it out, so the days since the request are due again.
    """

    compact: Compact
    catalog: LakeCatalog
    files: LakeFiles
    clock: Callable[[], datetime]
    settle: timedelta

    def find(self, erasure: Erasure) -> Chunk:
        days = [day for day in erasure.days if day > erasure.position]
        registered = self.catalog.compacted_days()
        part = days[:DAYS]
        is_compacted = {day: erasure.tenant in registered.get(day, {}) for day in part}
        found = {day: 0 for day in part if is_compacted[day] or erasure.round > 1}
        return Chunk(found, part[-1] if len(days) > DAYS else None)

    def erase(self, erasure: Erasure, chunk: Chunk) -> None:
        days = list(chunk.found)
        if not days:
            return
        checked = {*days, *self._make_due(erasure)}
        report = self.compact(self.clock(), sorted(checked))
        for day in report.failed.keys() & checked:
            raise TryAgain(f"compaction of {day}: {report.failed[day]}")
        if erasure.round > 1:
            self._delete_former(erasure.tenant, days)

    def _make_due(self, erasure: Erasure) -> list[str]:
        """Let the tenant's compacted days since the request differ from their objects' state."""
        first = f"{erasure.covers_to.astimezone(UTC):%Y-%m-%d}"
        registered = self.catalog.compacted_days()
        days = [day for day in registered if day >= first and erasure.tenant in registered[day]]
        for day in days:
            current = registered[day][erasure.tenant]
            self.catalog.register(day, {erasure.tenant: replace(current, state="")})
        return days

    def _delete_former(self, tenant: str, days: Sequence[str]) -> None:
        registered, oldest = self.catalog.compacted_days(), self.clock() - self.settle
        deleted = []
        for day in days:
            current = registered.get(day, {}).get(tenant)
            folder = current.folder if current else None
            deleted.append(self.files.delete_former(day, tenant, folder, oldest))
        if not all(deleted):
            raise TooEarly("a compaction that runs now may be writing one of these days")


@dataclass(frozen=True, slots=True)
class EraseResults:
    """Results of queries, but for those in folders of other tenants.

    The names of the others do not tell whose they are.
    """

    lake: RewritableLake
    clock: Callable[[], datetime]

    def find(self, erasure: Erasure) -> Chunk:
        now, limit = self.clock(), RESULTS_AT_ONCE
        listed = self.lake.list_objects(RESULTS, erasure.position, limit)
        own = f"{RESULTS}tenant_id={erasure.tenant}/"
        found = {
            key: 0
            for key, written_at in listed
            if written_at <= now and (key.startswith(own) or "/tenant_id=" not in key)
        }
        return Chunk(found, listed[-1][0] if len(listed) == limit else None)

    def erase(self, _: Erasure, chunk: Chunk) -> None:
        self.lake.delete_many(list(chunk.found))
