"""What the alerts of a tenant cost on AWS: the counters and documents that are read, and the time.

Items of counters have the size of those of made-up tenants; documents are the sample tweets.
Seconds are CPU time, which costs the same with less memory, and takes longer. Requests are too few
to count.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from time import process_time
from typing import Any

from bench.alerts.methods import PAST_HOURS
from bench.alerts.tenants import Tenant, hours
from bench.themes import speed
from echostream.adapters.table_counts import CountRow, count_update
from echostream.domain.alerts.deviations import DAY, HOUR
from echostream.domain.alerts.tenant_watch import REPEATED
from echostream.domain.alerts.theme_watch import ThemeWatch
from echostream.domain.alerts.watch import alerts
from echostream.domain.model import Count
from echostream.domain.themes.sampling import sample
from echostream_cli.costs.dynamodb_units import item_bytes, read_units
from echostream_cli.costs.plan import DAYS as DAYS_OF_MONTH
from echostream_cli.costs.prices import prices

SOURCES = (1, 3, 20, 100)
TENANTS = (1, 50)
COMPARED = REPEATED // HOUR
"""Hours that a run compares, of which all but the last were compared before."""
RUNS, HOURS = 48 * DAYS_OF_MONTH, 24 * DAYS_OF_MONTH
"""In a month: runs, and hours whose themes are compared, once."""
GIGABYTES = 1769 / 1024
"""A whole CPU."""
_NAMES = " | ".join(f"$ a month, {number} tenant{'s' * (number > 1)}" for number in TENANTS)


def themes() -> Iterator[str]:
    """What the comparison of the themes of an hour reads and takes, and the price of a month."""
    yield f"| documents a day | documents read | s | {_NAMES} |"
    yield "|---" * (3 + len(TENANTS)) + "|"
    for a_day in speed.A_DAY[:-1]:
        store = speed.EvenStore(a_day)
        seconds = compare_themes(store)
        cells = _months(HOURS * speed.dollars(store, seconds))
        yield f"| {a_day:,} | {store.documents:,} | {seconds:.2f} | {cells} |"


def compare_themes(store: speed.EvenStore) -> float:
    """The seconds of the comparison of the themes of an hour."""
    ports: tuple[Any, Any] = store, speed.EvenCounters(store.a_day)
    take = partial(sample, *ports, "bench")
    started = process_time()
    ThemeWatch(take)(speed.END - DAY * speed.DAYS, speed.END - DAY // 2)
    return process_time() - started


def table() -> Iterator[str]:
    """What a run reads of the counters and takes, and the price of a month."""
    yield f"| sources | KB read | read units | s | {_NAMES} |"
    yield "|---" * (4 + len(TENANTS)) + "|"
    for sources in SOURCES:
        size, seconds = run(sources)
        used = {
            "dynamodb_read": read_units(size),
            "lambda_gb_second": seconds * GIGABYTES,
        }
        month = RUNS * sum(prices()[name].of(number) for name, number in used.items())
        kilobytes, units = size / 1024, read_units(size)
        yield f"| {sources} | {kilobytes:.0f} | {units:.1f} | {seconds:.2f} | {_months(month)} |"


def _months(dollars: float) -> str:
    return " | ".join(f"{dollars * number:.2f}" for number in TENANTS)


def run(sources: int) -> tuple[int, float]:
    """The bytes that are read, and the seconds of a run."""
    end = PAST_HOURS + COMPARED
    made = hours(Tenant(10_000, sources, 0.15), -(-end // 24), seed=0)
    counts = list(made.counts(0, end))
    started = process_time()
    alerts(counts, [], map(made.at, range(PAST_HOURS, end)), made.at(end))
    return _bytes(counts), process_time() - started


def _bytes(counts: Iterable[Count]) -> int:
    """The size of the items that count as many documents."""
    rows: defaultdict[tuple[str, date], list[Count]] = defaultdict(list)
    for count in counts:
        third = count.total // 3
        labelled = replace(count, positive=third, negative=third, neutral=count.total - 2 * third)
        rows[count.source, count.hour.date()].append(labelled)
    return sum(_item_bytes(source, day, own) for (source, day), own in rows.items())


def _item_bytes(source: str, day: date, own: list[Count]) -> int:
    update = count_update(CountRow("tenant", source, day), own, 0, timedelta(days=30))
    values = {name[1:]: value for name, value in update["ExpressionAttributeValues"].items()}
    return item_bytes(update["Key"] | values)
