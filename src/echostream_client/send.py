"""Sends documents to the API in batches."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

BATCH = 250
"""The number of documents in a request."""
MAX_BYTES = 4_000_000
"""Of the documents in a request, as Lambda receives them. The API refuses more than 6,000,000."""

Item = TypeVar("Item")


class Client(Protocol):
    """A client of the API, such as `echostream_client.api.ApiClient`."""

    def ingest(self, documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Send documents; the response of `POST /ingest`."""


@dataclass
class SendResult:
    """The number of accepted documents, the rejections, and the seconds.

    `/stats` includes the documents when it has counted to `received_at`; None before a document is
    accepted. `lake_only` of the accepted documents are older than the table's retention.
    """

    accepted: int = 0
    rejected: list[Mapping[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    received_at: str | None = None
    lake_only: int = 0


def sent_bytes(document: Mapping[str, Any]) -> int:
    """The size of a document as Lambda receives it: JSON in a JSON string, each quote two bytes."""
    text = json.dumps(document, ensure_ascii=False).replace("\ufffd", "\\ufffd")
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def batches(items: Iterable[Item], size_of: Callable[[Item], int]) -> Iterator[list[Item]]:
    """Items in batches that fit into a request, in their order."""
    batch: list[Item] = []
    total = 0
    for item in items:
        size = size_of(item)
        if batch and (len(batch) == BATCH or total + size > MAX_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(item)
        total += size
    if batch:
        yield batch


def send(
    client: Client,
    documents: Sequence[Mapping[str, Any]],
    on_sent: Callable[[int], None] = lambda _: None,
) -> SendResult:
    """Send documents in batches, in their order. Raises the errors of the client.

    `on_sent` is called after each batch with the number of its documents.
    """
    result = SendResult()
    start = time.monotonic()
    for batch in batches(documents, sent_bytes):
        response = client.ingest(batch)
        result.accepted += response["accepted"]
        result.lake_only += response.get("lake_only", 0)
        result.received_at = response.get("received_at") or result.received_at
        result.rejected += [
            {**rejection, "id": batch[rejection["index"]].get("id")}
            for rejection in response["rejected"]
        ]
        on_sent(len(batch))
    result.seconds = time.monotonic() - start
    return result
