"""Simulates `derive` for each shard of the table's stream, with a backlog.

Lambda invokes it for each shard by itself, one batch after another. The counters are the product's
own; the time of the function's CPU and of its object in the lake is added. All documents are of one
tenant, so that all shards add to the same counts: the worst case.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from echostream.adapters.dynamodb_counters import DynamoDBCounters
from echostream.adapters.table_counts import hours_from_item
from echostream.adapters.table_keys import kind_of
from echostream.domain.counters import Change
from echostream.domain.errors import TryAgain
from echostream.domain.model import Count, hour_of
from echostream_cli.costs import template
from echostream_cli.costs.counting import BATCH_SIZE
from echostream_cli.scale.lambda_time import OBJECT, derive_cpu
from echostream_cli.scale.senders import SEED, START, TENANT, seeded, time_of
from echostream_cli.scale.simulated_dynamodb import SimulatedDynamoDB
from echostream_cli.scale.virtual_clock import VirtualClock

SOURCES = 3
"""Of the tenant's documents, as in the sample documents."""


@dataclass(frozen=True, slots=True)
class ReadersResult:
    """What a simulation counted.

    `changes` were counted within its time, `repeated` are batches that failed, so that Lambda
    delivered them again. In the end, `counted` is what the counters have of `delivered` changes.
    """

    stream_shards: int
    counter_shards: int
    seconds: float
    changes: int
    transactions: int
    cancelled: int
    repeated: int
    delivered: int
    counted: int

    @property
    def changes_per_second(self) -> float:
        return self.changes / self.seconds

    @property
    def share_cancelled(self) -> float:
        return self.cancelled / max(1, self.transactions)


def simulate(
    stream_shards: int, counter_shards: int, seconds: float, seed: int = SEED
) -> ReadersResult:
    """Count for a time."""
    clock = VirtualClock()
    client = SimulatedDynamoDB(clock, seed)
    seen: Counter[str] = Counter()

    def read(shard: int) -> None:
        counters = make_counters(client, counter_shards, clock)
        while clock.now < seconds:
            batch = make_batch(seen[f"shard {shard}"], clock)
            clock.sleep(derive_cpu(len(batch)) + client.draw.uniform(*OBJECT))
            try:
                counters.add(f"shardId-{shard:020}-00000000", batch, is_behind=True)
            except TryAgain:
                seen["repeated"] += 1
                continue
            seen[f"shard {shard}"] += len(batch)
            seen["changes"] += len(batch) * (clock.now <= seconds)

    for shard in range(stream_shards):
        clock.start(partial(read, shard))
    with seeded(seed):
        clock.run()
    return ReadersResult(
        stream_shards=stream_shards,
        counter_shards=counter_shards,
        seconds=seconds,
        changes=seen["changes"],
        transactions=client.seen["transactions"],
        cancelled=client.count_cancelled(),
        repeated=seen["repeated"],
        delivered=sum(seen[f"shard {shard}"] for shard in range(stream_shards)),
        counted=count_all(client),
    )


def count_all(client: SimulatedDynamoDB) -> int:
    """The sum of all counts. Their items are read as they are: calls would wait for the clock."""
    counts = (item for item in client.items.values() if kind_of(item) == "count")
    return sum(part.total for item in counts for part in hours_from_item(item))


def make_counters(client: SimulatedDynamoDB, shards: int, clock: VirtualClock) -> DynamoDBCounters:
    retention = timedelta(days=template.get_number("RetentionDays", {}))
    table: Any = client
    return DynamoDBCounters(table, "documents", retention, shards, clock.sleep)


def make_batch(first: int, clock: VirtualClock) -> list[Change]:
    """The next changes of a shard: as many as Lambda passes at most."""
    at = time_of(clock)
    counts = [
        (Count(hour_of(START), f"source-{source}", positive=1, compound_sum=0.5),)
        for source in range(SOURCES)
    ]
    return [
        Change(f"{number:040}", at, TENANT, counts[number % SOURCES])
        for number in range(first, first + BATCH_SIZE)
    ]
