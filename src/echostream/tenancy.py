"""One tenant's view of a statement: any SELECT, rewritten so that it can read nothing else.

A statement is parsed, checked and written anew: comments, odd quoting and whatever else two
parsers may read in two ways do not survive. Every table in it is replaced by

    (SELECT * FROM documents WHERE tenant_id = '<tenant>') AS documents

and what comes out is parsed once more, to see that no other table is in it. Needs sqlglot, which
the Lambda layer does not have.
"""

import logging
import re
from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from echostream.athena import literal
from echostream.errors import QueryRefused

TABLES = ("documents", "raw")
DIALECT = "athena"
_READS = (exp.Select, exp.SetOperation, exp.Values, exp.Subquery)
_WRITES = (exp.DDL, exp.DML, exp.Command, exp.Into)
_ROW_SOURCES = (exp.Unnest, exp.Values, exp.Lateral)
_KEPT = ("joins", "laterals", "sample")
"""What may hang on a table, beside its alias, and then hangs on what replaces it."""
_EQUALS = (exp.EQ, exp.NullSafeEQ)
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, re.error)
"""What sqlglot raises, beside its own errors, for text that its authors did not expect."""

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # we say ourselves what we do not take


def scoped(sql: str, tenant: str, most_rows: int | None = None) -> str:
    """The statement as it may be run for a tenant, in Athena's SQL.

    With `most_rows`, Athena computes one row more than that at most, which tells a reader that
    there are more. Raises `QueryRefused` for what is not one SELECT over `documents` and `raw`.
    """
    try:
        tree = _only_statement(sql)
        _check(tree, tenant)
        tree = _filtered(tree, tenant)
        if most_rows is not None:
            _limit(tree, most_rows + 1)
        written = tree.sql(DIALECT, comments=False, unsupported_level=ErrorLevel.RAISE)
        _verify(written, tenant)
    except ParseError as error:
        raise QueryRefused("invalid_sql", _place(error)) from error
    except SqlglotError as error:
        raise QueryRefused("invalid_sql", f"this is not Athena's SQL: {error}") from error
    except RecursionError as error:
        raise QueryRefused("too_deep", "the statement is nested too deeply") from error
    except _UNREADABLE as error:
        fix = "write it without UESCAPE and other rare syntax"
        raise QueryRefused("invalid_sql", f"this statement cannot be read here; {fix}") from error
    return written


def _only_statement(sql: str) -> exp.Expr:
    found = [one for one in sqlglot.parse(sql, dialect=DIALECT) if one is not None]
    if not found:
        raise QueryRefused("no_statement", "there is no statement; write a SELECT")
    if len(found) > 1:
        raise QueryRefused(
            "many_statements", f"these are {len(found)} statements; send one at a time"
        )
    [tree] = found
    if not isinstance(tree, _READS) or tree.find(*_WRITES):
        raise QueryRefused("not_a_select", "only SELECT (also WITH, UNION, VALUES) can be run here")
    return tree


def _check(tree: exp.Expr, tenant: str) -> None:
    """Raises `QueryRefused` for what no rewriting makes harmless, or for what was not meant."""
    for node in tree.walk():
        if isinstance(node, exp.With) and node.recursive:
            fix = "for a series use sequence() and UNNEST"
            raise QueryRefused("recursive", f"WITH RECURSIVE is not run here; {fix}")
        if isinstance(node, exp.UDTF) and not isinstance(node, _ROW_SOURCES):
            raise _refused_function()
        if isinstance(node, exp.Lateral) and not isinstance(node.this, exp.Subquery):
            raise _refused_function()  # no SQL of Athena's, but DuckDB would run it
        if isinstance(node, exp.MatchRecognize):
            raise QueryRefused("match_recognize", "MATCH_RECOGNIZE is not run here")
        other = _other_tenant(node, tenant)
        if other is not None:
            whose = f"tenant_id = {literal(other)} is another tenant"
            fix = "a statement reads your own documents only, so leave the condition out"
            raise QueryRefused("other_tenant", f"{whose}; {fix}")


def _other_tenant(node: exp.Expr, tenant: str) -> str | None:
    """The tenant that a condition names, where it is not this one."""
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


