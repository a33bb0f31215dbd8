"""SQL over the lake: `make query SQL="..."`, of the sandbox or of AWS.

A statement is a SELECT over `documents` and `raw` of one tenant (demo, unless told otherwise).
With an empty tenant it is any statement, sent as it stands.
"""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.athena import Athena
from echostream.adapters.s3_lake_files import S3LakeFiles
from echostream.domain.errors import QueryRefused, TryAgain
from echostream_cli import sam, users
from echostream_cli.errors import UserError
from echostream_cli.lake.result_format import as_csv, as_table, size, took
from echostream_cli.outputs import outputs
from echostream_cli.settings import Settings, load, load_running
from echostream_client.tenant_lake import QueryOutcome, TenantLake

QUIET_FOR = 2.0
"""Seconds after which a person is told that something is going on."""


def history(settings: Settings) -> TenantLake:
    """The lake of the sandbox that runs here. Raises `UserError`."""
    found = outputs(settings)
    athena = sam.client(settings, "athena")
    return _history(athena, sam.client(settings, "s3"), found)


def history_on_aws(stack_name: str) -> TenantLake:
    """The lake of a stack on AWS, with the shell's own credentials. Raises `UserError`."""
    make: Any = boto3.client
    try:
        answer = make("cloudformation").describe_stacks(StackName=stack_name)
        named = sam.outputs_of(answer["Stacks"][0])
        found = {
            "DATABASE": named["Database"],
            "WORKGROUP": named["WorkGroup"],
            "LAKE_BUCKET": named["LakeBucket"],
        }
        return _history(make("athena"), make("s3"), found)
    except (ClientError, BotoCoreError) as error:
        fix = "set AWS_PROFILE and AWS_REGION (or AWS_DEFAULT_REGION), and STACK_NAME"
        raise UserError(f"no stack {stack_name} on AWS: {error}; {fix}") from error
    except KeyError as error:
        raise UserError(f"the stack {stack_name} has no output {error}; deploy again") from error


def _history(athena: Any, s3: Any, found: dict[str, str]) -> TenantLake:
    asked = Athena(athena, found["WORKGROUP"], found["DATABASE"])
    return TenantLake(asked, S3LakeFiles(s3, found["LAKE_BUCKET"]))


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


def main() -> None:
    arguments = _arguments()
    try:
        outcome = _ask(arguments)
        _print(outcome, arguments.format)
    except (UserError, TryAgain, ClientError, BotoCoreError) as error:
        sys.exit(f"error: {_one_line(error)}")
    except QueryRefused as error:
        other = "; TENANT= (empty) asks any table" if error.code == "unknown_table" else ""
        sys.exit(f"error: {_one_line(error.message)}{other}")
    except BrokenPipeError:  # whoever read our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        print("\nstopped, at Athena too", file=sys.stderr)
        sys.exit(130)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m echostream_cli.lake.query", description=__doc__
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--sql", help="the statement")
    what.add_argument("--file", type=Path, help="a file that holds the statement")
    parser.add_argument(
        "--tenant", default=users.DEMO_TENANT, help="whose; empty: send the statement as it is"
    )
    parser.add_argument("--format", choices=("table", "csv"), default="table")
    parser.add_argument("--rows", type=_rows, default=1000, help="how many at most")
    parser.add_argument("--on", choices=("sandbox", "aws"), default="sandbox")
    return parser.parse_args()


def _rows(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, is {text!r}")
    return int(text)


def _ask(arguments: argparse.Namespace) -> QueryOutcome:
    sql = arguments.sql if arguments.file is None else _read(arguments.file)
    on_aws = arguments.on == "aws"
    lake = history_on_aws(load().stack_name) if on_aws else history(load_running())
    progress = Progress()
    try:
        if arguments.tenant:
            return lake.query(sql, arguments.tenant, arguments.rows, progress)
        return lake.query_unrestricted(sql, arguments.rows, progress)
    finally:
        progress.end()


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {path}: {error}") from error


def _print(outcome: QueryOutcome, form: str) -> None:
    """The rows to stdout; beside CSV nothing else."""
    result = outcome.result
    if form == "csv":
        sys.stdout.writelines(as_csv(result))
    elif result.columns and result.columns[0].name:
        print(as_table(result))
    else:
        print("\n".join(row[0] or "" for row in result.rows if row))
    sys.stdout.flush()
    beside = sys.stderr if form == "csv" else sys.stdout
    for problem in outcome.quarantined:
        print(f"set aside: {problem.object}: {problem.problem}", file=beside)
    more = "; there are more, ROWS=5000 asks for 5000" if result.is_cut else ""
    print(took(result) + more, file=beside)


def _one_line(error: object) -> str:
    return " ".join(str(error).split())


if __name__ == "__main__":
    main()
