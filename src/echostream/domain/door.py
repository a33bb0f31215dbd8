"""The check of documents at the door: the same on both ingest paths, before anything is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from echostream.domain.errors import BadDocument
from echostream.domain.model import Document, Enrichment
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
    scores of new documents. It is not part of the response: a repeat gets the same response.
    """

    ids: list[str]
    rejected: list[Rejection]
    stored: Sequence[Enrichment] = field(default=(), compare=False)
    received_at: datetime | None = field(default=None, compare=False)


def check(
    raw: Sequence[Any], times: AcceptedTimes
) -> tuple[Mapping[int, Document], list[Rejection]]:
    """The accepted documents of a request by index, and the refused ones."""
    documents: dict[int, Document] = {}
    rejected = []
    for index, item in enumerate(raw):
        try:
            documents[index] = document_from_wire(item, times)
        except BadDocument as error:
            rejected.append(Rejection(index, error.code, error.message))
    return documents, rejected


def by_index(rejected: Sequence[Rejection]) -> list[Rejection]:
    """Rejections in the order of their documents."""
    return sorted(rejected, key=lambda rejection: rejection.index)
