"""The report of a crawl, as text for a terminal."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

MOST_NAMED = 20
"""How many objects that were left out are printed."""
Change = Literal["created", "updated", "unchanged", "deprecated", "deleted"]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the crawler. `version` changes with it; columns are (name, Hive type)."""

    name: str
    version: str
    columns: tuple[tuple[str, str], ...]
    keys: tuple[str, ...]
    partitions: int
    is_deprecated: bool = False


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """How a crawl ended, what it did to each table, and what its log warns of."""

    status: str
    message: str
    seconds: float
    tables: tuple[tuple[Change, Table], ...]
    warnings: tuple[str, ...]


GONE = ("deprecated", "deleted")
"""What becomes of a table whose files are no longer there."""


def format_report(crawled: CrawlReport, name: str) -> str:
    """What a crawl found, for a terminal."""
    lines = [f"  {name}: {crawled.status.lower()} in {crawled.seconds:.0f} s"]
    for change, table in crawled.tables:
        lines += _described(change, table)
    if not crawled.tables and crawled.status == "SUCCEEDED":
        lines.append("  no table: nothing there holds JSON lines, CSV or Parquet")
    if there := [table.name for change, table in crawled.tables if change not in GONE]:
        lines.append(f'  ask: make query TENANT= SQL="TABLE {there[0]} LIMIT 10"')
    lines += [f"  {warning}" for warning in crawled.warnings[:MOST_NAMED]]
    if len(crawled.warnings) > MOST_NAMED:
        lines.append(f"  and {len(crawled.warnings) - MOST_NAMED} more in the crawler's log")
    return "\n".join(lines)


def _described(change: Change, table: Table) -> Iterator[str]:
    if change in GONE:
        yield f"  {change} {table.name}: its data are gone"
        return
    count = f", {table.partitions} partition{'s' * (table.partitions != 1)}" if table.keys else ""
    yield f"  {change} {table.name}{count}"
    width = max(len(name) for name in (*(name for name, _ in table.columns), *table.keys, ""))
    for name, kind in table.columns:
        yield f"      {name:{width}}  {kind}"
    for key in table.keys:
        yield f"      {key:{width}}  string (partition key)"
