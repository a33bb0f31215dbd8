"""Runs a statement over the lake, with its progress on a terminal, and prints the result."""

import sys
from typing import Any

from echostream.adapters.athena import QueryResult
from echostream.domain.errors import QueryRefused
from echostream_cli.console import table, waiting
from echostream_cli.errors import UserError
from echostream_cli.lake.result_format import (
    MAX_CELL,
    count_truncated,
    format_cell,
    format_csv,
    format_json_lines,
    format_size,
    format_statistics,
    is_number,
)
from echostream_client.tenant_lake import QueryOutcome, Reader, TenantLake


def run(lake: TenantLake, sql: str, reader: Reader | None, rows: int) -> QueryOutcome:
    """Run a statement and show its progress; without a reader, of any tables.

    Raises `UserError` if Athena or the tenant check refuses the statement.
    """
    with waiting("query") as update:

        def on_poll(execution: dict[str, Any]) -> None:
            scanned = execution.get("Statistics", {}).get("DataScannedInBytes", 0)
            update(f"{execution['Status']['State'].lower()}, {format_size(scanned)} scanned")

        try:
            if reader:
                return lake.query(sql, reader, rows, on_poll)
            return lake.query_unrestricted(sql, rows, on_poll)
        except QueryRefused as error:
            hint = "; TENANT= (empty) queries any table" if error.code == "unknown_table" else ""
            raise UserError(f"{' '.join(error.message.split())}{hint}") from error


def show(outcome: QueryOutcome, form: str) -> None:
    """Print the rows to stdout. Statistics go to stdout after a table, and otherwise to stderr."""
    result = outcome.result
    if form == "csv":
        sys.stdout.writelines(format_csv(result))
    elif form == "json":
        sys.stdout.writelines(format_json_lines(result))
    elif result.columns and result.columns[0].name:
        show_table(result)
    else:
        print("\n".join(row[0] or "" for row in result.rows if row))
    sys.stdout.flush()
    stream = sys.stdout if form == "table" else sys.stderr
    for problem in outcome.quarantined:
        print(f"quarantined: {problem.object}: {problem.problem}", file=stream)
    hint = "; the result has more rows, set ROWS= to print them" if result.is_cut else ""
    print(format_statistics(result) + hint, file=stream)


def show_table(result: QueryResult) -> None:
    """Print aligned columns, numbers on the right, and the number of truncated cells."""
    head = [column.name for column in result.columns]
    rows = [[format_cell(cell) for cell in row] for row in result.rows]
    right = {index for index, column in enumerate(result.columns) if is_number(column.type)}
    table(head, rows, right=right)
    print()
    if number := count_truncated(result):
        count = "1 cell" if number == 1 else f"{number:,} cells"
        print(f"{count} truncated to {MAX_CELL} characters; FORMAT=csv prints all of them\n")
