"""The stream path after the door: documents of the stream's records are stored, or quarantined.

No document makes a batch fail: what cannot be processed goes to quarantine, and the others are
stored. A batch fails only if a dependency does, and is then delivered again; repeats are harmless.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from echostream.domain.document_store import Outcome, Put
from echostream.domain.erasure import ErasedDocuments, Erasures
from echostream.domain.errors import BadDocument, BadRequest, EchoStreamError
from echostream.domain.ingest import REJECTIONS, Ingest
from echostream.domain.lake import batch_of
from echostream.domain.model import Document, Enrichment, hour_of
from echostream.domain.privacy import Privacy
from echostream.domain.quarantine import Quarantine, Quarantined, document_item, record_item
from echostream.domain.stream_record import Delivery, parse
from echostream.domain.validation import AcceptedTimes, document_from_wire, sent_id

NOT_PROCESSED = "processing_failed"
MAX_GROUP = 1000
"""Documents that are scored and stored together: a function that runs out of time has stored those
before, and is not charged for their scores again."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record as the stream delivers it, and when it was written."""

    data: bytes
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """A document of a record: as sent and checked, and when the API received it."""

    row: Any
    document: Document
    arrived_at: datetime


@dataclass
class Consumed:
    """The result of a batch. `stored` are the scores of new documents, `oldest` is their arrival.

    `quarantined` is the number of new items, `erased` that of documents that an erasure covers:
    these are dropped. `failure` is the reason why the batch has to be
    delivered again.
    """

    ids: list[str] = field(default_factory=list)
    stored: list[Enrichment] = field(default_factory=list)
    oldest: datetime | None = None
    quarantined: int = 0
    erased: int = 0
    failure: EchoStreamError | None = None


@dataclass(frozen=True, slots=True)
class Consume:
    """Takes the records of one batch."""

    ingest: Ingest
    quarantine: Quarantine
    erasures: Erasures
    privacy_of: Callable[[str], Privacy]

    def __call__(self, records: Sequence[Record], now: datetime) -> Consumed:
        """Store the documents of the records; the tenant with the fewest documents is first.

        A failure for one tenant does not stop the others. Raises `TryAgain` if the options of a
        tenant cannot be read.
        """
        batch = _Batch(self.ingest, self.quarantine, self.privacy_of, now)
        for record in records:
            batch.read(record)
        batch.drop_erased(self.erasures)
        for (tenant, hour), items in sorted(batch.groups.items(), key=lambda pair: len(pair[1])):
            for start in range(0, len(items), MAX_GROUP):
                batch.store(tenant, hour, items[start : start + MAX_GROUP])
        for item in batch.bad:
            batch.add_to_quarantine(item)
        batch.mark_received()
        return batch.result


