"""Writes scored documents to the lake's zone `enriched/`, from the changes of the table.

A batch of changes gives one object for each tenant and hour in which its documents were scored. The
same batch gives the same objects, so that a repeat overwrites them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from echostream.domain.lake import BulkLake, batch_of


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document that was stored: its tenant, the hour in which it was scored, and its JSON."""

    tenant: str
    hour: datetime
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Archive:
    """Takes the new documents of one batch of changes."""

    lake: BulkLake

    def __call__(self, documents: Iterable[NewDocument]) -> int:
        """Write documents to the lake; the number of objects. Raises `TryAgain`."""
        groups: dict[tuple[str, datetime], list[Mapping[str, Any]]] = {}
        for document in documents:
            groups.setdefault((document.tenant, document.hour), []).append(document.row)
        batches = [(batch_of(tenant, hour, rows), rows) for (tenant, hour), rows in groups.items()]
        self.lake.write_many("enriched", batches)
        return len(groups)
