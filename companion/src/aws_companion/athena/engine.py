"""Executes a statement: queries on DuckDB, all others on the catalog and S3."""

import re
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from aws_companion.athena import ddl, prepared_statements, write
from aws_companion.athena.catalog import Catalog, Table
from aws_companion.athena.execution import (
    Column,
    QueryCancelled,
    QueryFailed,
    Result,
    ScanMeter,
    Statement,
)
from aws_companion.athena.s3_objects import ObjectStore
from aws_companion.athena.scan import LakeTable
from aws_companion.athena.translate import parse, translate, with_parameters
from aws_companion.athena.type_names import trino_type

MEMORY = "2GB"
THREADS = 2
_FUNCTIONS = resources.files(__package__).joinpath("functions.sql").read_text()
_QUERIES = (exp.Select, exp.SetOperation, exp.Values, exp.Subquery)
_COLUMN_NOT_FOUND = "COLUMN_NOT_FOUND: {place}Column '{0}' cannot be resolved"
_MESSAGES = (
    (r'Referenced column "([^"]+)" (?:was )?not found', _COLUMN_NOT_FOUND),
    (r'does not have a column named "([^"]+)"', _COLUMN_NOT_FOUND),
    (r'Column "([^"]+)" referenced that exists in the SELECT clause', _COLUMN_NOT_FOUND),
    (
        r"Function with name (\S+) does not exist",
        "FUNCTION_NOT_FOUND: {place}Function '{0}' not registered",
    ),
    (
        r"Could not convert string '(.*)' to (\S+)",
        "INVALID_CAST_ARGUMENT: {place}Cannot cast '{0}' to {1}",
    ),
    (
        r'column "([^"]+)" must appear in the GROUP BY',
        "EXPRESSION_NOT_AGGREGATE: {place}'{0}' must be an aggregate expression"
        " or appear in GROUP BY clause",
    ),
)
"""Patterns of DuckDB's messages, with Athena's wording."""


class Engine:
    """Athena's engine over an emulator's catalog and S3. Threads may share it."""

    def __init__(self, emulator: Any) -> None:
        self._emulator = emulator
        self._catalog = Catalog(emulator.client("glue"))
        self._objects = ObjectStore(emulator.client("s3"))
        self._athena = emulator.client("athena")
        self._duck = _database()

    def run(self, statement: Statement, meter: ScanMeter) -> Result:
        """Execute a statement. Raises `QueryFailed` and `QueryCancelled`."""
        result = prepared_statements.run_statement(statement, self._athena)
        if result:
            return result
        statement = prepared_statements.resolve_execute(statement, self._athena)
        unload = write.parse_unload(statement.sql)
        if unload:
            rows = self._query(parse(unload.query), statement, meter).rows
            return write.write_unload(unload, rows, self._objects)
        tree = with_parameters(parse(statement.sql), statement.parameters)
        return self._dispatch(tree, statement, meter)

    def _dispatch(self, tree: exp.Expr, statement: Statement, meter: ScanMeter) -> Result:
        if isinstance(tree, _QUERIES):
            return self._query(tree, statement, meter)
        if isinstance(tree, exp.Insert):
            return self._insert(tree, statement, meter)
        if isinstance(tree, exp.Create) and tree.kind == "TABLE" and tree.expression:
            return self._create_as(tree, statement, meter)
        if isinstance(tree, exp.Create) and tree.kind == "VIEW":
            empty = exp.select("*").from_(tree.expression.copy().subquery("q")).limit(0)
            columns = self._query(empty, statement, meter).columns
            return ddl.create_view(tree, statement, columns, self._catalog)
        if isinstance(tree, exp.Command) and tree.name.upper() == "EXPLAIN":
            return self._explain(tree, statement)
        return ddl.run(tree, statement, self._catalog, self._objects, self._emulator)

    # Queries

    def _query(self, query: exp.Expr, statement: Statement, meter: ScanMeter) -> Result:
        translation = translate(query, statement.database, self._table, datetime.now(UTC))
        with self._duck.cursor() as duck, meter.interrupting(duck.interrupt):
            tables = [
                self._register(duck, name, table, meter)
                for name, table in translation.tables.items()
            ]
            try:
                cursor = duck.execute(translation.sql)
                columns = [Column(c[0], trino_type(str(c[1]))) for c in cursor.description or []]
                rows = cursor.to_arrow_table()
            except (duckdb.Error, pa.ArrowException, QueryFailed, QueryCancelled) as error:
                meter.check()
                raise _athena_error(error, tables, statement.sql) from error
        return Result("DML", "SELECT", columns, _narrow_sums(rows))

    def _register(
        self, duck: duckdb.DuckDBPyConnection, name: str, table: Table, meter: ScanMeter
    ) -> LakeTable:
        lake_table = LakeTable(table, self._catalog, self._objects, meter)
        duck.register(name, lake_table)
        return lake_table

    def _table(self, database: str, name: str) -> Table:
        return self._catalog.table(database, name)

    def _explain(self, tree: exp.Expr, statement: Statement) -> Result:
        text = tree.expression.name
        query = parse(re.sub(r"^\s*ANALYZE\s+", "", text, flags=re.IGNORECASE))
        translation = translate(query, statement.database, self._table, datetime.now(UTC))
        with self._duck.cursor() as duck:
            for name, table in translation.tables.items():
                self._register(duck, name, table, ScanMeter())
            plan = duck.execute(f"EXPLAIN {translation.sql}").fetchall()
        lines = [line for _, part in plan for line in str(part).splitlines()]
        return Result(
            "DML", "EXPLAIN", [Column("Query Plan", "varchar")], pa.table({"plan": lines})
        )

    # Statements that write

    def _insert(self, tree: exp.Insert, statement: Statement, meter: ScanMeter) -> Result:
        target = tree.find(exp.Table)
        assert target is not None  # noqa: S101 (an INSERT names a table)
        table = self._table((target.db or statement.database).lower(), target.name.lower())
        result = self._query(tree.expression, statement, meter)
        columns = (
            [column.name for column in tree.this.expressions] if tree.this.expressions else None
        )
        return write.write_insert(table, result, columns, self._catalog, self._objects)

    def _create_as(self, tree: exp.Create, statement: Statement, meter: ScanMeter) -> Result:
        query = tree.expression
        if re.search(r"WITH\s+NO\s+DATA\s*;?\s*$", statement.sql, re.IGNORECASE):
            query = exp.select("*").from_(query.copy().subquery("q")).limit(0)
        target = write.table_target(tree, statement)
        if tree.args.get("exists") and self._table_exists(target.database, target.name):
            return Result("DDL", "CREATE_TABLE_AS_SELECT")
        result = self._query(query, statement, meter)
        return write.write_table(target, result, self._catalog, self._objects)

    def _table_exists(self, database: str, name: str) -> bool:
        try:
            self._table(database, name)
        except QueryFailed:
            return False
        return True


