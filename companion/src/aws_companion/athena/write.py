"""CTAS, INSERT and UNLOAD: writes files to S3 and tables to the catalog."""

import gzip
import io
import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import orc
from sqlglot import exp

from aws_companion.athena.catalog import Catalog, Partition, Table
from aws_companion.athena.execution import QueryFailed, Result, Statement
from aws_companion.athena.s3_objects import ObjectStore
from aws_companion.athena.translate import parse
from aws_companion.athena.type_names import arrow_type, hive_type

MAX_PARTITIONS = 100
ROW_GROUP = 128 * 1024
"""The rows of a Parquet row group."""
_UNLOAD = re.compile(r"\s*UNLOAD\s*\(", re.IGNORECASE)
_TARGET = re.compile(r"\)\s*TO\s*'(s3://[^']+)'\s*(WITH\s*\(.*\))?\s*;?\s*\Z", re.I | re.S)
_COMPRESSIONS = {"PARQUET": "gzip", "ORC": "zlib", "JSON": "gzip", "TEXTFILE": "gzip"}
"""Athena's default compression of each format."""
_MAPRED = "org.apache.hadoop.mapred."
_QL = "org.apache.hadoop.hive.ql.io."
_TEXT_FORMATS = (_MAPRED + "TextInputFormat", _QL + "HiveIgnoreKeyTextOutputFormat")
FORMATS: Mapping[str, tuple[str, str, str]] = {
    "PARQUET": (
        _QL + "parquet.MapredParquetInputFormat",
        _QL + "parquet.MapredParquetOutputFormat",
        _QL + "parquet.serde.ParquetHiveSerDe",
    ),
    "ORC": (_QL + "orc.OrcInputFormat", _QL + "orc.OrcOutputFormat", _QL + "orc.OrcSerde"),
    "JSON": (*_TEXT_FORMATS, "org.openx.data.jsonserde.JsonSerDe"),
    "TEXTFILE": (*_TEXT_FORMATS, "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"),
}
"""The input format, output format and serde of each format that can be written."""


@dataclass(frozen=True, slots=True)
class UnloadStatement:
    """An UNLOAD: its query, the target folder and the properties of the files."""

    query: str
    folder: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TableTarget:
    """The table that a CTAS creates."""

    database: str
    name: str
    folder: str
    properties: Mapping[str, Any]


def parse_unload(sql: str) -> UnloadStatement | None:
    """Parse an UNLOAD; None for another statement."""
    start, end = _UNLOAD.match(sql), _TARGET.search(sql)
    if not start:
        return None
    if not end:
        raise QueryFailed("SYNTAX_ERROR: UNLOAD needs: (query) TO 's3://...' WITH (format = ...)")
    properties = {}
    if end[2]:
        created = parse(f"CREATE TABLE t {end[2]} AS SELECT 1")
        properties = _properties(created)
    return UnloadStatement(sql[start.end() : end.start()], end[1].rstrip("/") + "/", properties)


def write_unload(statement: UnloadStatement, rows: pa.Table, objects: ObjectStore) -> Result:
    """Write rows to a folder, which must be empty, as on AWS."""
    if objects.list_folder(statement.folder):
        raise QueryFailed(_folder_not_empty(statement.folder))
    if "format" not in statement.properties:
        raise QueryFailed("SYNTAX_ERROR: UNLOAD needs a format in its WITH (...)")
    _check_partition_keys(rows.column_names, statement.properties.get("partitioned_by", []))
    written = list(_write_files(rows, statement.folder, statement.properties, objects))
    return Result("DML", "UNLOAD", written=[uri for uri, _ in written], updated=len(rows))


def table_target(tree: exp.Create, statement: Statement) -> TableTarget:
    """The table of a CTAS and its location."""
    table = tree.this
    properties = _properties(tree)
    folder = properties.get("external_location") or f"{statement.output}tables/{uuid.uuid4()}"
    database = (table.db or statement.database).lower()
    return TableTarget(database, table.name.lower(), str(folder).rstrip("/") + "/", properties)


