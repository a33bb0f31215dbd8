"""PREPARE, EXECUTE and DEALLOCATE. The emulator's Athena stores the prepared statements."""

import re
from dataclasses import replace
from typing import Any

import sqlglot
from botocore.exceptions import ClientError
from sqlglot import exp

from aws_companion.athena.execution import QueryFailed, Result, Statement

_PREPARE = re.compile(r"\s*PREPARE\s+(\w+)\s+FROM\s+(.+?)\s*;?\s*", re.I | re.S)
_EXECUTE = re.compile(r"\s*EXECUTE\s+(\w+)(?:\s+USING\s+(.+?))?\s*;?\s*", re.I | re.S)
_DEALLOCATE = re.compile(r"\s*DEALLOCATE\s+PREPARE\s+(\w+)\s*;?\s*", re.I)


def resolve_execute(statement: Statement, athena: Any) -> Statement:
    """The prepared statement of an EXECUTE with its values; other statements unchanged."""
    match = _EXECUTE.fullmatch(statement.sql)
    if not match:
        return statement
    try:
        prepared = athena.get_prepared_statement(
            StatementName=match[1], WorkGroup=statement.work_group
        )["PreparedStatement"]
    except ClientError as error:
        message = f"NOT_FOUND: Prepared statement not found: {match[1]}"
        raise QueryFailed(message) from error
    values = _values(match[2]) if match[2] else tuple(statement.parameters)
    return replace(statement, sql=prepared["QueryStatement"], parameters=values)


def run_statement(statement: Statement, athena: Any) -> Result | None:
    """Run a PREPARE or DEALLOCATE; None for any other statement."""
    work_group = {"WorkGroup": statement.work_group}
    prepare, deallocate = _PREPARE.fullmatch(statement.sql), _DEALLOCATE.fullmatch(statement.sql)
    try:
        if prepare:
            athena.create_prepared_statement(
                StatementName=prepare[1], QueryStatement=prepare[2], **work_group
            )
            return Result("DDL", "PREPARE")
        if deallocate:
            athena.delete_prepared_statement(StatementName=deallocate[1], **work_group)
            return Result("DDL", "DEALLOCATE_PREPARE")
    except ClientError as error:
        raise QueryFailed(f"GENERIC_USER_ERROR: {error.response['Error']['Message']}") from error
    return None


def _values(text: str) -> tuple[str, ...]:
    """The values of a USING clause, as SQL."""
    select = sqlglot.parse_one(f"SELECT {text}", dialect="athena")
    assert isinstance(select, exp.Select)  # noqa: S101
    return tuple(value.sql(dialect="athena") for value in select.selects)
