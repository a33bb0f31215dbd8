"""What changes if documents are of many tenants: a batch of changes has some of many.

The function `derive` writes for each tenant of a batch an object of `enriched/`, items of counts
for its sources, and the time that is counted. Here, all tenants send the same number of documents.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from echostream.adapters.dynamodb_counters import MAX_ACTIONS
from echostream.adapters.side_by_side import THREADS
from echostream_cli.scale import lambda_time
from echostream_cli.scale.loads import Load
from echostream_cli.scale.simulated_dynamodb import CALL, TRANSACTION
from echostream_cli.scale.stream_readers import SOURCES

TRANSACTION_UNITS = 2
"""Of an item of up to 1 KB."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """Documents that are counted and written to the lake at once, of some number of tenants."""

    documents: float
    tenants: int

    @property
    def objects(self) -> float:
        """Objects of `enriched/`: one for each tenant in the batch."""
        return count_distinct(self.tenants, self.documents)

    @property
    def counts(self) -> float:
        """Items of counts: one for each tenant and source in the batch."""
        return count_distinct(self.tenants * SOURCES, self.documents)

    @property
    def transactions(self) -> int:
        """Each has the position in the stream, and as many counts as fit."""
        return ceil(self.counts / (MAX_ACTIONS - 1))

    @property
    def units(self) -> float:
        """Write units: counts and positions in transactions, and the time of each tenant."""
        return TRANSACTION_UNITS * (self.counts + self.transactions) + self.objects

    @property
    def seconds(self) -> float:
        """Of the function: it writes objects and times of several tenants side by side."""
        waits = ceil(self.objects / THREADS) * (_mean(lambda_time.OBJECT) + _mean(CALL))
        cpu = 2 * self.objects * lambda_time.CALL_CPU * lambda_time.slowdown("DeriveFunction")
        of_counts = self.transactions * _mean(TRANSACTION)
        return lambda_time.derive_cpu(ceil(self.documents)) + max(waits, cpu) + of_counts


def sharing_of(load: Load, tenants: int, get_rate: Callable[[Load], float]) -> Sharing:
    """A batch at a rate of a load, such as its mean."""
    return Sharing(load.changes_of_batch(get_rate(load)) / load.changes_of_document, tenants)


def count_distinct(kinds: float, number: float) -> float:
    """How many of equally frequent kinds are among a number of things, on average."""
    return float(kinds * (1 - (1 - 1 / kinds) ** number))


def _mean(times: tuple[float, float]) -> float:
    return sum(times) / 2