def write_table(
    target: TableTarget, result: Result, catalog: Catalog, objects: ObjectStore
) -> Result:
    """Write the files, then create the table with all its partitions."""
    if objects.list_folder(target.folder):
        raise QueryFailed(_folder_not_empty(target.folder))
    keys = target.properties.get("partitioned_by", [])
    columns = [{"Name": c.name.lower(), "Type": hive_type(c.type)} for c in result.columns]
    names = [column["Name"] for column in columns]
    _check_partition_keys(names, keys)
    table_input = {
        "Name": target.name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": _format(target.properties).lower()},
        "PartitionKeys": [column for column in columns if column["Name"] in keys],
        "StorageDescriptor": descriptor(
            [column for column in columns if column["Name"] not in keys],
            target.folder,
            _format(target.properties),
        ),
    }
    rows = result.rows.rename_columns(names)
    written = list(_write_files(rows, target.folder, target.properties, objects))
    catalog.create_table(target.database, table_input, if_not_exists=False)
    _register_partitions(catalog.table(target.database, target.name), written, catalog)
    uris = [uri for uri, _ in written]
    return Result("DDL", "CREATE_TABLE_AS_SELECT", written=uris, updated=len(rows))


def _check_partition_keys(names: Sequence[str], keys: Sequence[str]) -> None:
    if keys and list(names[-len(keys) :]) != list(keys):
        raise QueryFailed("INVALID_TABLE_PROPERTY: Partition keys must be the last columns")


def descriptor(
    columns: Sequence[Mapping[str, str]], folder: str, file_format: str
) -> dict[str, Any]:
    """A storage descriptor for files of a format."""
    input_format, output_format, serde = FORMATS[file_format]
    return {
        "Columns": list(columns),
        "Location": folder,
        "InputFormat": input_format,
        "OutputFormat": output_format,
        "SerdeInfo": {"SerializationLibrary": serde, "Parameters": {"serialization.format": "1"}},
    }


def write_insert(
    table: Table,
    result: Result,
    column_names: Sequence[str] | None,
    catalog: Catalog,
    objects: ObjectStore,
) -> Result:
    """Add a file to a table, or one a partition."""
    rows = _cast_rows(table, result, column_names)
    file_format = next((k for k, (_, _, serde) in FORMATS.items() if serde == table.serde), "")
    if table.view or not file_format:
        raise QueryFailed(f"NOT_SUPPORTED: Cannot insert into {table.database}.{table.name}")
    properties = {
        "format": file_format,
        "partitioned_by": [name for name, _ in table.partition_keys],
    }
    written = list(_write_files(rows, table.location.rstrip("/") + "/", properties, objects))
    if not table.is_projected:
        _register_partitions(table, written, catalog)
    return Result("DML", "INSERT", written=[uri for uri, _ in written], updated=len(rows))


def _folder_not_empty(folder: str) -> str:
    return f"HIVE_PATH_ALREADY_EXISTS: Target directory for table already exists: {folder}"


def _cast_rows(table: Table, result: Result, column_names: Sequence[str] | None) -> pa.Table:
    """The rows cast to the table's columns; a column that is not listed is null."""
    columns = table.all_columns
    targets = (
        [name.lower() for name in column_names] if column_names else [name for name, _ in columns]
    )
    if len(targets) != result.rows.num_columns:
        raise QueryFailed(
            "TYPE_MISMATCH: Insert query has mismatched column types:"
            f" {len(targets)} expected, {result.rows.num_columns} given"
        )
    by_name = dict(zip(targets, result.rows.columns, strict=True))
    try:
        arrays = {
            name: by_name[name].cast(arrow_type(hive))
            if name in by_name
            else pa.nulls(len(result.rows), arrow_type(hive))
            for name, hive in columns
        }
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise QueryFailed(
            f"TYPE_MISMATCH: Insert query has mismatched column types: {error}"
        ) from error
    return pa.table(arrays)


