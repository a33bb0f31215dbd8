"""What a statement came to, as objects on S3: written once, read back page by page.

As Athena does, answers are read from the object: nothing of a result stays in memory but where
in the object each thousand of rows begins. A SELECT gives CSV whose cells are quoted (null is an
empty cell without quotes) and whose first line names the columns; all other statements give
lines of text, in which the columns of a row are separated by tabs.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from botocore.exceptions import BotoCoreError, ClientError

from aws_companion.athena.column_types import parse_type
from aws_companion.athena.execution import Column, Result
from aws_companion.athena.s3_objects import split_uri
from aws_companion.athena.value_format import format_values

Row = Sequence[str | None]
BLOCK = 1000
"""Rows between two places of an object that are known."""
IN_MEMORY = 16 * 1024 * 1024
"""Bytes of a result that wait in memory until they are written; more wait on disk."""
_CELL = re.compile(r'(?:"([^"]*(?:""[^"]*)*)")?([,\n])')


class ResultUnavailable(Exception):
    """An object of a result that cannot be written or read. The message says which and why."""


@dataclass(frozen=True, slots=True)
class StoredResult:
    """A result that was written: its columns, its rows without the header, its objects.

    `blocks` are the bytes at which each `BLOCK` of rows begins, then the size of the object;
    `updated` the rows that the statement wrote elsewhere, None where it is no such statement.
    """

    uri: str
    columns: Sequence[Column]
    rows: int
    blocks: Sequence[int]
    updated: int | None = None
    manifest: str = ""

    @property
    def size(self) -> int:
        return self.blocks[-1]


def location(output: str, name: str, kind: str, substatement: str) -> str:
    """Where the result of an execution goes: `s3://folder/<name>.csv` for a SELECT.

    `output` is a folder without a slash at its end. INSERT and UNLOAD have no file of their own,
    but a manifest beside this address; CTAS likewise, in `tables/`.
    """
    if substatement == "CREATE_TABLE_AS_SELECT":
        return f"{output}/tables/{name}"
    if substatement.startswith(("INSERT", "UNLOAD")):
        return f"{output}/{name}"
    is_csv = kind == "DML" and substatement != "EXPLAIN"
    return f"{output}/{name}.{'csv' if is_csv else 'txt'}"


def write(s3: Any, uri: str, result: Result) -> StoredResult:
    """Write what a statement came to. Raises `ResultUnavailable`.

    Nothing for a CTAS or INSERT that did nothing (IF NOT EXISTS), which has no file of its own.
    """
    if result.updated is not None:
        manifest = f"{uri.removesuffix('.csv')}-manifest.csv"
        _put(s3, manifest, [f"{one}\n".encode() for one in result.written])
        counted = (Column("rows", "bigint"),)
        return StoredResult(uri, counted, 0, (0,), result.updated, manifest)
    if uri.endswith(".csv"):
        parts = [_line([one.name for one in result.columns]), *_csv_blocks(result)]
        blocks = _put(s3, uri, parts)[1:]
        return StoredResult(uri, result.columns, result.rows.num_rows, blocks)
    if not uri.endswith(".txt"):
        return StoredResult(uri, (), 0, (0,))
    lines = _lines(result)
    blocks = _put(s3, uri, _text_blocks(lines))
    return StoredResult(uri, result.columns, len(lines), blocks)


def read(s3: Any, written: StoredResult, start: int, stop: int) -> list[Row]:
    """The rows from `start` up to `stop`, which may be past the end. Raises `ResultUnavailable`."""
    stop = min(stop, written.rows)
    if start >= stop:
        return []
    first = start // BLOCK
    last = -(-stop // BLOCK)
    text = _get(s3, written.uri, written.blocks[first], written.blocks[last])
    rows: list[Row]
    if written.uri.endswith(".csv"):
        rows = list(csv_rows(text))
    else:
        rows = [[line] for line in text.split("\n")]
    return rows[start - first * BLOCK : stop - first * BLOCK]


def csv_line(cells: Row) -> str:
    """A row as Athena writes it: every cell in quotes, null as nothing at all."""
    return ",".join("" if cell is None else _quoted(cell) for cell in cells) + "\n"


def csv_rows(text: str) -> Iterator[list[str | None]]:
    """The rows that `csv_line` wrote; None where a cell has no quotes."""
    row: list[str | None] = []
    for found in _CELL.finditer(text):
        cell, end = found.groups()
        row.append(None if cell is None else cell.replace('""', '"'))
        if end == "\n":
            yield row
            row = []


def _quoted(cell: str) -> str:
    escaped = cell.replace('"', '""')
    return f'"{escaped}"'


def _line(cells: Row) -> bytes:
    return csv_line(cells).encode()


def _rows(result: Result) -> Iterator[list[Row]]:
    """The rows as texts, a block at a time."""
    kinds = [parse_type(column.type) for column in result.columns]
    for start in range(0, result.rows.num_rows, BLOCK):
        block = result.rows.slice(start, BLOCK)
        columns = [format_values(_whole(block.column(at)), kind) for at, kind in enumerate(kinds)]
        yield list(zip(*columns, strict=True))


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _csv_blocks(result: Result) -> Iterator[bytes]:
    for rows in _rows(result):
        yield b"".join(_line(row) for row in rows)


def _lines(result: Result) -> list[str]:
    """A value with line ends gives several lines, as `SHOW CREATE TABLE` does on Athena."""
    rows = (row for block in _rows(result) for row in block)
    joined = ("\t".join(cell or "" for cell in row) for row in rows)
    return [line for text in joined for line in text.split("\n")]


def _text_blocks(lines: Sequence[str]) -> Iterator[bytes]:
    for start in range(0, len(lines), BLOCK):
        is_last = start + BLOCK >= len(lines)
        block = "\n".join(lines[start : start + BLOCK])
        yield (block if is_last else f"{block}\n").encode()


def _put(s3: Any, uri: str, parts: Sequence[bytes] | Iterator[bytes]) -> tuple[int, ...]:
    """Write an object of these parts; where each of them begins, then its size."""
    bucket, key = split_uri(uri)
    begins = [0]
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as waiting:
        for part in parts:
            waiting.write(part)
            begins.append(waiting.tell())
        waiting.seek(0)
        try:
            s3.put_object(Bucket=bucket, Key=key, Body=waiting)
        except (ClientError, BotoCoreError) as error:
            raise ResultUnavailable(_not_written(uri, error)) from error
    return tuple(begins)


def _get(s3: Any, uri: str, begin: int, end: int) -> str:
    bucket, key = split_uri(uri)
    try:
        found = s3.get_object(Bucket=bucket, Key=key, Range=f"bytes={begin}-{end - 1}")
        body: bytes = found["Body"].read()
    except (ClientError, BotoCoreError) as error:
        raise ResultUnavailable(f"{uri} cannot be read: {error}") from error
    return body.decode()


def _not_written(uri: str, error: Exception) -> str:
    code = error.response.get("Error", {}).get("Code") if isinstance(error, ClientError) else ""
    if code == "NoSuchBucket":
        return f"Unable to verify/create output bucket {split_uri(uri)[0]}"
    return f"{uri} cannot be written: {error}"
