"""Sends documents to the API in batches."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

BATCH = 250
"""The number of documents in a request."""


class Client(Protocol):
    """A client of the API, such as `echostream_client.api.ApiClient`."""

    def ingest(self, documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Send documents; the response of `POST /ingest`."""


@dataclass
class SendResult:
    """The number of accepted documents, the rejections, and the seconds.

    `/stats` includes the documents when it has counted to `received_at`; None before a document is
    accepted.
    """

    accepted: int = 0
    rejected: list[Mapping[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    received_at: str | None = None


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
    for index in range(0, len(documents), BATCH):
        batch = documents[index : index + BATCH]
        response = client.ingest(batch)
        result.accepted += response["accepted"]
        result.received_at = response.get("received_at") or result.received_at
        result.rejected += [
            {**rejection, "id": batch[rejection["index"]].get("id")}
            for rejection in response["rejected"]
        ]
        on_sent(len(batch))
    result.seconds = time.monotonic() - start
    return result
