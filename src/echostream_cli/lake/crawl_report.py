"""The result of a crawl, as text and as JSON."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from echostream_cli import console

MAX_WARNINGS = 20
"""The number of warnings that are printed."""
Change = Literal["created", "updated", "unchanged", "deprecated", "deleted"]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a crawler. `version` changes with each update; columns are (name, Hive type)."""

    name: str
    version: str
    columns: tuple[tuple[str, str], ...]
    keys: tuple[str, ...]
    partitions: int
    is_deprecated: bool = False


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """The end state of a crawl, the change of each table, and the warnings in the log."""

    crawler: str
    status: str
    message: str
    seconds: float
    tables: tuple[tuple[Change, Table], ...]
    warnings: tuple[str, ...]


GONE = ("deprecated", "deleted")
"""The changes of a table whose files no longer exist."""


def to_json(report: CrawlReport) -> dict[str, Any]:
    """What `echostream crawl --json` prints."""
    tables = [
        {
            "change": change,
            "name": table.name,
            "columns": [{"name": name, "type": kind} for name, kind in table.columns],
            "partition_keys": table.keys,
            "partitions": table.partitions,
        }
        for change, table in report.tables
    ]
    return {**asdict(report), "tables": tables}


def show(report: CrawlReport) -> None:
    """Print a report."""
    print(f"  {report.crawler}: {report.status.lower()} in {report.seconds:.0f} s")
    for change, table in report.tables:
        _show_table(change, table)
    if not report.tables and report.status == "SUCCEEDED":
        print("  no tables: the crawler found no JSON lines, CSV or Parquet")
    if existing := [table.name for change, table in report.tables if change not in GONE]:
        print(f'  query: make query TENANT= SQL="TABLE {existing[0]} LIMIT 10"')
    for warning in report.warnings[:MAX_WARNINGS]:
        print(f"  {warning}")
    if len(report.warnings) > MAX_WARNINGS:
        print(f"  and {len(report.warnings) - MAX_WARNINGS} more in the crawler's log")


def _show_table(change: Change, table: Table) -> None:
    if change in GONE:
        print(f"  {change} {table.name}: its files no longer exist")
        return
    count = f", {table.partitions} partition{'s' * (table.partitions != 1)}" if table.keys else ""
    print(f"  {change} {table.name}{count}")
    keys = [(key, "string (partition key)") for key in table.keys]
    console.table((), [*table.columns, *keys], indent=6)