def _register_partitions(
    table: Table, written: Sequence[tuple[str, Partition | None]], catalog: Catalog
) -> None:
    partitions = [partition for _, partition in written if partition]
    if partitions:
        catalog.add_partitions(table, partitions, if_not_exists=True)


def _write_files(
    rows: pa.Table, folder: str, properties: Mapping[str, Any], objects: ObjectStore
) -> Iterator[tuple[str, Partition | None]]:
    """Write one object a partition. Yields URIs and partitions."""
    keys = list(properties.get("partitioned_by", []))
    file_format = _format(properties)
    for values, part in _partition_rows(rows, keys):
        partition_folder = folder + "".join(f"{k}={v}/" for k, v in zip(keys, values, strict=True))
        body, suffix = _encode_file(part.drop_columns(keys), file_format, properties)
        uri = f"{partition_folder}{uuid.uuid4().hex}{suffix}"
        objects.put(uri, body)
        yield uri, Partition(values, partition_folder) if keys else None


def _partition_rows(
    rows: pa.Table, keys: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], pa.Table]]:
    if not keys:
        yield (), rows
        return
    distinct = rows.select(keys).group_by(keys).aggregate([]).to_pylist()
    if len(distinct) > MAX_PARTITIONS:
        raise QueryFailed(
            f"HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of {MAX_PARTITIONS} open writers"
        )
    for values in distinct:
        mask = None
        for key, value in values.items():
            is_equal = pc.is_null(rows[key]) if value is None else pc.equal(rows[key], value)
            mask = is_equal if mask is None else pc.and_(mask, is_equal)
        yield tuple(_partition_text(value) for value in values.values()), rows.filter(mask)


def _partition_text(value: Any) -> str:
    return "__HIVE_DEFAULT_PARTITION__" if value is None else str(value)


def _encode_file(
    rows: pa.Table, file_format: str, properties: Mapping[str, Any]
) -> tuple[bytes, str]:
    """A file of rows and the suffix of its name."""
    option = properties.get(f"{file_format.lower()}_compression") or properties.get("compression")
    compression = str(option or _COMPRESSIONS[file_format]).lower()
    sink = io.BytesIO()
    if file_format == "PARQUET":
        pq.write_table(rows, sink, compression=compression, row_group_size=ROW_GROUP)
        return sink.getvalue(), f".{compression}.parquet"
    if file_format == "ORC":
        orc.write_table(rows, sink, compression=compression)
        return sink.getvalue(), ".orc"
    separator = str(properties.get("field_delimiter", "\x01"))
    text = _json_lines(rows) if file_format == "JSON" else _delimited(rows, separator)
    return (text, "") if compression == "none" else (gzip.compress(text, mtime=0), ".gz")


def _json_lines(rows: pa.Table) -> bytes:
    return "".join(
        json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows.to_pylist()
    ).encode()


def _delimited(rows: pa.Table, separator: str) -> bytes:
    lines = (
        separator.join("\\N" if cell is None else str(cell) for cell in row.values())
        for row in rows.to_pylist()
    )
    return "".join(line + "\n" for line in lines).encode()


def _format(properties: Mapping[str, Any]) -> str:
    name = str(properties.get("format", "PARQUET")).upper()
    if name not in FORMATS:
        raise QueryFailed(f"NOT_SUPPORTED: format {name}; known here: {', '.join(FORMATS)}")
    return name


def _properties(tree: exp.Expr) -> dict[str, Any]:
    """The properties in the WITH (...) of a CTAS, with names in lower case."""
    properties = tree.args.get("properties")
    return dict(_property(each) for each in properties.expressions) if properties else {}


def _property(one: exp.Expr) -> tuple[str, Any]:
    if isinstance(one, exp.FileFormatProperty):
        return "format", one.this.name
    if isinstance(one, exp.PartitionedByProperty):
        return "partitioned_by", [name.name for name in one.this.expressions]
    value = one.args.get("value")
    if isinstance(value, exp.Array):
        return one.name.lower(), [name.name for name in value.expressions]
    return one.name.lower(), value.name if value is not None else ""
