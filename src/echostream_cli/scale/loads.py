"""A number of documents a day, and what it means for each part of the product.

The numbers come from the measurements of `make cost`, the template's defaults and the constants of
the code; what is assumed is in `PEAK`, `lambda_time` and `aws_limits`.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil

from echostream_cli.costs import measurements, template
from echostream_cli.costs.bill import Bill
from echostream_cli.costs.counting import (
    BATCH_SIZE,
    DAY,
    SHARDS,
    changes_of_invocation,
    derive_window,
)
from echostream_cli.costs.measurements import MANY, Run
from echostream_cli.costs.plan import DAYS, plan_month
from echostream_cli.costs.prices import prices
from echostream_cli.costs.stream import list_record_sizes
from echostream_cli.scale import lambda_time
from echostream_cli.scale.aws_limits import (
    PARTITION_BYTES,
    SHARD_BYTES,
    SHARD_RECORDS,
)
from echostream_cli.scale.partition_capacity import UNITS_A_SECOND

PEAK = 3
"""The busiest second has this many times the mean: an assumption."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How documents are sent, all by one tenant: the worst case."""

    path: str
    batch: int

    @property
    def records(self) -> int:
        """Records of Kinesis for a request."""
        return len(list_record_sizes(self.batch))

    @property
    def run(self) -> Run:
        """The metered run with batches of this size."""
        return measurements.load().runs["vader", self.batch]


SINGLY, DIRECT, STREAM = Setup("direct", 1), Setup("direct", MANY), Setup("stream", MANY)


@dataclass(frozen=True)
class Load:
    """A setup at a number of documents a day."""

    setup: Setup
    per_day: float

    @property
    def mean(self) -> float:
        """Documents a second."""
        return self.per_day / DAY

    @property
    def peak(self) -> float:
        """Documents in the busiest second."""
        return self.mean * PEAK

    @property
    def requests(self) -> float:
        """Requests in the busiest second."""
        return self.peak / self.setup.batch

    # Lambda

    @property
    def processes(self) -> float:
        """Processes of the function behind the API in the busiest second (Little's law)."""
        return self.requests * seconds_of_request(self.setup)

    @property
    def processors(self) -> float:
        """Processes of the processor in the busiest second, on either path."""
        return self.peak * processor_seconds(self.setup.batch) / self.setup.batch

    @property
    def derivers(self) -> float:
        """Processes of `derive` in the busiest second."""
        seconds = lambda_time.derive_cpu(BATCH_SIZE) + sum(lambda_time.OBJECT) / 2
        return self.peak / BATCH_SIZE * seconds

    @property
    def all_processes(self) -> float:
        """Processes of all functions in the busiest second."""
        queued = self.processors if self.setup.path == "stream" else 0.0
        return self.processes + queued + self.derivers

    # Table

    @cached_property
    def plan(self) -> Bill:
        """The bill of a month, with the nightly compaction of few documents."""
        parameters = {"IngestPath": self.setup.path, "StreamShards": str(self.kinesis_shards)}
        return plan_month(self.per_day, batch=self.setup.batch, parameters=parameters)

    def quantity(self, price: str) -> float:
        """The quantity of a price in a month."""
        what = prices()[price].what
        return sum(line.quantity for line in self.plan.lines if line.what == what)

    def dollars(self, price: str) -> float:
        """What the quantity of a price costs in a month."""
        return prices()[price].of(self.quantity(price))

    @property
    def units(self) -> float:
        """Write units of the table and its index, for a document."""
        return self.quantity("dynamodb_write") / (self.per_day * DAYS)

    @property
    def table_bytes(self) -> float:
        """Of the table without its index, when as many documents expire as arrive."""
        days = template.get_number("RetentionDays", {})
        return self.setup.run.gauge("table_bytes") / 2 * self.per_day * days

    @property
    def partitions(self) -> int:
        """Partitions of a table that is full, each with a shard of the table's stream."""
        return max(self.young_partitions, ceil(self.table_bytes / PARTITION_BYTES))

    @property
    def young_partitions(self) -> int:
        """Partitions of a table with few documents."""
        return max(SHARDS, ceil(self.peak * (self.units - 1) / UNITS_A_SECOND))

    @property
    def hour_bytes(self) -> float:
        """Of the largest partition of the time index: an hour and a shard that has no room left."""
        per_hour = min(self.mean * 3600 / self.shards, UNITS_A_SECOND * 3600)
        return per_hour * self.setup.run.gauge("table_bytes") / 2

    @property
    def shards(self) -> int:
        """`Shards` that the busiest second needs."""
        default = int(template.get_number("Shards", {}))
        return max(default, ceil(self.peak / UNITS_A_SECOND))

    def changes_of_batch(self, rate: float) -> float:
        """Changes that Lambda passes to `derive` at once, at a rate of documents a second."""
        return changes_of_invocation(
            rate * DAY, self.setup.batch, derive_window({}), self.partitions
        )

    @property
    def transactions(self) -> float:
        """Transactions of the counters in the busiest second."""
        return self.peak * self.changes_of_document / self.changes_of_batch(self.peak)

    @property
    def shard_changes(self) -> float:
        """Changes in the busiest second of a shard of the table's stream."""
        return self.peak * self.changes_of_document / self.partitions

    @property
    def changes_of_document(self) -> float:
        """Changes of the table for a document: itself, and its part of the time of receipt."""
        return 1 + 1 / self.setup.batch

    # Kinesis

    @property
    def kinesis_shards(self) -> int:
        """`StreamShards` that the busiest second needs, for records and for their processing."""
        return max(self.kinesis_shards_by_size, ceil(self.peak / processed_of_shard()))

    @property
    def kinesis_shards_by_size(self) -> int:
        """`StreamShards` that the busiest second needs for bytes and records."""
        return max(1, ceil(self.peak / documents_of_shard(self.setup)))

    def at(self, per_day: float) -> "Load":
        """The same setup with another number of documents."""
        return replace(self, per_day=per_day)


def processor_seconds(batch: int) -> float:
    """Of an invocation of the processor with a request of a metered size, in Lambda at most."""
    run = measurements.load().runs["vader", batch]
    return run.quiet_ms / 1000 * lambda_time.slowdown("ProcessorFunction")


def seconds_of_request(setup: Setup) -> float:
    """Of an invocation of the function behind the API, in Lambda at most."""
    if setup.path == "direct":
        return processor_seconds(setup.batch)
    return lambda_time.ingest_seconds()


def documents_of_shard(setup: Setup) -> float:
    """Documents a second that a shard of Kinesis takes."""
    of_bytes = SHARD_BYTES / (sum(list_record_sizes(setup.batch)) / setup.batch)
    return min(of_bytes, SHARD_RECORDS * setup.batch / setup.records)


def processed_of_shard() -> float:
    """Documents a second that the processors of a shard of Kinesis get through."""
    readers = template.get_properties("StreamMapping")["ParallelizationFactor"]
    return float(readers * MANY / processor_seconds(MANY))
