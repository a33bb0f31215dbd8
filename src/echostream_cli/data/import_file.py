"""Sends a user's own CSV or JSON Lines file through the API: `make import FILE=reviews.csv`.

A file can be sent again without effect: a document's id is in the file, or a hash of its content.
Rejected rows are written to `<file>.rejected.csv`, each with its line number and the reason.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from echostream_cli.console import progress
from echostream_cli.data.user_file import Columns, Row
from echostream_client.api import ApiClient
from echostream_client.send import MAX_BYTES, batches, sent_bytes

TOO_LARGE = f"more than {MAX_BYTES:,} bytes, the limit of a request"
LINE, REASON = "line", "reason"


@dataclass
class ImportResult:
    """The number of rows, the ids of stored documents, and the rejected rows."""

    rows: int = 0
    ids: set[str] = field(default_factory=set)
    received_at: str | None = None
    rejected: list[Row] = field(default_factory=list)


def send(client: ApiClient, rows: Iterable[Row], result: ImportResult) -> None:
    """Send rows in batches and add them to `result`. Raises `ApiFailed`."""
    with progress("sending", "rows") as advance:
        for batch in batches(_valid(rows, result), lambda row: sent_bytes(row.document)):
            response = client.ingest([row.document for row in batch])
            result.ids.update(response["ids"])
            result.received_at = response.get("received_at") or result.received_at
            for rejection in response["rejected"]:
                row = batch[rejection["index"]]
                result.rejected.append(Row(row.line, row.values, reason=rejection["message"]))
            result.rows += len(batch)
            advance(len(batch))


def _valid(rows: Iterable[Row], result: ImportResult) -> Iterator[Row]:
    """The valid rows; the others are added to `result`."""
    for row in rows:
        reason = row.reason or (TOO_LARGE if sent_bytes(row.document) > MAX_BYTES else "")
        if reason:
            result.rows += 1
            result.rejected.append(Row(row.line, row.values, reason=reason))
        else:
            yield row


def write_rejected(path: Path, rejected: list[Row]) -> Path | None:
    """Write rejected rows next to the file; without any, remove the file of an earlier run."""
    rejected_path = path.with_name(f"{path.name}.rejected.csv")
    if not rejected:
        rejected_path.unlink(missing_ok=True)
        return None
    names = list(dict.fromkeys(name for row in rejected for name in row.values))
    with rejected_path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as out:
        writer = csv.writer(out)
        writer.writerow([LINE, REASON, *names])
        for row in sorted(rejected, key=lambda row: row.line):
            values = [_cell(row.values.get(name, "")) for name in names]
            writer.writerow([row.line, row.reason, *values])
    return rejected_path


def _cell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def describe(columns: Columns) -> str:
    """The column of each field, as one line."""
    parts = [f"{name} from {column!r}" for name, column in columns.by_field.items()]
    if "source" not in columns.by_field:
        parts.append(f"source is {columns.source!r}")
    if "created_at" not in columns.by_field:
        parts.append("created_at is now (the file has no time column)")
    return "; ".join(parts)
