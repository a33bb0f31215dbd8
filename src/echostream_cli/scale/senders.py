"""Simulates senders of single documents of one source, with the product's store and with 1.0's.

Each sender has a process of the function, as on Lambda, and sends its next document when it has the
response; after a 503 it sends the same document again. A request is its calls of DynamoDB only:
with the API, the function and S3, the same number of senders is easier on the table.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.domain.errors import TryAgain
from echostream.domain.model import Document, Enrichment, ScoredDocument, Scores, Sentiment
from echostream_cli.costs import template
from echostream_cli.scale import version_1_0
from echostream_cli.scale.simulated_dynamodb import THROTTLED, SimulatedDynamoDB
from echostream_cli.scale.virtual_clock import VirtualClock

TENANT, SOURCE = "demo", "forum"
START = datetime(2026, 11, 26, 10, tzinfo=UTC)
END = START + timedelta(hours=1)
"""Between these times a simulation takes place."""
SEED = 1

Write = Callable[[ScoredDocument], None]
"""Stores a document. Raises `TryAgain`."""
WriterOf = Callable[[SimulatedDynamoDB, VirtualClock], Write]
"""The writes of one process of the function."""


@dataclass(frozen=True, slots=True)
class SendersResult:
    """What a simulation counted: responses within its time, and the table's calls."""

    senders: int
    seconds: float
    stored: int
    failed: int
    transactions: int
    cancelled: int
    throttled: int

    @property
    def documents_per_second(self) -> float:
        return self.stored / self.seconds

    @property
    def share_failed(self) -> float:
        """The share of requests with 503."""
        return self.failed / max(1, self.stored + self.failed)


def write_today(client: SimulatedDynamoDB, clock: VirtualClock) -> Write:
    """The calls of a request to the table: its documents, then its time of receipt."""
    retention = timedelta(days=template.get_number("RetentionDays", {}))
    shards = int(template.get_number("Shards", {}))
    table: Any = client
    store = DynamoDBStore(table, "documents", retention, shards, clock.sleep)

    def write(scored: ScoredDocument) -> None:
        store.put(TENANT, [scored], time_of(clock))
        store.mark_received(TENANT, time_of(clock))

    return write


def write_1_0(client: SimulatedDynamoDB, clock: VirtualClock) -> Write:
    return lambda scored: version_1_0.put(client, clock.sleep, TENANT, scored)


def simulate(
    writer_of: WriterOf, senders: int, seconds: float, seed: int = SEED
) -> tuple[SendersResult, SimulatedDynamoDB]:
    """Send for a time; the result, and the table as it is then."""
    clock = VirtualClock()
    client = SimulatedDynamoDB(clock, seed)
    stored = failed = 0

    def send(name: int) -> None:
        nonlocal stored, failed
        write, number = writer_of(client, clock), 0
        while clock.now < seconds:
            try:
                write(make_document(f"{name}-{number}", time_of(clock)))
                number += 1
                stored += clock.now <= seconds
            except TryAgain:
                failed += clock.now <= seconds

    for name in range(senders):
        clock.start(partial(send, name))
    with seeded(seed):
        clock.run()
    result = SendersResult(
        senders=senders,
        seconds=seconds,
        stored=stored,
        failed=failed,
        transactions=client.seen["transactions"],
        cancelled=client.count_cancelled(),
        throttled=client.seen[THROTTLED],
    )
    return result, client


def time_of(clock: VirtualClock) -> datetime:
    return START + timedelta(seconds=clock.now)


def make_document(name: str, at: datetime) -> ScoredDocument:
    """A document of the size of a tweet."""
    document = Document(name, "a text of about the length of a tweet, " * 3, SOURCE, at)
    scores = Scores(0.25, 0.0, 0.75, 0.0)
    enrichment = Enrichment(
        Sentiment.POSITIVE, scores, 0.5, "vader", "nltk-3.10.4", "en", False, at
    )
    return ScoredDocument(document, enrichment)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Python's own random numbers, which the product's back-off draws, from a seed."""
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