def _filtered(tree: exp.Expr, tenant: str) -> exp.Expr:
    """The tree with every table that is none of its own WITH replaced."""
    root = exp.Paren(this=tree)  # so that the root, too, has a parent
    for table in list(_lake_tables(tree)):
        name = _allowed(table)
        alias = table.args.get("alias") or exp.TableAlias(this=table.this.copy())
        kept = {part: table.args.get(part) for part in _KEPT}
        table.replace(exp.Subquery(this=_own(name, tenant), alias=alias, **kept))
    found = root.this
    found.pop()
    return found  # type: ignore[no-any-return]


def _lake_tables(tree: exp.Expr) -> Iterator[exp.Table]:
    """Tables that a name of the statement's own WITH does not stand for."""
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Values):  # so sqlglot reads VALUES in a join in parentheses
            continue
        is_named = isinstance(table.this, exp.Identifier) and not table.db and not table.catalog
        if not is_named or _options(table) or table.name.lower() not in names_of_with(table):
            yield table


def names_of_with(node: exp.Expr) -> set[str]:
    """Names that WITH gives at a place: of its own query's, those before; of outer ones, all.

    Trino does likewise, so a name that stands for a table of the lake is never taken for another.
    """
    names: set[str] = set()
    while node.parent:
        parent = node.parent
        if isinstance(parent, exp.With):
            at = next(i for i, one in enumerate(parent.expressions) if one is node)
            names |= {cte.alias.lower() for cte in parent.expressions[:at]}
            node = parent.parent or parent
            continue
        given = parent.args.get("with_")
        names |= {cte.alias.lower() for cte in given.expressions} if given else set()
        node = parent
    return names


def _allowed(table: exp.Table) -> str:
    """Which of TABLES is meant. Raises `QueryRefused` for every other table."""
    if not isinstance(table.this, exp.Identifier):
        raise _refused_function()
    if table.db or table.catalog:
        raise QueryRefused(
            "other_database", f"name the table alone: {table.name}, not {table.sql(DIALECT)}"
        )
    name = table.name.lower()
    options = _options(table)
    if options:
        raise QueryRefused("table_option", f"not taken here, after {name}: {', '.join(options)}")
    if name not in TABLES:
        raise QueryRefused(
            "unknown_table", f"there is no table {table.name!r} here; there are documents and raw"
        )
    return name


def _options(table: exp.Table) -> set[str]:
    """What hangs on a table and would read it in another way, such as FOR TIMESTAMP AS OF."""
    given = {part for part, value in table.args.items() if value}
    return given - {"this", "db", "catalog", "alias", *_KEPT}


def _refused_function() -> QueryRefused:
    return QueryRefused(
        "table_function", "functions cannot stand for a table here; UNNEST and VALUES can"
    )


def _own(name: str, tenant: str) -> exp.Select:
    """A tenant's rows of a table."""
    condition = exp.EQ(this=exp.column("tenant_id"), expression=exp.Literal.string(tenant))
    return exp.select("*").from_(exp.to_table(name)).where(condition)


def _limit(tree: exp.Expr, rows: int) -> None:
    """Has the statement give so many rows at most, where it does not ask for fewer."""
    given = tree.args.get("limit")
    if isinstance(tree, exp.Values):
        return
    if isinstance(given, exp.Fetch):
        asked = given.args.get("count") or exp.Literal.number(1)  # FETCH FIRST ROW ONLY
    else:
        asked = given.expression if given else None
    if isinstance(asked, exp.Literal) and asked.is_int and int(asked.this) <= rows:
        return
    tree.set("limit", exp.Limit(expression=exp.Literal.number(rows)))


def _verify(written: str, tenant: str) -> None:
    """Raises `QueryRefused` where the text can be read in another way than it was meant."""
    own = {name: _own(name, tenant) for name in TABLES}
    tree = _only_statement(written)
    traverse_scope(tree)  # raises where a side of a UNION is no query
    for table in _lake_tables(tree):
        around = table.parent_select
        is_own = around is not None and around == own.get(table.name)
        if not is_own or not isinstance(around.parent, exp.Subquery):  # type: ignore[union-attr]
            raise QueryRefused("not_understood", "the statement can be read in two ways; simplify")


def _place(error: ParseError) -> str:
    """What is wrong, and where, in one line."""
    found = error.errors[0] if error.errors else {}
    near = str(found.get("highlight") or "").strip()
    what = str(found.get("description") or error).splitlines()[0].rstrip(". ")
    where = f"line {found.get('line', 1)}, column {found.get('col', 1)}"
    return f"{where}: {what}" + (f" near {near!r}" if near else "")
