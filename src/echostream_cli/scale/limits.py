"""The limits of the product with the template's defaults: when each is reached, what is changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from echostream.domain.counters import MAX_SOURCES_A_DAY
from echostream_cli.costs import template
from echostream_cli.costs.counting import BATCH_SIZE
from echostream_cli.scale import lake_loads
from echostream_cli.scale.aws_limits import (
    API_REQUESTS,
    CALLS_A_PROCESS,
    CONCURRENCY,
    LIST_SECONDS,
    NEW_TABLE_UNITS,
    PREFIX_PUTS,
    TABLE_UNITS,
)
from echostream_cli.scale.loads import (
    Load,
    Setup,
    documents_of_shard,
    processed_of_shard,
)
from echostream_cli.scale.many_tenants import TRANSACTION_UNITS, Sharing
from echostream_cli.scale.partition_capacity import UNITS_A_SECOND
from echostream_cli.scale.simulated_dynamodb import TRANSACTION

MAX_BUSY = 0.1
"""The share of time for which a counter may be in a transaction: about as many are cancelled."""
MANY_TENANTS = 1_000
"""That send equally much, for the limit of `derive`, which writes an object for each."""
MOST = 1e11
"""Documents a day, above which a limit counts as none."""
PARAMETER, QUOTA, DESIGN, ITSELF = "parameter", "quota", "design", "AWS adapts"


@dataclass(frozen=True, slots=True)
class Limit:
    """`get_use` is the share of the limit that a load uses, more than 1 above the limit."""

    name: str
    kind: str
    change: str
    get_use: Callable[[Load], float]

    def documents_a_day(self, setup: Setup) -> float:
        """The documents a day at which a setup reaches the limit; infinite if it never does."""
        low, high = 1.0, MOST
        if self.get_use(Load(setup, high)) <= 1:
            return inf
        while high / low > 1.0001:
            middle = (low * high) ** 0.5
            low, high = (middle, high) if self.get_use(Load(setup, middle)) <= 1 else (low, middle)
        return low


def all_limits() -> Sequence[Limit]:
    """The limits, in the order of a request."""
    return [*_api(), *_table(), *_counters(), *_kinesis(), *_lake()]


def counters_for(load: Load) -> float:
    """The counters of an hour and source that a load of one tenant needs."""
    return load.transactions * sum(TRANSACTION) / 2 / MAX_BUSY


def _default(parameter: str) -> float:
    return template.get_number(parameter, {})


def _api() -> Sequence[Limit]:
    return [
        Limit(
            f"`ThrottleRate`: {_default('ThrottleRate'):,.0f} requests/s",
            PARAMETER,
            "raise `ThrottleRate` and `ThrottleBurst`, or send larger batches",
            lambda load: load.requests / _default("ThrottleRate"),
        ),
        Limit(
            f"APIs of an account: {API_REQUESTS:,} requests/s",
            QUOTA,
            "request more (API Gateway, throttle rate), or send larger batches",
            lambda load: load.requests / API_REQUESTS,
        ),
        Limit(
            f"Lambda: {CONCURRENCY:,} processes of an account",
            QUOTA,
            "request more (Lambda, concurrent executions); a new account has 10",
            lambda load: max(load.all_processes, load.requests / CALLS_A_PROCESS) / CONCURRENCY,
        ),
    ]


def _table() -> Sequence[Limit]:
    shards, most = _default("Shards"), template.get_maximum("Shards")
    return [
        Limit(
            f"new table: {NEW_TABLE_UNITS:,} write units/s",
            ITSELF,
            "none if documents become more over hours; before a jump, set warm throughput",
            lambda load: load.peak * (load.units - 1) / NEW_TABLE_UNITS,
        ),
        Limit(
            f"table: {TABLE_UNITS:,} write units/s",
            QUOTA,
            "request more (DynamoDB, table-level write throughput)",
            lambda load: load.peak * load.units / TABLE_UNITS,
        ),
        Limit(
            f"a tenant's hour: {UNITS_A_SECOND:,.0f} documents/s with `Shards` = {shards:.0f}",
            PARAMETER,
            f"raise `Shards`, up to {most:.0f}; each is one more read of a page",
            lambda load: load.peak / UNITS_A_SECOND / shards,
        ),
        Limit(
            f"a tenant's hour with {most:.0f} `Shards`, the most",
            DESIGN,
            "index partitions of minutes, or packed documents",
            lambda load: load.peak / UNITS_A_SECOND / most,
        ),
    ]


def _counters() -> Sequence[Limit]:
    shards = _default("CounterShards")
    return [
        Limit(
            f"a tenant's counts, in use {MAX_BUSY:.0%} of the time, `CounterShards` = {shards:.0f}",
            PARAMETER,
            "raise `CounterShards`, or `DeriveWindow`",
            lambda load: counters_for(load) / shards,
        ),
        Limit(
            f"a tenant's counts: write units with {MAX_SOURCES_A_DAY} sources in each batch",
            PARAMETER,
            "raise `CounterShards`",
            lambda load: (
                load.transactions * TRANSACTION_UNITS * MAX_SOURCES_A_DAY / UNITS_A_SECOND / shards
            ),
        ),
        Limit(
            f"`derive` with {MANY_TENANTS:,} equal tenants: an object for each in every batch",
            DESIGN,
            "more memory, which is more CPU; or one object for all tenants of a batch",
            lambda load: (
                load.mean / load.young_partitions / _read_at_once(load.setup, MANY_TENANTS)
            ),
        ),
        Limit(
            "positions in the table's stream: one partition key",
            DESIGN,
            "a partition key for each shard of the stream",
            lambda load: load.transactions * TRANSACTION_UNITS / UNITS_A_SECOND,
        ),
    ]


def _read_at_once(setup: Setup, tenants: int) -> float:
    """Documents a second of a shard that `derive` gets through with full batches."""
    load = Load(setup, 1)
    sharing = Sharing(BATCH_SIZE / load.changes_of_document, tenants)
    return sharing.documents / sharing.seconds


def _kinesis() -> Sequence[Limit]:
    shards, most = _default("StreamShards"), template.get_maximum("StreamShards")
    readers = template.get_properties("StreamMapping")["ParallelizationFactor"]

    def of_stream(documents: Callable[[Setup], float]) -> Callable[[Load], float]:
        return lambda load: load.peak / documents(load.setup) * (load.setup.path == "stream")

    return [
        Limit(
            f"Kinesis: bytes and records with `StreamShards` = {shards:.0f}",
            PARAMETER,
            "raise `StreamShards`, or `StreamMode=ON_DEMAND`",
            of_stream(lambda setup: shards * documents_of_shard(setup)),
        ),
        Limit(
            f"processor: {readers} for each shard, `StreamShards` = {shards:.0f}",
            PARAMETER,
            f"raise `StreamShards`, up to {most:.0f}, and `ParallelizationFactor`, up to 10",
            of_stream(lambda _: shards * processed_of_shard()),
        ),
    ]


def _lake() -> Sequence[Limit]:
    query_bytes = _default("QueryBytes")
    seconds = float(template.get_properties("CompactFunction")["Timeout"])
    return [
        Limit(
            f"`raw/` of a tenant's hour: {PREFIX_PUTS:,} objects/s",
            ITSELF,
            "batches; S3 divides a busy prefix, but each hour begins a new one",
            lambda load: load.peak / lake_loads.raw_documents(load) / PREFIX_PUTS,
        ),
        Limit(
            f"compaction: `QueryBytes`, {query_bytes / 1e9:,.0f} GB of a day",
            PARAMETER,
            "raise `QueryBytes`",
            lambda load: lake_loads.enriched_bytes(load) / query_bytes,
        ),
        Limit(
            f"compaction: {seconds:.0f} s, of which each 1,000 objects take {LIST_SECONDS} s",
            DESIGN,
            "list only days that have new objects; a step for each day",
            lambda load: lake_loads.lists_a_night(load) * LIST_SECONDS / seconds,
        ),
    ]
