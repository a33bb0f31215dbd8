"""Parses the lines of text files as the JSON and CSV serdes do."""

import csv
import io
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from aws_companion.athena.catalog import Table
from aws_companion.athena.execution import QueryFailed
from aws_companion.athena.s3_objects import ObjectSummary
from aws_companion.athena.type_names import duckdb_type, json_structure

GZIP = 16 + zlib.MAX_WBITS
_CONTROLS = {"\\t": "\t", "\\n": "\n", "\\001": "\x01", "\\u0001": "\x01", "": "\x01"}


@dataclass(frozen=True, slots=True)
class TextObject:
    """The lines of one object, and the columns that are constant in it."""

    lines: list[str]
    constants: Mapping[str, str]


def read_lines(summary: ObjectSummary, body: bytes) -> list[str]:
    """The lines of a text object. Raises `QueryFailed` with the object's URI."""
    try:
        text = _decompress(body) if summary.uri.endswith(".gz") else body
    except (zlib.error, EOFError) as error:
        raise QueryFailed(
            f"HIVE_CURSOR_ERROR: Failed to read file at {summary.uri}: {error}"
        ) from error
    return [line for line in text.decode("utf-8", "replace").split("\n") if line.strip()]


def _decompress(body: bytes) -> bytes:
    """Decompress every member of a gzip file. Raises zlib.error, or EOFError if it is cut."""
    parts, remaining = [], body
    while remaining:
        member = zlib.decompressobj(GZIP)
        parts.append(member.decompress(remaining))
        if not member.eof:
            raise EOFError("unexpected end of the gzip stream")
        remaining = member.unused_data.lstrip(b"\0")
    return b"".join(parts)


def json_rows(table: Table, objects: Sequence[TextObject], schema: pa.Schema) -> pa.Table:
    """Parse JSON Lines as the OpenX serde does: text unchanged, an object as its JSON.

    Raises `QueryFailed` for a line that is no JSON object (unless `ignore.malformed.json`, which
    gives a row of nulls) and for a value that the column's type does not take.
    """
    lines = _line_table(objects)
    malformed = "NOT json_valid(line) OR json_type(line) <> 'OBJECT'"
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as engine:
        engine.register("lines", lines)
        if table.serde_parameters.get("ignore.malformed.json", "").lower() != "true":
            _check_lines(engine, malformed)
        source = f"SELECT * REPLACE (CASE WHEN {malformed} THEN '{{}}' ELSE line END AS line)"
        columns = ", ".join(_json_column(table, field, objects) for field in schema)
        try:
            result = engine.execute(f"SELECT {columns} FROM ({source} FROM lines)")
            return result.to_arrow_table().cast(schema)
        except (duckdb.Error, pa.ArrowInvalid) as error:
            raise QueryFailed(f"HIVE_BAD_DATA: {_first_line(error)}") from error


def _line_table(objects: Sequence[TextObject]) -> pa.Table:
    counts = [len(item.lines) for item in objects]
    columns = {"line": pa.array([line for item in objects for line in item.lines], pa.string())}
    numbers = [index for index, count in enumerate(counts) for _ in range(count)]
    for name in objects[0].constants:
        values = pa.array([item.constants[name] for item in objects], pa.string())
        columns[name] = values.take(pa.array(numbers, pa.int32()))
    return pa.table(columns)


def _check_lines(engine: duckdb.DuckDBPyConnection, malformed: str) -> None:
    row = engine.execute(f'SELECT "$path" FROM lines WHERE {malformed} LIMIT 1').fetchone()
    if row:
        raise QueryFailed(f"HIVE_CURSOR_ERROR: Row is not a valid JSON Object: {row[0]}")


def _json_column(table: Table, field: pa.Field, objects: Sequence[TextObject]) -> str:
    name = _quoted(field.name)
    kind = duckdb_type(field.type)
    if field.name in objects[0].constants:
        return f"{name}::{kind} AS {name}"
    keys = _keys(table, field.name, objects)
    if pa.types.is_nested(field.type):
        value = _coalesce(f"json_extract(line, {key})" for key in keys)
        structure = json.dumps(json_structure(field.type))
        return f"json_transform({value}, '{structure}') AS {name}"
    value = _coalesce(f"json_extract_string(line, {key})" for key in keys)
    return f"{value}::{kind} AS {name}"


def _keys(table: Table, column: str, objects: Sequence[TextObject]) -> list[str]:
    """The JSON paths of a column, as SQL literals."""
    mapping = table.serde_parameters.get(f"mapping.{column}")
    names = [mapping or column]
    if table.serde_parameters.get("case.insensitive", "").lower() != "false" and not mapping:
        names += sorted(_spellings(column, objects))
    return ["'" + f'$."{name}"'.replace("'", "''") + "'" for name in names]


def _spellings(column: str, objects: Sequence[TextObject]) -> set[str]:
    """Other spellings of a column's name in the lines; the serde ignores case."""
    spellings = set()
    for item in objects:
        for line in item.lines[:20]:
            try:
                decoded = json.loads(line)
            except ValueError:
                continue
            if isinstance(decoded, dict):
                spellings |= {k for k in decoded if k != column and k.lower() == column}
    return spellings


def csv_rows(table: Table, objects: Sequence[TextObject], schema: pa.Schema) -> pa.Table:
    """Parse delimited lines. A value that does not fit its type is null, as LazySimple reads it."""
    names = [name for name, _ in table.columns]
    header_lines = int(table.parameters.get("skip.header.line.count", 0))
    columns: dict[str, list[str | None]] = {field.name: [] for field in schema}
    for item in objects:
        for cells in _split_lines(table, item.lines[header_lines:]):
            row = dict(zip(names, [*cells, *[None] * len(names)], strict=False)) | dict(
                item.constants
            )
            for name, values in columns.items():
                values.append(row[name])
    raw = pa.table({n: pa.array(v, pa.string()) for n, v in columns.items()})
    casts = ", ".join(
        f"TRY_CAST({_quoted(field.name)} AS {duckdb_type(field.type)}) AS {_quoted(field.name)}"
        for field in schema
    )
    with duckdb.connect() as engine:
        engine.register("raw", raw)
        return engine.execute(f"SELECT {casts} FROM raw").to_arrow_table().cast(schema)


def _split_lines(table: Table, lines: Sequence[str]) -> Iterator[Sequence[str | None]]:
    parameters = table.serde_parameters
    if "OpenCSV" in table.serde:
        yield from csv.reader(
            io.StringIO("\n".join(lines)),
            delimiter=parameters.get("separatorChar", ","),
            quotechar=parameters.get("quoteChar", '"'),
            escapechar=parameters.get("escapeChar") or None,
        )
        return
    separator = parameters.get("field.delim", parameters.get("serialization.format", "\x01"))
    separator = _CONTROLS.get(separator, separator)
    for line in lines:
        yield [None if cell == "\\N" else cell for cell in line.rstrip("\r").split(separator)]


def _coalesce(values: Iterator[str]) -> str:
    return f"coalesce({', '.join(values)})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
