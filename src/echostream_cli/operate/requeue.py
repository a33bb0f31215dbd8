"""Stores mended documents of the quarantine: `make requeue FROM=file`.

They go through the code that takes the stream's records, so that only the API is left out.
An item leaves the quarantine after all its documents are stored. A second run finds no item, and a
run after a crash finds documents that are stored already: neither adds anything.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from echostream.adapters.s3_quarantine import S3Quarantine
from echostream.domain.consume import Consume, Record
from echostream.domain.erasure import Erasures
from echostream.domain.errors import BadDocument
from echostream.domain.ingest import Ingest
from echostream.domain.privacy import PLAIN, Privacy
from echostream.domain.quarantine import Quarantined
from echostream.domain.stream_record import VERSION
from echostream_cli.operate.quarantine_file import InvalidLine, MendedItem

STORED, REPEATED, ERASED, GONE, KEPT = (
    "stored",
    "already stored",
    "erased, not stored",
    "no longer in quarantine",
    "still in quarantine",
)


@dataclass
class RequeueReport:
    """Numbers of documents by outcome, and a message for each item that stays in quarantine."""

    documents: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


class _Refusals:
    """A quarantine that only lists: the items are in the real one already."""

    def __init__(self) -> None:
        self.items: list[Quarantined] = []

    def add(self, item: Quarantined) -> bool:
        self.items.append(item)
        return True


@dataclass(frozen=True, slots=True)
class Requeue:
    """Stores the documents of mended items, and removes the items."""

    ingest: Ingest
    quarantine: S3Quarantine
    erasures: Erasures
    privacy_of: Callable[[str], Privacy]

    def __call__(self, lines: Iterable[MendedItem | InvalidLine], now: datetime) -> RequeueReport:
        """Requeue the items of a file. Raises `TryAgain`; a repeated call continues."""
        report = RequeueReport()
        for line in lines:
            if isinstance(line, InvalidLine):
                report.problems.append(str(line))
            elif item := self.quarantine.get(line.key):
                self._requeue(item, line, now, report)
            else:
                report.documents[GONE] += len(line.documents)
        return report

    def _requeue(
        self, item: Quarantined, line: MendedItem, now: datetime, report: RequeueReport
    ) -> None:
        refusals = _Refusals()
        consume = Consume(self.ingest, refusals, self.erasures, self.privacy_of)
        try:
            record = Record(self._encode(line), item.arrived_at)
        except BadDocument as error:
            report.documents[KEPT] += len(line.documents)
            report.problems.append(f"{line.key}: {error.code}: {error.message}")
            return
        result = consume([record], now)
        if result.failure:
            raise result.failure
        report.documents[STORED] += len(result.stored)
        report.documents[REPEATED] += len(result.ids) - len(result.stored)
        if result.erased:
            report.documents[ERASED] += result.erased
        if not refusals.items:
            self.quarantine.remove(item)
            return
        report.documents[KEPT] += len(line.documents) - len(result.ids) - result.erased
        first = refusals.items[0]
        report.problems.append(f"{line.key}: {first.reason}: {first.message}")
        self.quarantine.replace(
            replace(item, reason=first.reason, message=first.message, attempts=item.attempts + 1)
        )

    def _encode(self, line: MendedItem) -> bytes:
        """A record with the documents of a line, after the options of the tenant.

        ASCII: a text may have half a surrogate pair.
        """
        privacy = self.privacy_of(line.tenant) if isinstance(line.tenant, str) else PLAIN
        content = {
            "version": VERSION,
            "tenant": line.tenant,
            "arrived_at": line.arrived_at,
            "documents": [privacy.apply(row) for row in line.documents],
        }
        return json.dumps(content).encode()
