"""SQL over the lake of the sandbox or of a stage."""

import sys
import time
from pathlib import Path
from typing import Any

from echostream.adapters.athena import Athena
from echostream.adapters.s3_lake_files import S3LakeFiles
from echostream.domain.errors import QueryRefused
from echostream_cli.errors import UserError
from echostream_cli.lake.result_format import (
    format_csv,
    format_json_lines,
    format_size,
    format_statistics,
    format_table,
)
from echostream_cli.target import Target
from echostream_client.tenant_lake import QueryOutcome, TenantLake

PROGRESS_AFTER = 2.0
"""Seconds after which a terminal shows the progress of a query."""


def tenant_lake(target: Target) -> TenantLake:
    """The lake of a deployment. Raises `UserError` if the deployment does not exist."""
    outputs = target.outputs()
    try:
        athena = Athena(target.client("athena"), outputs["WorkGroup"], outputs["Database"])
        return TenantLake(athena, S3LakeFiles(target.client("s3"), outputs["LakeBucket"]))
    except KeyError as error:
        raise UserError(f"{target.stack_name} has no output {error}; deploy it again") from error


class Progress:
    """A progress line on a terminal; nothing is written to files and pipes."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._is_shown = False

    def __call__(self, execution: dict[str, Any]) -> None:
        seconds = time.monotonic() - self._start
        if seconds > PROGRESS_AFTER and sys.stderr.isatty():
            scanned = execution.get("Statistics", {}).get("DataScannedInBytes", 0)
            state = execution["Status"]["State"].lower()
            print(f"\r  {state}, {seconds:.0f} s, {format_size(scanned)} ", end="", file=sys.stderr)
            self._is_shown = True

    def end(self) -> None:
        """Clear the line."""
        if self._is_shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def run(lake: TenantLake, sql: str, tenant: str, rows: int) -> QueryOutcome:
    """Run a statement and show its progress; an empty tenant allows any statement.

    Raises `UserError` if Athena or the tenant check refuses the statement.
    """
    progress = Progress()
    try:
        return (
            lake.query(sql, tenant, rows, progress)
            if tenant
            else lake.query_unrestricted(sql, rows, progress)
        )
    except QueryRefused as error:
        hint = "; TENANT= (empty) queries any table" if error.code == "unknown_table" else ""
        raise UserError(f"{' '.join(error.message.split())}{hint}") from error
    finally:
        progress.end()


def read(path: Path) -> str:
    """The statement in a file. Raises `UserError` if the file is not readable UTF-8."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {path}: {error}") from error


def show(outcome: QueryOutcome, form: str) -> None:
    """Print the rows to stdout. Statistics go to stdout after a table, and otherwise to stderr."""
    result = outcome.result
    if form == "csv":
        sys.stdout.writelines(format_csv(result))
    elif form == "json":
        sys.stdout.writelines(format_json_lines(result))
    elif result.columns and result.columns[0].name:
        print(format_table(result))
    else:
        print("\n".join(row[0] or "" for row in result.rows if row))
    sys.stdout.flush()
    stream = sys.stdout if form == "table" else sys.stderr
    for problem in outcome.quarantined:
        print(f"quarantined: {problem.object}: {problem.problem}", file=stream)
    hint = "; the result has more rows, set ROWS= to print them" if result.is_cut else ""
    print(format_statistics(result) + hint, file=stream)
