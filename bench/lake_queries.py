"""Measures SQL over months of lake: `python -m bench.lake_queries --days 365 --documents 1000000`.

Times are Athena's own (TotalExecutionTimeInMillis), bytes are those that it says it scanned.
"""

import argparse
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from tqdm import tqdm

from bench import lake_generator
from bench.measure import own_sandbox, report
from echostream.adapters.athena import Athena
from echostream.adapters.glue_catalog import GlueCatalog
from echostream.adapters.s3_lake_files import S3LakeFiles
from echostream.domain.compaction import Compaction, Report
from echostream.domain.lake import day_prefix, zone_prefix
from echostream.domain.lake_sql import COLUMNS, FIRST_DAY, documents_view
from echostream_cli.lake.crawl import crawl
from echostream_cli.outputs import outputs
from echostream_cli.settings import Settings

DAYS, DOCUMENTS = 30, 80_000
"""The size of `make bench`: as dense as a million documents a year."""
TENANT = "year"
REGISTERED, CRAWLER = "registered", "bench-year"
PARTITIONS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Cost:
    """What a query came to: seconds (the median of some runs) and bytes."""

    seconds: float
    scanned: int

    def over(self, other: "Cost", what: str) -> None:
        """Reports this against another, by bytes and by time."""
        bytes_ratio = self.scanned / max(other.scanned, 1)
        report(f"{what}, bytes", _kb(self.scanned), f"before {_kb(other.scanned)}", bytes_ratio)
        ours, before = _ms(self.seconds), f"before {_ms(other.seconds)}"
        report(f"{what}, time", ours, before, self.seconds / other.seconds)


