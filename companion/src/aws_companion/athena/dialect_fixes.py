"""Rewrites expressions whose meaning differs between Trino and DuckDB.

`sqlglot` translates names and syntax. This module corrects result types (a date plus a day is a
date), errors that are null in Trino, and arguments with another meaning.
"""

from collections.abc import Callable, Mapping

from sqlglot import exp

_DAYS_AND_MORE = {"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"}
_MATCHES = {"all_match": exp.EQ, "any_match": exp.GT, "none_match": exp.LTE}


def fix_dialect(query: exp.Expr) -> exp.Expr:
    """The typed query with every such expression rewritten."""
    for node in list(query.walk(bfs=False)):
        fix = _FIXES.get(type(node))
        replacement = fix(node) if fix else None
        if replacement is not None:
            node.replace(replacement)
    return query


def _date_arithmetic(node: exp.Expr) -> exp.Expr | None:
    """A date plus days is a date; DuckDB returns a timestamp."""
    if not _is_type(node.this, exp.DType.DATE):
        return None
    unit = node.args.get("unit")
    if isinstance(node, exp.Add | exp.Sub):
        other = node.expression
        unit = other.unit if isinstance(other, exp.Interval) else exp.var("second")
    name = unit.name.upper() if unit else "DAY"
    return exp.cast(node.copy(), "DATE") if name in _DAYS_AND_MORE else None


def _timestamp_as_text(node: exp.Expr) -> exp.Expr | None:
    """The text of a timestamp has three fractional digits."""
    is_text = node.args["to"].this in (exp.DType.VARCHAR, exp.DType.TEXT)
    if not (is_text and _is_type(node.this, exp.DType.TIMESTAMP)):
        return None
    return _call("strftime", node.this, exp.Literal.string("%Y-%m-%d %H:%M:%S.%g"))


def _array_match(node: exp.Expr) -> exp.Expr | None:
    """`all_match(a, f)` and the like. They cannot be macros: DuckDB's macros take no lambda."""
    kind = _MATCHES.get(node.name.lower())
    if kind is None:
        return None
    array, condition = node.expressions
    number = _call("len", _call("list_filter", array, condition))
    against = _call("len", array) if kind is exp.EQ else exp.Literal.number(0)
    return exp.Paren(this=kind(this=number, expression=against))


def _json_extract(node: exp.Expr) -> exp.Expr | None:
    """Invalid JSON gives null; DuckDB raises an error."""
    return exp.Try(this=node.copy())


def _slice(node: exp.Expr) -> exp.Expr | None:
    """Trino's third argument is a length, DuckDB's the last index."""
    start, length = node.args["start"], node.args["end"]
    end = exp.Sub(
        this=exp.Add(this=exp.paren(start.copy()), expression=exp.paren(length.copy())),
        expression=exp.Literal.number(1),
    )
    return _call("array_slice", node.this, start, end)


def _percentile(node: exp.Expr) -> exp.Expr | None:
    """A percentile of integers is an integer."""
    kind = node.this.type
    is_whole = kind is not None and kind.this in exp.DataType.INTEGER_TYPES
    return exp.cast(node.copy(), kind) if is_whole else None


def _division(node: exp.Expr) -> exp.Expr | None:
    """The quotient of integers is an integer."""
    whole = exp.DataType.INTEGER_TYPES
    sides = (node.this.type, node.expression.type)
    if not all(side is not None and side.this in whole for side in sides):
        return None
    return exp.IntDiv(this=node.this.copy(), expression=node.expression.copy())


def _format(node: exp.Expr) -> exp.Expr | None:
    """Java's format strings are like C's, not like Python's."""
    return _call("printf", node.this, *node.expressions)


def _call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


def _is_type(node: exp.Expr, kind: exp.DType) -> bool:
    return bool(node.type and node.type.this is kind)


_FIXES: Mapping[type[exp.Expr], Callable[[exp.Expr], exp.Expr | None]] = {
    exp.Add: _date_arithmetic,
    exp.Anonymous: _array_match,
    exp.ApproxQuantile: _percentile,
    exp.ArraySlice: _slice,
    exp.Cast: _timestamp_as_text,
    exp.DateAdd: _date_arithmetic,
    exp.DateSub: _date_arithmetic,
    exp.DateTrunc: _date_arithmetic,
    exp.Div: _division,
    exp.Format: _format,
    exp.JSONExtract: _json_extract,
    exp.JSONExtractScalar: _json_extract,
    exp.Sub: _date_arithmetic,
    exp.TryCast: _timestamp_as_text,
}
