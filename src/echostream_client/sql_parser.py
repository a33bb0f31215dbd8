"""Parses Athena's SQL with sqlglot, which the Lambda layers do not have."""

from sqlglot import exp
from sqlglot.dialects.athena import Athena
from sqlglot.dialects.trino import Trino
from sqlglot.parsers.athena import AthenaTrinoParser
from sqlglot.tokenizer_core import TokenType

DIALECT = "athena"


class _Parser(AthenaTrinoParser):
    """Reads VALUES as SELECT * FROM (VALUES ...), so that it can have WITH, as in Athena."""

    def _parse_statement(self) -> exp.Expr | None:
        statement = super()._parse_statement()
        values = statement.unnest() if isinstance(statement, exp.Subquery) else statement
        if not isinstance(values, exp.Values):
            return statement
        parent, select = values.parent, self._values_to_select(values)
        if parent is None:
            return select
        parent.set("this", select)
        return statement


def parse(sql: str) -> list[exp.Expr]:
    """The statements of a text. Raises sqlglot's errors."""
    athena = Athena()
    tokens = athena.tokenize(sql)
    is_hive = bool(tokens) and tokens[0].token_type == TokenType.HIVE_TOKEN_STREAM
    parser = athena.parser() if is_hive else _Parser(dialect=Trino())
    return [tree for tree in parser.parse(tokens, sql) if tree is not None]