def _database() -> duckdb.DuckDBPyConnection:
    """A database with Trino's functions. Each cursor has its own tables."""
    duck = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "enable_external_access": "false",
            "memory_limit": MEMORY,
            "threads": THREADS,
        }
    )
    duck.execute("SET GLOBAL TimeZone = 'UTC'; SET GLOBAL preserve_insertion_order = false")
    duck.execute(_FUNCTIONS)
    return duck


def _narrow_sums(rows: pa.Table) -> pa.Table:
    """DuckDB's sums of bigint, which have 128 bits, as the bigint that Trino returns."""
    wide = pa.decimal128(38, 0)
    fields = [f.with_type(pa.int64()) if f.type == wide else f for f in rows.schema]
    try:
        return rows.cast(pa.schema(fields))
    except pa.ArrowInvalid as error:
        raise QueryFailed("NUMERIC_VALUE_OUT_OF_RANGE: bigint overflow") from error


def _athena_error(error: Exception, tables: list[LakeTable], sql: str) -> Exception:
    """The failure of a scan if there is one, otherwise DuckDB's error in Athena's wording."""
    for table in tables:
        if isinstance(table.failure, QueryFailed | QueryCancelled):
            return table.failure
    message = str(error)
    for pattern, template in _MESSAGES:
        match = re.search(pattern, message)
        if match:
            return QueryFailed(template.format(*match.groups(), place=_position(sql, match[1])))
    kind = "SYNTAX_ERROR" if isinstance(error, duckdb.BinderException) else "GENERIC_USER_ERROR"
    return QueryFailed(f"{kind}: {message.splitlines()[0]}")


def _position(sql: str, name: str) -> str:
    """The first position of a name in the statement: `line 1:8: `."""
    match = re.search(rf"\b{re.escape(name)}\b", sql, re.IGNORECASE)
    if not match:
        return ""
    before = sql[: match.start()]
    return f"line {before.count(chr(10)) + 1}:{match.start() - before.rfind(chr(10))}: "
