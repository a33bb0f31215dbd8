"""A generated lake: its queries, compaction, and ways to register its partitions."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from tqdm import tqdm

from bench.lake_plan import Plan
from echostream.adapters.athena import Athena
from echostream.adapters.glue_catalog import GlueCatalog
from echostream.adapters.s3_lake_files import S3LakeFiles
from echostream.domain.compaction import Compaction, Report
from echostream.domain.lake import day_prefix, zone_prefix
from echostream_cli.console import waiting
from echostream_cli.lake.crawl import crawl
from echostream_cli.outputs import outputs
from echostream_cli.settings import Settings

REGISTERED, CRAWLER = "registered", "bench-year"
PARTITIONS_PER_CALL = 100
"""Glue's limit for BatchCreatePartition."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The seconds of a query (the median of its runs) and the bytes that it scanned."""

    seconds: float
    scanned: int


class GeneratedLake:
    """The generated lake of a tenant, with clients of Athena and Glue."""

    def __init__(self, settings: Settings, plan: Plan) -> None:
        self.plan, self._settings, sandbox = plan, settings, outputs(settings)
        self.database = sandbox["DATABASE"]
        self.bucket = sandbox["LAKE_BUCKET"]
        self.glue = settings.target.client("glue")
        self.athena = Athena(settings.target.client("athena"), sandbox["WORKGROUP"], self.database)

    @property
    def middle(self) -> date:
        return self.plan.first + timedelta(days=self.plan.days // 2)

    @property
    def where(self) -> str:
        """The condition for the generated documents."""
        plan = self.plan
        return f"tenant_id = '{plan.tenant}' AND dt BETWEEN '{plan.first}' AND '{plan.last}'"

    def cost(self, sql: str, times: int = 1) -> Cost:
        """The cost of a statement. If it runs several times, a warm-up run is not counted."""
        with waiting("query"):
            results = [self.athena.query(sql) for _ in range(times + (times > 1))][-times:]
        return Cost(median(result.seconds for result in results), results[-1].bytes_scanned)

    def one_day(self, table: str = "documents", times: int = 9) -> Cost:
        """The documents of one day by sentiment."""
        sql = (
            f"SELECT sentiment, count(*) AS documents FROM {table}"  # noqa: S608
            f" WHERE tenant_id = '{self.plan.tenant}' AND dt = '{self.middle}' GROUP BY sentiment"
        )
        return self.cost(sql, times)

    def all_days(self) -> Cost:
        """Monthly mean compound by source."""
        return self.cost(
            "SELECT date_trunc('month', created_at) AS month, source, avg(compound) AS compound"  # noqa: S608
            f" FROM documents WHERE {self.where} GROUP BY 1, 2 ORDER BY 1, 2"
        )

    def largest(self, columns: tuple[str, ...]) -> Cost:
        """The largest values of columns: a query that reads whole columns and returns one row."""
        maxima = ", ".join(f"max({name}) AS {name}" for name in columns)
        return self.cost(f"SELECT {maxima} FROM documents WHERE {self.where}")  # noqa: S608

    def check(self, moment: str) -> None:
        """Raise RuntimeError if the number of documents of a day is not the generated one.

        `moment` is "before" or "after" (the compaction).
        """
        sql = f"SELECT dt, count(*) FROM documents WHERE {self.where} GROUP BY dt"  # noqa: S608
        counts = {str(day): int(number or 0) for day, number in self.athena.query(sql).rows}
        expected = {str(day): number for day, number in self.plan.numbers().items() if number}
        if counts != expected:
            days = counts.keys() | expected.keys()
            wrong = sorted(day for day in days if counts.get(day) != expected.get(day))
            raise RuntimeError(f"{moment} compaction {len(wrong)} days differ, such as {wrong[0]}")
        print(f"  {moment} compaction all {len(counts)} days have their documents", flush=True)

    def compact(self) -> tuple[Report, float]:
        """Run the compaction; its report and its seconds."""
        compaction = Compaction(
            self.athena,
            GlueCatalog(self.glue, self.database),
            S3LakeFiles(self._settings.target.client("s3"), self.bucket),
            timedelta(days=self._settings.retention_days),
        )
        with tqdm(total=self.plan.days, unit=" days", disable=None, leave=False) as bar:

            def progress(_: str) -> None:
                bar.update()

            start = time.monotonic()
            run_report = compaction(datetime.now(UTC), progress)
            return run_report, time.monotonic() - start

    def register(self) -> int:
        """Create a copy of `enriched` with partitions in the catalog; returns their number."""
        table = self.glue.get_table(DatabaseName=self.database, Name="enriched")["Table"]
        members = ("PartitionKeys", "StorageDescriptor", "TableType")
        parameters = {
            name: value
            for name, value in table["Parameters"].items()
            if not name.startswith(("projection.", "storage.location"))
        }
        copy = {name: table[name] for name in members}
        copy |= {"Name": REGISTERED, "Parameters": parameters}
        self.glue.create_table(DatabaseName=self.database, TableInput=copy)
        inputs = list(self._partitions(table["StorageDescriptor"]))
        for start in range(0, len(inputs), PARTITIONS_PER_CALL):
            response = self.glue.batch_create_partition(
                DatabaseName=self.database,
                TableName=REGISTERED,
                PartitionInputList=inputs[start : start + PARTITIONS_PER_CALL],
            )
            if response.get("Errors"):
                raise RuntimeError(f"glue: {response['Errors'][0]}")
        return len(inputs)

    def _partitions(self, descriptor: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for day in self.plan.numbers():
            folder = f"s3://{self.bucket}/{day_prefix('enriched', self.plan.tenant, str(day))}"
            yield {
                "Values": [self.plan.tenant, str(day)],
                "StorageDescriptor": {**descriptor, "Location": folder},
            }

    def crawl(self) -> tuple[str, int, float]:
        """Crawl `enriched`; the name of the table, its partitions, the seconds of the crawl."""
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
        crawled = crawl(self.glue, logs, CRAWLER, lambda _state, _seconds: None)
        tables = [table for change, table in crawled.tables if change == "created"]
        if crawled.status != "SUCCEEDED" or len(tables) != 1:
            raise RuntimeError(f"the crawl must create one table: {crawled}")
        return tables[0].name, tables[0].partitions, crawled.seconds
