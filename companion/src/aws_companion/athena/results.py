"""Stores results as objects in S3 and reads them back page by page.

Pages are read from the object, as Athena does. Memory has only the byte offset of every
thousandth row. A SELECT gives CSV whose cells are quoted (null is an
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
"""Rows between two known byte offsets of an object."""
IN_MEMORY = 16 * 1024 * 1024
"""Bytes of a result that are buffered in memory; larger results are buffered on disk."""
_CELL = re.compile(r'(?:"([^"]*(?:""[^"]*)*)")?([,\n])')


class ResultUnavailable(Exception):
    """An object of a result that cannot be written or read. The message gives the reason."""


@dataclass(frozen=True, slots=True)
class StoredResult:
    """A stored result: its columns, the number of its rows without the header, its objects.

    `blocks` are the byte offsets of each `BLOCK` of rows, then the object's size. `updated` is the
    number of rows that CTAS, INSERT or UNLOAD wrote, None for other statements.
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
    """The location of an execution's result: `s3://folder/<name>.csv` for a SELECT.

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
    """Store a result. Raises `ResultUnavailable`.

    A CTAS that did nothing (IF NOT EXISTS) has no object.
    """
    if result.updated is not None:
        manifest = f"{uri.removesuffix('.csv')}-manifest.csv"
        _put(s3, manifest, [f"{path}\n".encode() for path in result.written])
        columns = (Column("rows", "bigint"),)
        return StoredResult(uri, columns, 0, (0,), result.updated, manifest)
    if uri.endswith(".csv"):
        parts = [_line([column.name for column in result.columns]), *_csv_blocks(result)]
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
    """A row as Athena writes it: every cell in quotes, null as an empty cell."""
    return ",".join("" if cell is None else _quoted(cell) for cell in cells) + "\n"


def csv_rows(text: str) -> Iterator[list[str | None]]:
    """The rows that `csv_line` wrote; None for a cell without quotes."""
    row: list[str | None] = []
    for match in _CELL.finditer(text):
        cell, end = match.groups()
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
    """The formatted rows, a block at a time."""
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
    """The lines of a text result. A value with line ends becomes several lines, as on Athena."""
    rows = (row for block in _rows(result) for row in block)
    joined = ("\t".join(cell or "" for cell in row) for row in rows)
    return [line for text in joined for line in text.split("\n")]


def _text_blocks(lines: Sequence[str]) -> Iterator[bytes]:
    for start in range(0, len(lines), BLOCK):
        is_last = start + BLOCK >= len(lines)
        block = "\n".join(lines[start : start + BLOCK])
        yield (block if is_last else f"{block}\n").encode()


def _put(s3: Any, uri: str, parts: Sequence[bytes] | Iterator[bytes]) -> tuple[int, ...]:
    """Write an object. Returns the offset of each part, then the object's size."""
    bucket, key = split_uri(uri)
    offsets = [0]
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as buffer:
        for part in parts:
            buffer.write(part)
            offsets.append(buffer.tell())
        buffer.seek(0)
        try:
            s3.put_object(Bucket=bucket, Key=key, Body=buffer)
        except (ClientError, BotoCoreError) as error:
            raise ResultUnavailable(_not_written(uri, error)) from error
    return tuple(offsets)


def _get(s3: Any, uri: str, begin: int, end: int) -> str:
    bucket, key = split_uri(uri)
    try:
        response = s3.get_object(Bucket=bucket, Key=key, Range=f"bytes={begin}-{end - 1}")
        body: bytes = response["Body"].read()
    except (ClientError, BotoCoreError) as error:
        raise ResultUnavailable(f"{uri} cannot be read: {error}") from error
    return body.decode()


def _not_written(uri: str, error: Exception) -> str:
    code = error.response.get("Error", {}).get("Code") if isinstance(error, ClientError) else ""
    if code == "NoSuchBucket":
        return f"Unable to verify/create output bucket {split_uri(uri)[0]}"
    return f"{uri} cannot be written: {error}"
