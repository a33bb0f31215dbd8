"""Measures SQL over months of lake: `python -m bench.lake_queries --days 365 --documents 1000000`.

Times and bytes are Athena's TotalExecutionTimeInMillis and DataScannedInBytes.
"""

import argparse
from datetime import UTC, datetime, timedelta

from bench.generated_lake import REGISTERED, Cost, GeneratedLake
from bench.lake_generator import write_to
from bench.lake_plan import BATCH, Plan
from bench.measure import temporary_sandbox
from bench.report import Report, Row
from echostream.domain.lake_sql import COLUMNS, FIRST_DAY, documents_view
from echostream_cli.console import waiting
from echostream_cli.settings import Settings

DAYS, DOCUMENTS = 30, 80_000
"""The size of `make bench`; at this rate a year has a million documents."""
TENANT = "year"


def bench(
    settings: Settings,
    report: Report,
    days: int = DAYS,
    documents: int = DOCUMENTS,
    batch: int = BATCH,
) -> None:
    """Generate a lake and measure it."""
    report.section(f"SQL over {days} days of lake")
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    plan = Plan(TENANT, yesterday, days, documents, batch=batch)
    lake = GeneratedLake(settings, plan)
    written = write_to(settings, plan)
    rate = written.objects / written.seconds
    print(f"  {days} days: {written.documents:,} documents in {written.objects:,} objects,")
    print(f"  written in {written.seconds:.0f} s ({rate:,.0f} objects/s)")
    measure(lake, report)


def measure(lake: GeneratedLake, report: Report) -> None:
    """The same queries before and after compaction, and the cost of finding partitions."""
    lake.athena.query(documents_view(FIRST_DAY))
    lake.check("before")
    one_day, all_days = lake.one_day(), lake.all_days()
    bench_projection(lake, report)
    bench_compaction(lake, report)
    lake.check("after")
    report_costs(report, "one day", lake.one_day(), "before", one_day)
    report_costs(report, "all days by month and source", lake.all_days(), "before", all_days)
    one, every = lake.largest(("compound",)), lake.largest(COLUMNS)
    report_costs(report, "one column", one, "all columns", every)


def report_costs(report: Report, name: str, cost: Cost, baseline_name: str, baseline: Cost) -> None:
    """Report bytes and time of a query over those of another one."""
    for unit, ours, other in (
        ("kB", cost.scanned / 1e3, baseline.scanned / 1e3),
        ("ms", cost.seconds * 1e3, baseline.seconds * 1e3),
    ):
        report.add(Row(name, unit, ours, baseline_name, other))


def bench_projection(lake: GeneratedLake, report: Report) -> None:
    """One day of `enriched` by partition projection, over a lookup in the catalog."""
    name, ours = "one day, projection", lake.one_day("enriched").seconds * 1e3
    partitions = lake.register()
    other = lake.one_day(REGISTERED).seconds * 1e3
    report.add(Row(name, "ms", ours, f"{partitions:,} registered days", other))
    with waiting("crawl"):
        table, partitions, crawl_seconds = lake.crawl()
    other = lake.one_day(table).seconds * 1e3
    report.add(Row(name, "ms", ours, f"{partitions:,} crawled hours", other))
    report.add(Row(name, "ms", ours, "a crawl", crawl_seconds * 1e3))


def bench_compaction(lake: GeneratedLake, report: Report) -> None:
    """A second run, in which every day is current, over the first."""
    first, first_seconds = lake.compact()
    if first.failed or first.problems:
        raise RuntimeError(f"the compaction failed: {first.failed} {first.problems[:3]}")
    second, seconds = lake.compact()
    if second.written:
        raise RuntimeError(f"a second compaction wrote {second.written}")
    report.add(Row("the first compaction, a day", "s", first_seconds / len(first.written)))
    report.add(Row("a second compaction", "s", seconds, "the first", first_seconds))


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
        bench(settings, Report(), options.days, options.documents, options.batch)


if __name__ == "__main__":
    main()
