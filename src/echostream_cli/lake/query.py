"""SQL over the lake, of the sandbox or of a stage."""

import sys
import time
from pathlib import Path
from typing import Any

from echostream.adapters.athena import Athena
from echostream.adapters.s3_lake_files import S3LakeFiles
from echostream.domain.errors import QueryRefused
from echostream_cli.errors import UserError
from echostream_cli.lake.result_format import as_csv, as_json_lines, as_table, size, took
from echostream_cli.target import Target
from echostream_client.tenant_lake import QueryOutcome, TenantLake

QUIET_FOR = 2.0
"""Seconds after which a person is told that something is going on."""


def tenant_lake(target: Target) -> TenantLake:
    """The lake of a deployment. Raises `UserError` where the deployment does not exist."""
    outputs = target.outputs()
    try:
        athena = Athena(target.client("athena"), outputs["WorkGroup"], outputs["Database"])
        return TenantLake(athena, S3LakeFiles(target.client("s3"), outputs["LakeBucket"]))
    except KeyError as error:
        raise UserError(f"{target.stack_name} has no output {error}; deploy it again") from error


class Progress:
    """What a waiting person sees on a terminal, and nobody else."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._is_shown = False

    def __call__(self, execution: dict[str, Any]) -> None:
        seconds = time.monotonic() - self._start
        if seconds > QUIET_FOR and sys.stderr.isatty():
            scanned = execution.get("Statistics", {}).get("DataScannedInBytes", 0)
            state = execution["Status"]["State"].lower()
            print(f"\r  {state}, {seconds:.0f} s, {size(scanned)} ", end="", file=sys.stderr)
            self._is_shown = True

    def end(self) -> None:
        """Clears the line."""
        if self._is_shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def run(lake: TenantLake, sql: str, tenant: str, rows: int) -> QueryOutcome:
    """Run a statement and show a waiting person its progress. An empty tenant: any statement."""
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
    """The statement in a file. Raises `UserError`."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {path}: {error}") from error


def show(outcome: QueryOutcome, form: str) -> None:
    """Print the rows to stdout, and everything else beside them: to stderr unless it is a table."""
    result = outcome.result
    if form == "csv":
        sys.stdout.writelines(as_csv(result))
    elif form == "json":
        sys.stdout.writelines(as_json_lines(result))
    elif result.columns and result.columns[0].name:
        print(as_table(result))
    else:
        print("\n".join(row[0] or "" for row in result.rows if row))
    sys.stdout.flush()
    beside = sys.stdout if form == "table" else sys.stderr
    for problem in outcome.quarantined:
        print(f"set aside: {problem.object}: {problem.problem}", file=beside)
    more = "; there are more rows, ROWS=5000 reads 5000" if result.is_cut else ""
    print(took(result) + more, file=beside)
