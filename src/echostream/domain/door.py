"""The check of documents at the door: the same on both ingest paths, before anything is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from echostream.domain.errors import BadDocument
from echostream.domain.model import Document, Enrichment
from echostream.domain.privacy import PLAIN, Privacy
from echostream.domain.validation import AcceptedTimes, document_from_wire


@dataclass(frozen=True, slots=True)
class Rejection:
    """A refused document: its index in the batch, and the reason."""

    index: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of a batch. The documents in `ids` are stored, or queued, durably.

    The counters include the documents when they have counted to `received_at`. `stored` are the
    scores of new documents, and not part of the response. `repeated` is the number of documents in
    `ids` that were stored already; None where that is not known yet, on the stream path.
    `lake_only` of the others are older than the table keeps.
    """

    ids: list[str]
    rejected: list[Rejection]
    stored: Sequence[Enrichment] = field(default=(), compare=False)
    received_at: datetime | None = field(default=None, compare=False)
    repeated: int | None = field(default=None, compare=False)
    lake_only: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted document: its JSON as it is stored, and the document in it."""

    row: Any
    document: Document


def check(
    raw: Sequence[Any], times: AcceptedTimes, privacy: Privacy = PLAIN
) -> tuple[Mapping[int, Accepted], list[Rejection]]:
    """The accepted documents of a request by index, and the refused ones."""
    accepted: dict[int, Accepted] = {}
    rejected = []
    for index, item in enumerate(raw):
        try:
            accepted[index] = _accept(item, times, privacy)
        except BadDocument as error:
            rejected.append(Rejection(index, error.code, error.message))
    return accepted, rejected


def _accept(item: Any, times: AcceptedTimes, privacy: Privacy) -> Accepted:
    """A document after the options of its tenant. It may become longer, so it is checked again."""
    document = document_from_wire(item, times)
    row = privacy.apply(item)
    return Accepted(row, document if row is item else document_from_wire(row, times))


def by_index(rejected: Sequence[Rejection]) -> list[Rejection]:
    """Rejections in the order of their documents."""
    return sorted(rejected, key=lambda rejection: rejection.index)
