"""Sends a user's own CSV or JSON Lines file through the API: `make import FILE=reviews.csv`.

Sent twice, a file changes nothing: a document's id is in the file, or made of its content. Rows
that are refused are written to `<file>.rejected.csv`, each with its line and the reason.
"""

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from echostream.domain.codec import to_json
from echostream_cli.data.user_file import GUESSES, Columns, Row, UserFile
from echostream_cli.errors import UserError
from echostream_cli.outputs import api, outputs
from echostream_cli.settings import load_running
from echostream_client.api import ApiClient, ApiFailed
from echostream_client.cognito import SignInFailed

MOST_ROWS = 250
MOST_BYTES = 4_000_000
"""Of one request, under the API's limit with room for the rest."""
TOO_LARGE = f"more than {MOST_BYTES:,} bytes, which no request may have"
COLUMNS = ("text", "source", "created_at", "id", "author")
LINE, REASON = "line", "reason"


@dataclass
class Imported:
    """What became of the rows: ids of what is stored now, and rows that were refused."""

    rows: int = 0
    ids: set[str] = field(default_factory=set)
    rejected: list[Row] = field(default_factory=list)


def send(client: ApiClient, rows: Iterable[Row], done: Imported) -> None:
    """Sends rows in batches. Raises `ApiFailed`; then `done` says how far it came."""
    with tqdm(unit=" rows") as bar:
        for batch in _batches(rows, done):
            answer = client.ingest([row.document for row in batch])
            done.ids.update(answer["ids"])
            for refused in answer["rejected"]:
                row = batch[refused["index"]]
                done.rejected.append(Row(row.line, row.given, reason=refused["message"]))
            done.rows += len(batch)
            bar.update(len(batch))


def _batches(rows: Iterable[Row], done: Imported) -> Iterator[list[Row]]:
    batch: list[Row] = []
    size = 0
    for row in rows:
        length = len(to_json(row.document).encode())
        reason = row.reason or (TOO_LARGE if length > MOST_BYTES else "")
        if reason:
            done.rows += 1
            done.rejected.append(Row(row.line, row.given, reason=reason))
            continue
        if batch and (len(batch) == MOST_ROWS or size + length > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += length
    if batch:
        yield batch


def keep_rejected(path: Path, rejected: list[Row]) -> Path | None:
    """Writes what was refused beside the file; removes what an earlier run wrote."""
    beside = path.with_name(f"{path.name}.rejected.csv")
    if not rejected:
        beside.unlink(missing_ok=True)
        return None
    names = list(dict.fromkeys(name for row in rejected for name in row.given))
    with beside.open("w", newline="", encoding="utf-8", errors="backslashreplace") as out:
        writer = csv.writer(out)
        writer.writerow([LINE, REASON, *names])
        for row in sorted(rejected, key=lambda row: row.line):
            values = [_cell(row.given.get(name, "")) for name in names]
            writer.writerow([row.line, row.reason, *values])
    return beside


def _cell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def main() -> None:
    arguments = _arguments()
    given = {name: getattr(arguments, name) for name in COLUMNS if getattr(arguments, name)}
    done = Imported()
    try:
        if not arguments.file.name:
            raise UserError("FILE: which file? make import FILE=reviews.csv")
        found = UserFile(arguments.file, given)
        columns = found.columns()
        _say(columns)
        settings = load_running()
        client = api(settings, outputs(settings))
        send(client, found.rows(columns), done)
    except (UserError, SignInFailed) as error:
        sys.exit(f"error: {error}")
    except ApiFailed as error:
        sys.exit(f"error: after {done.rows} rows: {error}; send the file again to go on")
    beside = keep_rejected(arguments.file, done.rejected)
    print(f"{done.rows:,} rows: {len(done.ids):,} documents stored, {len(done.rejected)} refused")
    if beside:
        print(f"  refused rows and why: {beside}")
    sys.exit(1 if beside else 0)


def _say(columns: Columns) -> None:
    parts = [f"{name} from {column!r}" for name, column in columns.by_field.items()]
    if "source" not in columns.by_field:
        parts.append(f"source is {columns.source!r}")
    if "created_at" not in columns.by_field:
        parts.append("as of now (no column with a time)")
    print("; ".join(parts))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m echostream_cli.data.import_file", description=__doc__
    )
    parser.add_argument("--file", type=Path, required=True, help="CSV, or .jsonl")
    for name in COLUMNS:
        taken = ", ".join(GUESSES[name])
        parser.add_argument(f"--{name.replace('_', '-')}", help=f"a column; else one of {taken}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
