"""Restricts a SELECT to the rows of one tenant.

A statement is parsed, checked and generated from the tree, which removes comments, unusual quoting
and other text that two parsers may read differently. A query replaces every table of the lake:

    (SELECT * FROM raw WHERE tenant_id = '<tenant>') AS raw

`documents` is replaced by what its view reads, with the tenant in the WHERE clause of each table:
Athena refuses an injected partition without one, and AWS's documentation does not say that it moves
a condition through the view. The generated text is parsed again, to verify that it reads no other
table. Needs sqlglot, which the Lambda layers do not have.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from echostream.domain.errors import QueryRefused
from echostream.domain.lake_sql import FIRST_DAY, documents_of, literal
from echostream_client.sql_parser import DIALECT, parse

TABLES = ("documents", "raw")
RESERVED = ("compacted_documents", "enriched")
"""The tables that replace `documents`. A WITH query of this name would take their place."""
_READS = (exp.Select, exp.SetOperation, exp.Subquery)
_WRITES = (exp.DDL, exp.DML, exp.Command, exp.Into)
_ROW_SOURCES = (exp.Unnest, exp.Values, exp.Lateral)
_ROW_COUNTS = (exp.Limit, exp.Fetch, exp.Offset)
_KEPT_PARTS = ("joins", "laterals", "sample")
"""Parts of a table reference that its replacement keeps, besides the alias."""
Rows = Mapping[str, exp.Expr]
"""A query for each table."""
_EQUALS = (exp.EQ, exp.NullSafeEQ)
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, re.error)
"""Exceptions of sqlglot for some invalid statements, besides its own errors."""

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # QueryRefused has the reason


def restrict_to_tenant(
    sql: str, tenant: str, max_rows: int | None = None, compacted_to: str = FIRST_DAY
) -> str:
    """The statement restricted to a tenant, in Athena's SQL.

    `max_rows` limits the result to one row more, which shows that there are more rows. Days up to
    `compacted_to` are read from `compacted_documents`; without it all are read as JSON, with the
    same result. Raises `QueryRefused` unless the text is one SELECT over `documents` and `raw`.
    """
    try:
        own = _own_rows(tenant, compacted_to)
        tree = _only_statement(sql)
        _check(tree, tenant)
        tree = _filtered(tree, own)
        if max_rows is not None:
            _limit(tree, max_rows + 1)
        written = tree.sql(DIALECT, comments=False, unsupported_level=ErrorLevel.RAISE)
        _verify(written, own)
    except ParseError as error:
        raise QueryRefused("invalid_sql", _place(error)) from error
    except SqlglotError as error:
        raise QueryRefused("invalid_sql", f"this is not Athena's SQL: {error}") from error
    except RecursionError as error:
        raise QueryRefused("too_deep", "the statement is nested too deeply") from error
    except _UNREADABLE as error:
        fix = "write it without UESCAPE and other rare syntax"
        raise QueryRefused("invalid_sql", f"the statement cannot be parsed; {fix}") from error
    return written


def tables_of(sql: str) -> list[str]:
    """The tables of the lake that a statement reads, by name; `restrict_to_tenant` accepted it."""
    tables = _lake_tables(_only_statement(sql))
    return sorted({table.name.lower() for table in tables})


def _only_statement(sql: str) -> exp.Expr:
    trees = parse(sql)
    if not trees:
        raise QueryRefused("no_statement", "there is no statement; write a SELECT")
    if len(trees) > 1:
        raise QueryRefused(
            "many_statements", f"the text has {len(trees)} statements; send one at a time"
        )
    [tree] = trees
    if not isinstance(tree, _READS) or tree.find(*_WRITES):
        raise QueryRefused(
            "not_a_select", "only SELECT (also with WITH, UNION or VALUES) is supported"
        )
    return tree


def _check(tree: exp.Expr, tenant: str) -> None:
    """Raises `QueryRefused` for syntax that is not supported, and for another tenant's name."""
    for node in tree.walk():
        if isinstance(node, exp.With):
            _check_with(node)
        if isinstance(node, exp.CTE) and node.alias.lower() in RESERVED:
            fix = "choose another name for the query"
            raise QueryRefused("reserved_name", f"WITH {node.alias}: is a table of the lake; {fix}")
        if isinstance(node, exp.UDTF) and not isinstance(node, _ROW_SOURCES):
            raise _refused_function()
        if isinstance(node, exp.Lateral) and not isinstance(node.this, exp.Subquery):
            raise _refused_function()  # not Athena's SQL, but DuckDB would run it
        if isinstance(node, exp.MatchRecognize):
            raise QueryRefused("match_recognize", "MATCH_RECOGNIZE is not supported")
        if isinstance(node, _ROW_COUNTS):
            _check_row_count(node)
        other = _other_tenant(node, tenant)
        if other is not None:
            reason = f"tenant_id = {literal(other)} is another tenant"
            fix = "a statement reads your own documents only, so leave the condition out"
            raise QueryRefused("other_tenant", f"{reason}; {fix}")


