"""Measures SQL over months of lake: `python -m bench.lake_queries --days 365 --documents 1000000`.

Times and bytes are Athena's TotalExecutionTimeInMillis and DataScannedInBytes.
"""

import argparse
from datetime import UTC, datetime, timedelta

from bench.generated_lake import REGISTERED, Cost, GeneratedLake
from bench.lake_generator import write_to
from bench.lake_plan import BATCH, Plan
from bench.measure import report, temporary_sandbox
from echostream.domain.lake_sql import COLUMNS, FIRST_DAY, documents_view
from echostream_cli.settings import Settings

DAYS, DOCUMENTS = 30, 80_000
"""The size of `make bench`; at this rate a year has a million documents."""
TENANT = "year"


def bench(
    settings: Settings,
    days: int = DAYS,
    documents: int = DOCUMENTS,
    batch: int = BATCH,
) -> None:
    """Generate a lake and measure it."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    plan = Plan(TENANT, yesterday, days, documents, batch=batch)
    lake = GeneratedLake(settings, plan)
    written = write_to(settings, plan)
    rate = written.objects / written.seconds
    print(f"  {days} days: {written.documents:,} documents in {written.objects:,} objects,")
    print(f"  written in {written.seconds:.0f} s ({rate:,.0f} objects/s)")
    measure(lake)


def measure(lake: GeneratedLake) -> None:
    """The same queries before and after compaction, and the cost of finding partitions."""
    lake.athena.query(documents_view(FIRST_DAY))
    lake.check("before")
    one_day, all_days = lake.one_day(), lake.all_days()
    bench_projection(lake)
    bench_compaction(lake)
    lake.check("after")
    report_costs("one day", lake.one_day(), "before", one_day)
    report_costs("all days by month and source", lake.all_days(), "before", all_days)
    one, every = lake.largest(("compound",)), lake.largest(COLUMNS)
    report_costs("one column", one, "all columns", every)


def report_costs(name: str, cost: Cost, baseline_name: str, baseline: Cost) -> None:
    """Print bytes and time of a query over those of another one."""
    ratio = cost.scanned / max(baseline.scanned, 1)
    report(f"{name}, bytes", _kb(cost.scanned), f"{baseline_name} {_kb(baseline.scanned)}", ratio)
    ratio = cost.seconds / baseline.seconds
    report(f"{name}, time", _ms(cost.seconds), f"{baseline_name} {_ms(baseline.seconds)}", ratio)


def bench_projection(lake: GeneratedLake) -> None:
    """One day of `enriched` by partition projection, over a lookup in the catalog."""
    ours = lake.one_day("enriched")
    partitions = lake.register()
    other = lake.one_day(REGISTERED)
    baseline = f"{partitions:,} registered days {_ms(other.seconds)}"
    report("one day, projection", _ms(ours.seconds), baseline, ours.seconds / other.seconds)
    table, partitions, crawl_seconds = lake.crawl()
    other = lake.one_day(table)
    baseline = f"{partitions:,} crawled hours {_ms(other.seconds)}"
    report("one day, projection", _ms(ours.seconds), baseline, ours.seconds / other.seconds)
    baseline = f"a crawl {crawl_seconds:.1f} s"
    report("one day, projection", _ms(ours.seconds), baseline, ours.seconds / crawl_seconds)


def bench_compaction(lake: GeneratedLake) -> None:
    """A second run, in which every day is current, over the first."""
    first, first_seconds = lake.compact()
    if first.failed or first.problems:
        raise RuntimeError(f"the compaction failed: {first.failed} {first.problems[:3]}")
    second, seconds = lake.compact()
    if second.written:
        raise RuntimeError(f"a second compaction wrote {second.written}")
    per_day = first_seconds / len(first.written)
    baseline = f"first {first_seconds:.0f} s, {per_day:.2f} s a day"
    report("a second compaction", f"{seconds:.2f} s", baseline, seconds / first_seconds)


def _kb(size: int) -> str:
    return f"{size / 1e3:,.1f} kB"


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:,.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.lake_queries", description=__doc__)
    parser.add_argument("--days", type=int, default=DAYS, help="the last days before today")
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    parser.add_argument(
        "--batch",
        type=int,
        default=BATCH,
        help="mean number of documents in an object",
    )
    options = parser.parse_args()
    with temporary_sandbox("echostream-bench-history") as settings:
        bench(settings, options.days, options.documents, options.batch)


if __name__ == "__main__":
    main()
