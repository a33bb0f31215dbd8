"""Writes scored documents to the lake's zone `enriched/`, from the changes of the table.

A batch of changes gives one object for each tenant and hour in which its documents were scored. The
same batch gives the same objects, so that a repeat overwrites them. Documents that were scored some
time ago, because a batch failed or was replayed, may have been erased since: these are left out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from echostream.domain.codec import time_from_wire
from echostream.domain.erasure import ErasedDocuments, Erasures
from echostream.domain.lake import BulkLake, batch_of

LATE = timedelta(minutes=10)
"""The age at which documents are compared with erasures. The second round of an erasure finds what
is written within this time, and saves most batches a read."""


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document that was stored: its tenant, the hour in which it was scored, and its JSON."""

    tenant: str
    hour: datetime
    row: Mapping[str, Any]

    @property
    def scored_at(self) -> datetime:
        """When the document was scored."""
        return time_from_wire("enriched_at", self.row["enriched_at"])


@dataclass(frozen=True, slots=True)
class Archive:
    """Takes the new documents of one batch of changes."""

    lake: BulkLake
    erasures: Erasures
    clock: Callable[[], datetime]

    def __call__(self, documents: Iterable[NewDocument]) -> int:
        """Write documents to the lake; the number of objects. Raises `TryAgain`."""
        groups: dict[tuple[str, datetime], list[Mapping[str, Any]]] = {}
        for document in self._without_erased(list(documents)):
            groups.setdefault((document.tenant, document.hour), []).append(document.row)
        batches = [(batch_of(tenant, hour, rows), rows) for (tenant, hour), rows in groups.items()]
        self.lake.write_many("enriched", batches)
        return len(groups)

    def _without_erased(self, documents: Sequence[NewDocument]) -> list[NewDocument]:
        late: dict[str, datetime] = {}
        for one in documents:
            if one.scored_at < self.clock() - LATE:
                late[one.tenant] = min(one.scored_at, late.get(one.tenant, one.scored_at))
        erased = {
            tenant: ErasedDocuments(self.erasures.since(tenant, first))
            for tenant, first in late.items()
        }
        return [
            one
            for one in documents
            if one.tenant not in erased
            or not erased[one.tenant].has(one.row["id"], one.row.get("author"), one.scored_at)
        ]
