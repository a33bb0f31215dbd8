"""Translates Athena's SQL to DuckDB's: binds tables, expands views, corrects types."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.dialects.athena import Athena
from sqlglot.errors import ParseError, SqlglotError, TokenError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from aws_companion.athena.catalog import Table
from aws_companion.athena.dialect_fixes import fix_dialect
from aws_companion.athena.execution import QueryFailed
from aws_companion.athena.row_limits import rewrite_limits
from aws_companion.athena.scan import PATH

MAX_VIEW_DEPTH = 16


class _Dialect(Athena):
    """Athena's SQL; `*` excludes the pseudo-column."""

    PSEUDOCOLUMNS = {PATH, PATH.upper()}  # noqa: RUF012 (as sqlglot has it)
    EXCLUDES_PSEUDOCOLUMNS_FROM_STAR = True


TableLookup = Callable[[str, str], Table]
"""Finds a table or view by database and name. Raises `QueryFailed`."""


@dataclass
class Translation:
    """SQL for DuckDB, and the catalog's table for each name in it."""

    sql: str
    tables: dict[str, Table]


def format_query(query: exp.Expr) -> str:
    """A query's SQL in lines of its own, without comments."""
    return str(query.sql(_Dialect, pretty=True, comments=False))


def parse(sql: str) -> exp.Expr:
    """Parse one statement. Raises `QueryFailed` with the position of the error."""
    try:
        statements = [
            statement for statement in sqlglot.parse(sql, dialect=_Dialect) if statement is not None
        ]
    except ParseError as error:
        details = error.errors[0] if error.errors else {}
        position = f"line {details.get('line', 1)}:{details.get('col', 1)}"
        near = details.get("highlight", "")
        raise QueryFailed(f"SYNTAX_ERROR: {position}: mismatched input '{near}'") from error
    except TokenError as error:
        raise QueryFailed(f"SYNTAX_ERROR: {error}") from error
    if len(statements) != 1:
        raise QueryFailed("SYNTAX_ERROR: Only one sql statement is allowed")
    return statements[0]


@lru_cache(maxsize=64)
def _parse_view(sql: str) -> exp.Expr:
    return parse(sql)


def _copy_view(sql: str) -> exp.Expr:
    """A copy of a view's parsed query."""
    return _parse_view(sql).copy()


def with_parameters(query: exp.Expr, values: Sequence[str]) -> exp.Expr:
    """The query with each `?` replaced by the SQL literal at its position."""
    placeholders = list(query.find_all(exp.Placeholder, bfs=False))
    if len(placeholders) != len(values):
        raise QueryFailed(
            f"INVALID_PARAMETER_USAGE: Incorrect number of parameters: expected {len(placeholders)}"
            f" but found {len(values)}"
        )
    for placeholder, value in zip(placeholders, values, strict=True):
        placeholder.replace(sqlglot.parse_one(value, dialect=_Dialect))
    return query


def translate(query: exp.Expr, database: str, lookup: TableLookup, now: datetime) -> Translation:
    """Translate a SELECT, WITH, VALUES or set operation. Raises `QueryFailed`."""
    binder = _TableBinder(database, lookup)
    query = rewrite_limits(binder.bind(_replace_now(query.copy(), now)))
    # The catalog's names are in lower case; normalizing them at each lookup is slow.
    columns = MappingSchema(
        {n: _schema(table) for n, table in binder.tables.items()}, dialect=_Dialect, normalize=False
    )
    try:
        qualified = qualify(
            query,
            schema=columns,
            dialect=_Dialect,
            validate_qualify_columns=False,
            quote_identifiers=True,
        )
        typed = annotate_types(qualified, schema=columns, dialect=_Dialect)
        return Translation(fix_dialect(typed).sql("duckdb"), binder.tables)
    except SqlglotError as error:
        raise QueryFailed(f"SYNTAX_ERROR: {error}") from error


def _schema(table: Table) -> dict[str, str]:
    return {**{name: _trino_name(hive) for name, hive in table.all_columns}, PATH: "VARCHAR"}


@lru_cache(maxsize=1024)
def _trino_name(hive: str) -> str:
    """Trino's name of a Hive type."""
    return exp.DataType.build(hive, dialect="hive").sql("trino")


@dataclass
class _TableBinder:
    """Replaces tables by unique names and views by their queries."""

    database: str
    lookup: TableLookup
    tables: dict[str, Table] = field(default_factory=dict)

    def bind(self, query: exp.Expr, depth: int = 0) -> exp.Expr:
        if depth > MAX_VIEW_DEPTH:
            raise QueryFailed("INVALID_VIEW: View is recursive")
        root = exp.Paren(this=query)  # so that the root, too, has a parent
        for node in list(root.find_all(exp.Table)):
            if isinstance(node.this, exp.Identifier) and not _is_cte(node):
                node.replace(self._replacement(node, depth))
        result: exp.Expr = root.this.pop()
        return result

    def _replacement(self, node: exp.Table, depth: int) -> exp.Expr:
        database = (node.db or self.database).lower()
        table = self.lookup(database, node.name.lower())
        alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name, True))
        clauses = {part: node.args.get(part) for part in ("joins", "laterals", "sample")}
        if table.view:
            binder = _TableBinder(database, self.lookup, self.tables)
            query = binder.bind(_copy_view(table.view), depth + 1)
            return exp.Subquery(this=query, alias=alias, **clauses)
        name = f"{table.database}.{table.name}".replace(".", "__")
        self.tables[name] = table
        return exp.Table(this=exp.to_identifier(name, quoted=True), alias=alias, **clauses)


def _is_cte(node: exp.Table) -> bool:
    """Whether a name refers to a query of WITH; a recursive one can refer to itself."""
    if node.db:
        return False
    names = names_of_with(node)
    within = node.find_ancestor(exp.CTE)
    while within:
        if isinstance(within.parent, exp.With) and within.parent.args.get("recursive"):
            names.add(within.alias.lower())
        within = within.find_ancestor(exp.CTE)
    return node.name.lower() in names


def names_of_with(node: exp.Expr) -> set[str]:
    """Names that WITH defines at a node: of its own WITH those before it, of outer ones all."""
    names: set[str] = set()
    while node.parent:
        parent = node.parent
        if isinstance(parent, exp.With):
            position = next(i for i, cte in enumerate(parent.expressions) if cte is node)
            names |= {cte.alias.lower() for cte in parent.expressions[:position]}
            node = parent.parent or parent
            continue
        clause = parent.args.get("with_")
        names |= {cte.alias.lower() for cte in clause.expressions} if clause else set()
        node = parent
    return names


def _replace_now(query: exp.Expr, now: datetime) -> exp.Expr:
    """The query with the current time as a constant, which partitions are compared with."""
    moment = now.astimezone(UTC)
    for node in list(query.find_all(exp.CurrentDate, exp.CurrentTimestamp, exp.Localtimestamp)):
        if isinstance(node, exp.CurrentDate):
            node.replace(exp.cast(exp.Literal.string(f"{moment:%Y-%m-%d}"), "DATE"))
        else:
            kind = "TIMESTAMPTZ" if isinstance(node, exp.CurrentTimestamp) else "TIMESTAMP"
            text = moment.isoformat(" ", "milliseconds")
            node.replace(exp.cast(exp.Literal.string(text), kind))
    return query