def _check_with(clause: exp.With) -> None:
    """Raises `QueryRefused` unless the clause names queries only, none of which reads itself."""
    if clause.recursive:
        fix = "for a series use sequence() and UNNEST"
        raise QueryRefused("recursive", f"WITH RECURSIVE is not supported; {fix}")
    if clause.args.get("udfs"):
        fix = "write the function's expression where it is used"
        raise QueryRefused("inline_function", f"WITH FUNCTION is not supported; {fix}")


def _check_row_count(clause: exp.Expr) -> None:
    """Raises `QueryRefused` unless the clause has a whole number of rows, as Athena requires."""
    options = clause.args.get("limit_options")
    count = _row_count(clause)
    is_percent = options is not None and options.args.get("percent")
    is_number = isinstance(count, exp.Literal) and count.is_int
    if (is_number and not is_percent) or (count.name == "ALL" and isinstance(clause, exp.Limit)):
        return
    what = clause.sql(DIALECT, comments=False).strip()
    raise QueryRefused("row_count", f"{what}: the number of rows must be a whole number")


def _row_count(clause: exp.Expr) -> exp.Expr:
    """The number of rows in LIMIT, FETCH or OFFSET; FETCH FIRST ROW ONLY has none and means 1."""
    key = "count" if isinstance(clause, exp.Fetch) else "expression"
    return clause.args.get(key) or exp.Literal.number(1)


def _other_tenant(node: exp.Expr, tenant: str) -> str | None:
    """Another tenant that a condition names; None if it names none."""
    if isinstance(node, _EQUALS):
        sides = [node.this, node.expression]
    elif isinstance(node, exp.In):
        sides = [node.this, *node.expressions]
    else:
        return None
    if not any(_is_tenant_column(side) for side in sides):
        return None
    named = (str(s.this) for s in sides if isinstance(s, exp.Literal) and s.is_string)
    return next((one for one in named if one != tenant), None)


def _is_tenant_column(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column) and node.name.lower() == "tenant_id"


@lru_cache(maxsize=64)
def _own_rows(tenant: str, compacted_to: str) -> Rows:
    """For each of TABLES the query that selects the tenant's rows, as the parser reads it."""
    raw = f"SELECT * FROM raw WHERE tenant_id = {literal(tenant)}"  # noqa: S608 (a literal)
    texts = {"documents": documents_of(tenant, compacted_to), "raw": raw}
    trees = {name: _only_statement(text) for name, text in texts.items()}
    return {name: _only_statement(tree.sql(DIALECT)) for name, tree in trees.items()}


