"""How long a response of `GET /themes` takes, what it reads, and what it costs.

The documents are the sample tweets, again and again, evenly over nine days. They are made when they
are read. What a table's reads take is assumed, and their number is counted.
"""

import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from time import perf_counter
from typing import Any

from bench.themes.quality import scored
from echostream.domain.codec import scored_to_wire, to_json
from echostream.domain.document_store import PartitionPage, PartitionQuery, TimePartition
from echostream.domain.model import Count, ScoredDocument, hour_of
from echostream.domain.themes.sampling import HOUR, sample
from echostream.entrypoints.theme_requests import themes_response
from echostream_cli.costs.prices import prices
from seed.dataset import samples

A_DAY = (1_000, 10_000, 100_000, 1_000_000)
END = datetime(2026, 1, 31, tzinfo=UTC)
DAYS = 9
"""A day, the day before, and the week before the day."""
SHARDS = 4
READ_SECONDS = 0.008
"""Of a read of the table, assumed; `SIDE_BY_SIDE` are made at a time."""
SIDE_BY_SIDE = 8
READ_UNIT = 4096
"""Bytes of a read unit; a read of an index takes half a unit for as many."""
GIGABYTES = 1769 / 1024
"""The memory of the function."""
REQUESTS = 480
"""Of a frontend that is open for eight hours and asks each minute."""


class EvenStore:
    """Documents at equal distances in time; it counts what is read of it."""

    def __init__(self, a_day: int) -> None:
        self._step = timedelta(days=1) / a_day
        self._texts = [one.text for one in samples("tweets")]
        self.a_day = a_day
        self.reads, self.documents, self.units = 0, 0, 0.0

    def time_partitions(self, _: str, start: datetime, below: str) -> Iterator[list[TimePartition]]:
        hour = hour_of(_time(below))
        while hour >= max(start - HOUR, END - timedelta(days=DAYS)):
            yield [TimePartition(hour, shard) for shard in range(SHARDS)]
            hour -= HOUR

    def newest(self, _: str, queries: Sequence[PartitionQuery]) -> list[PartitionPage]:
        return [self._page(query) for query in queries]

    def _page(self, query: PartitionQuery) -> PartitionPage:
        found = list(islice(self._before(query), query.limit + 1))
        page = found[: query.limit]
        size = sum(len(to_json(scored_to_wire(one)).encode()) for one in page)
        self.reads += 1
        self.documents += len(page)
        self.units += -(-size // READ_UNIT) / 2
        return PartitionPage(page, len(found) <= query.limit)

    def _before(self, query: PartitionQuery) -> Iterator[ScoredDocument]:
        begin, hour = END - timedelta(days=DAYS), query.partition.hour
        place = -(-(min(_time(query.before), hour + HOUR) - begin) // self._step) - 1
        while place >= 0 and begin + place * self._step >= hour:
            if place % SHARDS == query.partition.shard:
                text = self._texts[(place * 7919) % len(self._texts)]
                yield scored(str(place), text, begin + place * self._step)
            place -= 1


class EvenCounters:
    """The counts of the documents of an `EvenStore`."""

    def __init__(self, a_day: int) -> None:
        self._an_hour = a_day // 24

    def hours(self, _: str, start: datetime, end: datetime) -> Iterator[Count]:
        hour = max(start, END - timedelta(days=DAYS))
        while hour < end:
            yield Count(hour, "bench", neutral=self._an_hour)
            hour += HOUR


def table() -> list[str]:
    """The lines of a table of a request for the last day, by the documents of a day."""
    lines = [
        "| documents a day | documents read | reads | s | peak MB | $ per 1,000 requests "
        f"| $ a day for {REQUESTS} requests |",
        "|---|---|---|---|---|---|---|",
    ]
    for a_day in A_DAY:
        store = EvenStore(a_day)
        seconds = respond(store)
        tracemalloc.start()
        respond(EvenStore(a_day))
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        price = 1000 * dollars(store, seconds)
        a_client = price * REQUESTS / 1000
        lines.append(
            f"| {a_day:,} | {store.documents:,} | {store.reads:,} | {seconds:.1f} | {peak:.0f} "
            f"| {price:.2f} | {a_client:.2f} |"
        )
    return lines


def respond(store: EvenStore) -> float:
    """The seconds of a response, without those of the table's reads."""
    started = perf_counter()
    ports: tuple[Any, Any] = store, EvenCounters(store.a_day)
    take = partial(sample, *ports, "bench")
    themes_response(take, {}, END, timedelta(days=DAYS))
    return perf_counter() - started


def dollars(store: EvenStore, seconds: float) -> float:
    """The price of a response that took these reads and seconds."""
    seconds += READ_SECONDS * store.reads / SIDE_BY_SIDE
    used = {
        "dynamodb_read": store.units,
        "lambda_gb_second": seconds * GIGABYTES,
        "lambda_request": 1,
        "api_request": 1,
    }
    return sum(prices()[name].of(number) for name, number in used.items())


def _time(position: str) -> datetime:
    return datetime.fromisoformat(position.partition("#")[0])