class _Batch:
    """A batch while it is processed: its documents by tenant and hour, and what is bad."""

    def __init__(
        self,
        ingest: Ingest,
        quarantine: Quarantine,
        privacy_of: Callable[[str], Privacy],
        now: datetime,
    ) -> None:
        self.groups: dict[tuple[str, datetime], list[Item]] = {}
        self.bad: list[Quarantined] = []
        self.result = Consumed()
        self._ingest = ingest
        self._quarantine = quarantine
        self._now = now
        self._privacy_of = privacy_of
        self._latest: dict[str, datetime] = {}
        self._failed: set[str] = set()

    def read(self, record: Record) -> None:
        """Check a record and each of its documents."""
        try:
            delivery = parse(record.data)
        except BadRequest as error:
            self.bad.append(record_item(record.data, error, record.written_at, self._now))
            return
        self._note_arrival(delivery)
        retention = self._retention(delivery.tenant)
        for row in delivery.rows:
            try:
                document = check_again(delivery, row, self._now, retention)
            except BadRequest as error:
                self._add_bad(delivery.tenant, row, error, delivery.arrived_at)
                continue
            key = delivery.tenant, hour_of(delivery.arrived_at)
            item = Item(row, document, delivery.arrived_at)
            self.groups.setdefault(key, []).append(item)

    def _retention(self, tenant: str) -> timedelta:
        return self._privacy_of(tenant).retention(self._ingest.retention)

    def _note_arrival(self, delivery: Delivery) -> None:
        """Keep the latest arrival of each tenant; one outside of the retention is not ours."""
        if is_within(delivery, AcceptedTimes(self._now, self._ingest.retention)):
            latest = self._latest.get(delivery.tenant, delivery.arrived_at)
            self._latest[delivery.tenant] = max(latest, delivery.arrived_at)

    def drop_erased(self, erasures: Erasures) -> None:
        """Drop documents that arrived before an erasure that covers them."""
        items: list[tuple[str, Item | Quarantined]] = [(bad.tenant, bad) for bad in self.bad]
        items += [(tenant, item) for (tenant, _), group in self.groups.items() for item in group]
        first: dict[str, datetime] = {}
        for tenant, item in items:
            first[tenant] = min(item.arrived_at, first.get(tenant, item.arrived_at))
        for tenant, moment in first.items():
            try:
                erased = ErasedDocuments(erasures.since(tenant, moment))
            except EchoStreamError as error:
                self._fail(tenant, error)
                self._keep(tenant, lambda _: False)
            else:
                self.result.erased += self._keep(tenant, partial(_is_left, erased))
                if tenant in self._latest and erased.has_all(self._latest[tenant]):
                    del self._latest[tenant]

    def _keep(self, tenant: str, is_kept: Callable[[Item | Quarantined], bool]) -> int:
        """Drop the other documents of a tenant; their number."""
        number = len(self.bad)
        self.bad = [item for item in self.bad if item.tenant != tenant or is_kept(item)]
        number -= len(self.bad)
        for key, items in self.groups.items():
            if key[0] == tenant:
                self.groups[key] = [item for item in items if is_kept(item)]
                number += len(items) - len(self.groups[key])
        return number

    def store(self, tenant: str, hour: datetime, items: Sequence[Item]) -> None:
        """Store documents of one tenant and hour of arrival."""
        rows = [item.row for item in items]
        batch = batch_of(tenant, hour, rows)
        try:
            documents, retention = [item.document for item in items], self._retention(tenant)
            puts = self._ingest.write(batch, rows, documents, self._now, retention)
        except Exception as error:  # an unknown fault in one document must not block the shard
            if isinstance(error, EchoStreamError) and not isinstance(error, BadRequest):
                self._fail(tenant, error)
            else:
                self._isolate(tenant, hour, items, error)
        else:
            self._record(tenant, items, puts)

    def _isolate(
        self, tenant: str, hour: datetime, items: Sequence[Item], error: Exception
    ) -> None:
        """Store the two halves of a group on their own, down to the document with the fault."""
        if len(items) > 1:
            middle = len(items) // 2
            self.store(tenant, hour, items[:middle])
            self.store(tenant, hour, items[middle:])
            return
        [item] = items
        reason = f"document: {type(error).__name__} while it was processed ({str(error)!a})"
        fault = BadDocument(NOT_PROCESSED, reason[:300])
        self._add_bad(tenant, item.row, fault, item.arrived_at)

    def _record(self, tenant: str, items: Sequence[Item], puts: Sequence[Put]) -> None:
        """Add stored documents to the result, and those that the table refused to what is bad."""
        result = self.result
        for item, put in zip(items, puts, strict=True):
            if put.outcome in REJECTIONS:
                reason = BadDocument(put.outcome.value, REJECTIONS[put.outcome])
                self._add_bad(tenant, item.row, reason, item.arrived_at)
                continue
            result.ids.append(put.stored.document.id)
            if put.outcome is Outcome.STORED:
                result.stored.append(put.stored.enrichment)
                result.oldest = min(result.oldest or item.arrived_at, item.arrived_at)

    def _add_bad(self, tenant: str, row: Any, error: BadRequest, arrived_at: datetime) -> None:
        self.bad.append(document_item(tenant, row, error, arrived_at, self._now))

    def add_to_quarantine(self, item: Quarantined) -> None:
        """Store an item in quarantine."""
        try:
            self.result.quarantined += self._quarantine.add(item)
        except EchoStreamError as error:
            self._fail(item.tenant, error)

    def mark_received(self) -> None:
        """Mark the latest arrival of each tenant whose documents are all stored or quarantined."""
        for tenant, arrived_at in self._latest.items():
            if tenant in self._failed:
                continue
            try:
                self._ingest.store.mark_received(tenant, arrived_at)
            except EchoStreamError as error:
                self._fail(tenant, error)

    def _fail(self, tenant: str, error: EchoStreamError) -> None:
        self._failed.add(tenant)
        self.result.failure = error


def _is_left(erased: ErasedDocuments, item: Item | Quarantined) -> bool:
    rows = [item.row] if isinstance(item, Item) else item.documents
    return not any(is_erased(erased, row, item.arrived_at) for row in rows)


def is_erased(erased: ErasedDocuments, row: Any, arrived_at: datetime) -> bool:
    """Whether a document as sent, which arrived at a time, is erased."""
    return isinstance(row, dict) and erased.has(sent_id(row), row.get("author"), arrived_at)


def is_within(delivery: Delivery, times: AcceptedTimes) -> bool:
    """Whether documents arrived within the retention, and not in the future."""
    return times.oldest < delivery.arrived_at <= times.newest


def check_again(delivery: Delivery, row: Any, now: datetime, retention: timedelta) -> Document:
    """A document of a record, as the door checked it when it arrived. Raises `BadRequest`.

    One that has become older than the retention since goes to the lake only.
    """
    if not is_within(delivery, AcceptedTimes(now, retention)):
        raise BadDocument("out_of_range", "arrived_at: outside of the retention")
    return document_from_wire(row, AcceptedTimes(delivery.arrived_at, retention))