def _filtered(tree: exp.Expr, own: Rows) -> exp.Expr:
    """The tree with the tables of the lake replaced."""
    root = exp.Paren(this=tree)  # gives the root a parent, so that it can be replaced
    for table in list(_lake_tables(tree)):
        rows = own[_allowed(table)].copy()
        alias = table.args.get("alias") or exp.TableAlias(this=table.this.copy())
        parts = {part: table.args.get(part) for part in _KEPT_PARTS}
        table.replace(exp.Subquery(this=rows, alias=alias, **parts))
    filtered = root.this
    filtered.pop()
    return filtered  # type: ignore[no-any-return]


def _lake_tables(tree: exp.Expr) -> Iterator[exp.Table]:
    """The tables of a statement without those that its WITH defines."""
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Values):  # sqlglot's form of VALUES in a parenthesised join
            continue
        is_named = isinstance(table.this, exp.Identifier) and not table.db and not table.catalog
        if not is_named or _options(table) or table.name.lower() not in names_of_with(table):
            yield table


def names_of_with(node: exp.Expr) -> set[str]:
    """The WITH names that a node can use: all of outer queries, and the earlier ones of its own.

    These are Trino's scoping rules, so a table of the lake is never mistaken for a WITH name.
    """
    names: set[str] = set()
    while node.parent:
        parent = node.parent
        if isinstance(parent, exp.With):
            at = next(i for i, one in enumerate(parent.expressions) if one is node)
            names |= {cte.alias.lower() for cte in parent.expressions[:at]}
            node = parent.parent or parent
            continue
        clause = parent.args.get("with_")
        names |= {cte.alias.lower() for cte in clause.expressions} if clause else set()
        node = parent
    return names


def _allowed(table: exp.Table) -> str:
    """The name of a table in TABLES. Raises `QueryRefused` for every other table."""
    if not isinstance(table.this, exp.Identifier):
        raise _refused_function()
    if table.db or table.catalog:
        raise QueryRefused(
            "other_database", f"name the table alone: {table.name}, not {table.sql(DIALECT)}"
        )
    name = table.name.lower()
    options = _options(table)
    if options:
        raise QueryRefused("table_option", f"not supported after {name}: {', '.join(options)}")
    if name not in TABLES:
        raise QueryRefused(
            "unknown_table", f"there is no table {table.name!r}; use documents or raw"
        )
    return name


def _options(table: exp.Table) -> set[str]:
    """Parts of a table reference that change what is read, such as FOR TIMESTAMP AS OF."""
    parts = {part for part, value in table.args.items() if value}
    return parts - {"this", "db", "catalog", "alias", *_KEPT_PARTS}


def _refused_function() -> QueryRefused:
    return QueryRefused(
        "table_function", "table functions are not supported; UNNEST and VALUES are"
    )


def _limit(tree: exp.Expr, rows: int) -> None:
    """Limit the statement to a number of rows, unless its own limit is smaller."""
    clause = tree.args.get("limit")
    count = _row_count(clause).name if clause else "ALL"
    if count == "ALL" or int(count) > rows:
        tree.set("limit", exp.Limit(expression=exp.Literal.number(rows)))


def _verify(written: str, own: Rows) -> None:
    """Raises `QueryRefused` if the generated text reads other tables than the tenant's."""
    tree = _only_statement(written)
    traverse_scope(tree)  # raises if a side of a UNION is not a query
    restricted = {
        id(table)
        for query in tree.find_all(exp.Subquery)
        if query.this in own.values()
        for table in query.this.find_all(exp.Table)
    }
    if any(id(table) not in restricted for table in _lake_tables(tree)):
        raise QueryRefused("not_understood", "the statement is ambiguous; simplify it")


def _place(error: ParseError) -> str:
    """The error and its place, in one line."""
    details = error.errors[0] if error.errors else {}
    near = str(details.get("highlight") or "").strip()
    what = str(details.get("description") or error).splitlines()[0].rstrip(". ")
    where = f"line {details.get('line', 1)}, column {details.get('col', 1)}"
    return f"{where}: {what}" + (f" near {near!r}" if near else "")
