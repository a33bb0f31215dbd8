"""Samples objects: determines format, columns and the length of records.

Only the beginning of an object is read (of a Parquet file its footer), into a temporary file that
DuckDB analyses. DuckDB installs no extension.
"""

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import duckdb
from botocore.exceptions import ClientError

from aws_companion.crawler.objects import (
    SAMPLE_BYTES,
    Format,
    Layout,
    ObjectHead,
    S3Object,
    Sample,
    UnreadableObject,
    UnusableObject,
    read_head,
)
from aws_companion.crawler.schema import UNKNOWN, Struct, of_duckdb, of_json

_SUFFIXES: dict[str, Format] = {
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": "1",
}
_HIVE_TEXT = {
    "boolean": "(?i)true|false",
    "date": r"\d{4}-\d{2}-\d{2}",
    "timestamp": r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d+)?",
}
"""The formats that the text serde accepts for a type; DuckDB accepts more."""


class SampleReader:
    """Samples objects. For one thread; close it after use."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3
        self._duckdb = duckdb.connect(config=_SETTINGS)
        self._folder = tempfile.TemporaryDirectory(prefix="aws-companion-crawl-")
        self._path = str(Path(self._folder.name) / "sample")

    def __enter__(self) -> "SampleReader":
        return self

    def __exit__(self, *_: object) -> None:
        self._duckdb.close()
        self._folder.cleanup()

    def sample(self, s3_object: S3Object) -> Sample:
        """Sample an object. Raises `UnusableObject`."""
        name = s3_object.key.removesuffix(".gz").rsplit("/", 1)[-1]
        format_by_name = _SUFFIXES.get(name[name.rfind(".") :].lower()) if "." in name else None
        head = self._read(s3_object, 0, SAMPLE_BYTES)
        try:
            if head.startswith(b"PAR1") or format_by_name == "parquet":
                return self._parquet(s3_object, head)
            start = read_head(s3_object, head)
            if format_by_name == "json" or (
                format_by_name is None and start.text.lstrip()[:1] in (b"{", b"[")
            ):
                return self._json(start)
            return self._csv(start, format_by_name is None)
        except (duckdb.Error, ValueError, RecursionError) as error:
            raise UnusableObject(_short(str(error))) from error

    def _read(self, s3_object: S3Object, first: int, size: int) -> bytes:
        last = min(first + size, s3_object.size) - 1
        try:
            response = self._s3.get_object(
                Bucket=s3_object.bucket,
                Key=s3_object.key,
                Range=f"bytes={first}-{last}",
                IfMatch=s3_object.etag,
            )
        except ClientError as error:
            raise UnreadableObject(f"cannot be read: {error.response['Error']['Code']}") from error
        return bytes(response["Body"].read())

    def _json(self, start: ObjectHead) -> Sample:
        structure, records = self._structure(start)
        kind = of_json(structure)
        if isinstance(structure, list):
            kind = Struct((("array", kind),))  # Glue's name for the column of a bare array
        if not isinstance(kind, Struct) or not kind.fields:
            raise UnusableObject("not JSON objects, one a line")
        columns = dict(kind.fields)
        size = len(start.text) / records
        return Sample(Layout("json"), columns, records / start.part, size, start.is_compressed)

    def _structure(self, start: ObjectHead) -> tuple[Any, int]:
        """The common structure of all JSON values, and their number."""
        Path(self._path).write_bytes(start.text)
        query = "SELECT json_group_structure(json), count(*) FROM read_json_objects(?, format=?)"
        try:
            arguments = [self._path, "newline_delimited"]
            row = self._duckdb.execute(query, arguments).fetchone()
        except duckdb.Error:
            # Glue classifies a pretty-printed object as JSON, although the serde cannot read it.
            if not start.text.lstrip().startswith(b"{"):
                raise UnusableObject(_not_json(start.text)) from None
            try:
                arguments = [self._path, "unstructured"]
                row = self._duckdb.execute(query, arguments).fetchone()
            except duckdb.Error as error:
                raise UnusableObject(f"not JSON: {_short(str(error))}") from error
        if not row or not row[1]:
            raise UnusableObject("empty: every line is blank")
        return json.loads(row[0]), int(row[1])

    def _csv(self, start: ObjectHead, is_guess: bool) -> Sample:
        if not _is_text(start.text):
            raise UnusableObject("not JSON, CSV or Parquet" if is_guess else "not text in UTF-8")
        Path(self._path).write_bytes(start.text)
        dialect = self._sniff()
        names = [str(column["name"]) for column in dialect["Columns"]]
        if is_guess and len(names) < 2:
            raise UnusableObject("not JSON, CSV or Parquet")
        if dialect["SkipRows"]:
            raise UnusableObject("not CSV: its lines have different numbers of columns")
        has_header = bool(dialect["HasHeader"])
        names = names if has_header else [f"col{index}" for index in range(len(names))]
        records = start.text.count(b"\n") + (not start.text.endswith(b"\n")) - has_header
        if records < 1:
            raise UnusableObject("empty: a header without records")
        is_quoted = dialect["Quote"] not in ("", "(empty)")
        kinds = self._csv_types(dialect, is_quoted)
        return Sample(
            Layout("csv", str(dialect["Delimiter"]), has_header),
            dict(zip(names, kinds, strict=True)),
            records / start.part,
            len(start.text) / records,
            start.is_compressed,
            is_quoted,
        )

    def _sniff(self) -> dict[str, Any]:
        query = "SELECT * FROM sniff_csv(?, sample_size=-1, null_padding=true)"
        cursor = self._duckdb.execute(query, [self._path])
        row = cursor.fetchone() or ()
        return dict(zip((column[0] for column in cursor.description or ()), row, strict=True))

    def _csv_types(self, dialect: dict[str, Any], is_quoted: bool) -> list[str]:
        """Types that the serde can read: OpenCSVSerDe reads neither dates nor empty numbers."""
        options = {name: dialect[name] for name in ("Delimiter", "Quote", "Escape")}
        characters = {name: "" if value == "(empty)" else value for name, value in options.items()}
        rows = self._duckdb.read_csv(
            self._path,
            delimiter=characters["Delimiter"],
            quotechar=characters["Quote"],
            escapechar=characters["Escape"],
            header=bool(dialect["HasHeader"]),
            all_varchar=True,
            null_padding=True,
        )
        kinds = [str(of_duckdb(duckdb.sqltype(column["type"]))) for column in dialect["Columns"]]
        for index, kind in enumerate(kinds):
            column = duckdb.ColumnExpression(rows.columns[index])
            values = [value for (value,) in rows.select(column).fetchall()]
            if not is_quoted and not any(values):
                kinds[index] = UNKNOWN
            elif not _matches_type(values, kind, is_quoted):
                kinds[index] = "string"
        return kinds

    def _parquet(self, s3_object: S3Object, head: bytes) -> Sample:
        if not head.startswith(b"PAR1") or s3_object.size < 12:
            raise UnusableObject("not Parquet")
        end = self._read(s3_object, s3_object.size - 8, 8)
        footer = int.from_bytes(end[:4], "little") + 8
        if end[4:] != b"PAR1" or footer > s3_object.size:
            raise UnusableObject("not Parquet: cut short")
        # DuckDB reads nothing but the footer here: the rows between are a hole in the file.
        with Path(self._path).open("wb") as file:
            file.write(head[:4])
            file.truncate(s3_object.size - footer)
            file.seek(s3_object.size - footer)
            file.write(self._read(s3_object, s3_object.size - footer, footer))
        rows = self._duckdb.read_parquet(self._path)
        kinds = (of_duckdb(kind) for kind in rows.types)
        query = "SELECT sum(num_rows) FROM parquet_file_metadata(?)"
        [records] = self._duckdb.execute(query, [self._path]).fetchone() or (0,)
        columns = dict(zip(rows.columns, kinds, strict=True))
        size = s3_object.size / records if records else 0.0
        return Sample(Layout("parquet"), columns, float(records), size)


def _matches_type(values: list[str | None], kind: str, is_quoted: bool) -> bool:
    if is_quoted and kind != "string":
        return kind in ("bigint", "double") and all(values)
    pattern = _HIVE_TEXT.get(kind)
    return not pattern or all(re.fullmatch(pattern, value) for value in values if value)


def _is_text(raw: bytes) -> bool:
    if b"\0" in raw:
        return False
    try:
        raw[:-4].decode()  # the end may cut a character
    except UnicodeDecodeError as error:
        return error.start >= len(raw) - 8
    return True


def _not_json(text: bytes) -> str:
    if text.lstrip().startswith(b"["):
        return "not JSON objects, one a line: one array over several lines"
    return "not JSON"


def _short(message: str) -> str:
    """The first line of DuckDB's message, without the path of the temporary file."""
    first = message.splitlines()[0] if message else "unreadable"
    return re.sub(r'in file "[^"]*", ', "", first)[:200]
