"""Sends documents in batches, through any client of the API."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tqdm import tqdm

BATCH = 250


class Client(Protocol):
    """Whatever takes documents, such as `echostream_client.api.ApiClient`."""

    def ingest(self, documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Send documents; the answer of `POST /ingest`."""


@dataclass
class Sent:
    """What became of everything that was sent."""

    accepted: int = 0
    rejected: list[Mapping[str, Any]] = field(default_factory=list)
    seconds: float = 0.0


def send(client: Client, made: Sequence[Mapping[str, Any]], progress: bool = True) -> Sent:
    """Send documents in batches, oldest first. The client's errors pass through."""
    sent = Sent()
    start = time.monotonic()
    with tqdm(total=len(made), unit=" documents", disable=not progress) as bar:
        for index in range(0, len(made), BATCH):
            batch = made[index : index + BATCH]
            answer = client.ingest(batch)
            sent.accepted += answer["accepted"]
            sent.rejected += [{**r, "id": batch[r["index"]].get("id")} for r in answer["rejected"]]
            bar.update(len(batch))
    sent.seconds = time.monotonic() - start
    return sent
