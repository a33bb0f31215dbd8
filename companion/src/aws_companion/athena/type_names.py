"""Converts type names between Hive, Trino, DuckDB and Arrow."""

from functools import cache
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp
from sqlglot.errors import SqlglotError

from aws_companion.athena.execution import QueryFailed


@cache
def arrow_type(hive: str) -> pa.DataType:
    """The Arrow type of a Hive type: `array<struct<a:string>>`. Raises `QueryFailed`."""
    try:
        duckdb_name = exp.DataType.build(hive, dialect="hive").sql("duckdb")
        table = duckdb.connect().execute(f"SELECT NULL::{duckdb_name} AS x").to_arrow_table()
    except (SqlglotError, duckdb.Error) as error:
        raise QueryFailed(f"HIVE_INVALID_METADATA: unknown type {hive}") from error
    return table.schema.field(0).type


def schema(columns: list[tuple[str, str]]) -> pa.Schema:
    """An Arrow schema of columns with Hive types."""
    return pa.schema([(name, arrow_type(hive)) for name, hive in columns])


def trino_type(duckdb_type: str) -> str:
    """Trino's name of a DuckDB type, in lower case: `array(row(a bigint))`."""
    if duckdb_type in ("HUGEINT", "UBIGINT"):  # DuckDB's type of a sum of bigint
        return "bigint"
    kind = exp.DataType.build(duckdb_type, dialect="duckdb")
    return kind.sql("trino").lower().replace("int128", "bigint")


def hive_type(trino: str) -> str:
    """Hive's name of a Trino type, as CTAS and CREATE VIEW write it into the catalog."""
    kind = exp.DataType.build(trino, dialect="trino")
    return kind.sql("hive").lower().replace("varchar", "string").replace(": ", ":")


def json_structure(kind: pa.DataType) -> Any:
    """A type in the notation of DuckDB's `json_transform`."""
    if pa.types.is_struct(kind):
        return {field.name: json_structure(field.type) for field in kind}
    if pa.types.is_list(kind):
        return [json_structure(kind.value_type)]
    return duckdb_type(kind)


@cache
def duckdb_type(kind: pa.DataType) -> str:
    """DuckDB's name of an Arrow type."""
    empty = pa.table({"x": pa.array([], kind)})
    return str(duckdb.connect().from_arrow(empty).types[0])