class History:
    """A tenant's lake of some days, and the engine over it."""

    def __init__(self, settings: Settings, plan: lake_generator.Plan) -> None:
        self.plan, self._settings, self._found = plan, settings, outputs(settings)
        self.database = self._found["DATABASE"]
        self.bucket = self._found["LAKE_BUCKET"]
        self.glue = settings.target.client("glue")
        self.athena = Athena(
            settings.target.client("athena"), self._found["WORKGROUP"], self.database
        )

    @property
    def middle(self) -> date:
        return self.plan.first + timedelta(days=self.plan.days // 2)

    @property
    def where(self) -> str:
        """The condition for all that was generated."""
        return f"tenant_id = '{TENANT}' AND dt BETWEEN '{self.plan.first}' AND '{self.plan.last}'"

    def cost(self, sql: str, times: int = 1) -> Cost:
        """One more run comes first and does not count, where there are several."""
        answers = [self.athena.query(sql) for _ in range(times + (times > 1))]
        counted = answers[-times:]
        return Cost(median(one.seconds for one in counted), counted[-1].bytes_scanned)

    def one_day(self, table: str = "documents", times: int = 9) -> Cost:
        """The documents of one day by sentiment."""
        sql = (
            f"SELECT sentiment, count(*) AS documents FROM {table}"  # noqa: S608
            f" WHERE tenant_id = '{TENANT}' AND dt = '{self.middle}' GROUP BY sentiment"
        )
        return self.cost(sql, times)

    def all_days(self) -> Cost:
        """Monthly mean compound by source."""
        return self.cost(
            "SELECT date_trunc('month', created_at) AS month, source, avg(compound) AS compound"  # noqa: S608
            f" FROM documents WHERE {self.where} GROUP BY 1, 2 ORDER BY 1, 2"
        )

    def largest(self, columns: tuple[str, ...]) -> Cost:
        """The largest value of some columns: reads them, returns one row."""
        wanted = ", ".join(f"max({name}) AS {name}" for name in columns)
        return self.cost(f"SELECT {wanted} FROM documents WHERE {self.where}")  # noqa: S608

    def check(self, when: str) -> None:
        """Raises where a day has other documents than were generated."""
        sql = f"SELECT dt, count(*) FROM documents WHERE {self.where} GROUP BY dt"  # noqa: S608
        found = {str(day): int(number or 0) for day, number in self.athena.query(sql).rows}
        wanted = {str(day): number for day, number in self.plan.numbers().items() if number}
        if found != wanted:
            wrong = sorted(day for day in {**found, **wanted} if found.get(day) != wanted.get(day))
            raise RuntimeError(f"{when} compaction {len(wrong)} days differ, such as {wrong[0]}")
        print(f"  {when} compaction every one of {len(found)} days has its documents", flush=True)

    def compact(self) -> tuple[Report, float]:
        """What a run of the compaction did, and its seconds."""
        compaction = Compaction(
            self.athena,
            GlueCatalog(self.glue, self.database),
            S3LakeFiles(self._settings.target.client("s3"), self.bucket),
            timedelta(days=self._settings.retention_days),
        )
        with tqdm(total=self.plan.days, unit=" days", disable=None, leave=False) as bar:

            def progress(_: str) -> None:
                bar.update()

            started = time.monotonic()
            done = compaction(datetime.now(UTC), progress)
            return done, time.monotonic() - started

    def register(self) -> int:
        """A copy of `enriched` whose partitions are in the catalog; how many they are."""
        table = self.glue.get_table(DatabaseName=self.database, Name="enriched")["Table"]
        kept = ("PartitionKeys", "StorageDescriptor", "TableType")
        parameters = {
            name: value
            for name, value in table["Parameters"].items()
            if not name.startswith(("projection.", "storage.location"))
        }
        made = {"Name": REGISTERED, "Parameters": parameters, **{k: table[k] for k in kept}}
        self.glue.create_table(DatabaseName=self.database, TableInput=made)
        inputs = list(self._partitions(table["StorageDescriptor"]))
        for start in range(0, len(inputs), PARTITIONS_AT_ONCE):
            answer = self.glue.batch_create_partition(
                DatabaseName=self.database,
                TableName=REGISTERED,
                PartitionInputList=inputs[start : start + PARTITIONS_AT_ONCE],
            )
            if answer.get("Errors"):
                raise RuntimeError(f"glue: {answer['Errors'][0]}")
        return len(inputs)

    def _partitions(self, descriptor: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for day in self.plan.numbers():
            folder = f"s3://{self.bucket}/{day_prefix('enriched', TENANT, str(day))}"
            yield {
                "Values": [TENANT, str(day)],
                "StorageDescriptor": {**descriptor, "Location": folder},
            }

    def crawl(self) -> tuple[str, int, float]:
        """Has a crawler find the same by itself: its table, the partitions, the seconds."""
        name = self._settings.target.resource("ForeignCrawler")
        role = str(self.glue.get_crawler(Name=name)["Crawler"]["Role"])
        self.glue.create_crawler(
            Name=CRAWLER,
            Role=role,
            DatabaseName=self.database,
            TablePrefix="crawled_",
            Targets={"S3Targets": [{"Path": f"s3://{self.bucket}/{zone_prefix('enriched')}"}]},
        )
        logs = self._settings.target.client("logs")
        done = crawl(self.glue, logs, CRAWLER, lambda _state, _seconds: None)
        made = [table for change, table in done.tables if change == "created"]
        if done.status != "SUCCEEDED" or len(made) != 1:
            raise RuntimeError(f"the crawl {done.status.lower()}, {len(made)} tables: {done}")
        return made[0].name, made[0].partitions, done.seconds


def bench(
    settings: Settings,
    days: int = DAYS,
    documents: int = DOCUMENTS,
    batch: int = lake_generator.BATCH,
) -> None:
    """Writes a lake, then measures it."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    plan = lake_generator.Plan(TENANT, yesterday, days, documents, batch=batch)
    history = History(settings, plan)
    done = lake_generator.write_to(settings, plan)
    print(f"  history of {days} days: {done.documents:,} documents in {done.objects:,} objects,")
    print(f"  written in {done.seconds:.0f} s ({done.objects / done.seconds:,.0f} objects/s)")
    measure(history)


def measure(history: History) -> None:
    """The same queries before and after compaction, and what finding partitions takes."""
    history.athena.query(documents_view(FIRST_DAY))
    history.check("before")
    day, whole = history.one_day(), history.all_days()
    bench_projection(history)
    bench_compaction(history)
    history.check("after")
    history.one_day().over(day, "one day")
    history.all_days().over(whole, "all days by month and source")
    one, every = history.largest(("compound",)), history.largest(COLUMNS)
    ratio = one.scanned / every.scanned
    report("one column, bytes", _kb(one.scanned), f"all columns {_kb(every.scanned)}", ratio)
    ratio = one.seconds / every.seconds
    report("one column, time", _ms(one.seconds), f"all columns {_ms(every.seconds)}", ratio)


def bench_projection(history: History) -> None:
    """One day of `enriched`: its partition worked out, over looked up in the catalog."""
    ours = history.one_day("enriched")
    partitions = history.register()
    floor = history.one_day(REGISTERED)
    against = f"{partitions:,} registered days {_ms(floor.seconds)}"
    report("one day, projection", _ms(ours.seconds), against, ours.seconds / floor.seconds)
    table, partitions, took = history.crawl()
    floor = history.one_day(table)
    against = f"{partitions:,} crawled hours {_ms(floor.seconds)}"
    report("one day, projection", _ms(ours.seconds), against, ours.seconds / floor.seconds)
    against = f"a crawl {took:.1f} s"
    report("one day, projection", _ms(ours.seconds), against, ours.seconds / took)


def bench_compaction(history: History) -> None:
    """A second run, which finds nothing to do, over the first."""
    done, first = history.compact()
    if done.failed or done.problems:
        raise RuntimeError(f"the compaction failed: {done.failed} {done.problems[:3]}")
    days = len(done.written)
    again, second = history.compact()
    if again.written:
        raise RuntimeError(f"a second compaction wrote {again.written}")
    each = f"first {first:.0f} s, {first / days:.2f} s a day"
    report("a second compaction", f"{second:.2f} s", each, second / first)


def _kb(size: int) -> str:
    return f"{size / 1e3:,.1f} kB"


def _ms(taken: float) -> str:
    return f"{taken * 1e3:,.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.lake_queries", description=__doc__)
    parser.add_argument("--days", type=int, default=DAYS, help="up to yesterday")
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    parser.add_argument(
        "--batch", type=int, default=lake_generator.BATCH, help="documents an object"
    )
    given = parser.parse_args()
    with own_sandbox("echostream-bench-history") as settings:
        bench(settings, given.days, given.documents, given.batch)


if __name__ == "__main__":
    main()
