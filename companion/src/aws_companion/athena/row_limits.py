"""Rewrites limits of rows that DuckDB does not support, before names are qualified."""

from sqlglot import exp

from aws_companion.athena.execution import QueryFailed

_CLAUSES = ("order", "offset", "limit")


def rewrite_limits(query: exp.Expr) -> exp.Expr:
    """The query with ORDER BY, OFFSET and LIMIT after parentheses in a SELECT of their own.

    (SELECT ... LIMIT 5) LIMIT 3 becomes SELECT * FROM (SELECT ... LIMIT 5) AS _rows LIMIT 3.
    Raises `QueryFailed` for WITH TIES.
    """
    for fetch in query.find_all(exp.Fetch):
        options = fetch.args.get("limit_options")
        if options and options.args.get("with_ties"):
            raise QueryFailed("NOT_SUPPORTED: FETCH FIRST ... WITH TIES: use rank() in a subquery")
    root = exp.Paren(this=query)  # so that the root, too, has a parent
    for node in list(root.find_all(exp.Subquery)):
        if any(node.args.get(clause) for clause in _CLAUSES):
            node.replace(_outer_select(node))
    result: exp.Expr = root.this.pop()
    return result


def _outer_select(node: exp.Subquery) -> exp.Expr:
    """A query or table in parentheses, with its clauses in a SELECT around it."""
    select = exp.select("*").from_(exp.Subquery(this=node.this, alias=_alias("_rows")))
    for clause in (*_CLAUSES, "with_"):
        select.set(clause, node.args.get(clause))
        node.set(clause, None)
    if isinstance(node.parent, exp.Paren | exp.Subquery | exp.CTE):  # which have parentheses
        return select
    node.set("this", select)
    return node


def _alias(name: str) -> exp.TableAlias:
    return exp.TableAlias(this=exp.to_identifier(name))
