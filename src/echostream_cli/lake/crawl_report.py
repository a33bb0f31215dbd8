"""The result of a crawl, and its text for a terminal."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

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

    status: str
    message: str
    seconds: float
    tables: tuple[tuple[Change, Table], ...]
    warnings: tuple[str, ...]


GONE = ("deprecated", "deleted")
"""The changes of a table whose files no longer exist."""


def format_report(report: CrawlReport, name: str) -> str:
    """The text of a report for a terminal; `name` is the crawler's."""
    lines = [f"  {name}: {report.status.lower()} in {report.seconds:.0f} s"]
    for change, table in report.tables:
        lines += _table_lines(change, table)
    if not report.tables and report.status == "SUCCEEDED":
        lines.append("  no tables: the crawler found no JSON lines, CSV or Parquet")
    if existing := [table.name for change, table in report.tables if change not in GONE]:
        lines.append(f'  query: make query TENANT= SQL="TABLE {existing[0]} LIMIT 10"')
    lines += [f"  {warning}" for warning in report.warnings[:MAX_WARNINGS]]
    if len(report.warnings) > MAX_WARNINGS:
        lines.append(f"  and {len(report.warnings) - MAX_WARNINGS} more in the crawler's log")
    return "\n".join(lines)


def _table_lines(change: Change, table: Table) -> Iterator[str]:
    if change in GONE:
        yield f"  {change} {table.name}: its files no longer exist"
        return
    count = f", {table.partitions} partition{'s' * (table.partitions != 1)}" if table.keys else ""
    yield f"  {change} {table.name}{count}"
    width = max(len(name) for name in (*(name for name, _ in table.columns), *table.keys, ""))
    for name, column_type in table.columns:
        yield f"      {name:{width}}  {column_type}"
    for key in table.keys:
        yield f"      {key:{width}}  string (partition key)"
