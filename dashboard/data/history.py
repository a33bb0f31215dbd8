"""The data of the page History: saved statements, and query results from the lake."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
from botocore.exceptions import BotoCoreError, ClientError

from dashboard.data.auth import Member
from dashboard.data.csv_safety import ENCODING, escape_formula
from dashboard.data.deployment import deployment
from dashboard.data.errors import ServiceError, lacks_credentials
from echostream.adapters.athena import QueryResult
from echostream.domain.errors import CallRefused, QueryRefused, TryAgain
from echostream_cli.errors import UserError
from echostream_cli.lake.query import tenant_lake
from echostream_cli.lake.result_format import format_csv, is_number
from echostream_cli.paths import ROOT
from echostream_client.tenant_lake import QueryOutcome, Reader, TenantLake

QUERIES = ROOT / "queries"
MAX_ROWS, DEFAULT_ROWS = 10_000, 1_000
TOO_MUCH = "Bytes scanned limit"
"""Part of Athena's message when a statement reads more than its workgroup allows."""


class QueryError(Exception):
    """A query that failed.

    `message` is for the viewer; `detail` may quote the statement or a document.
    """

    def __init__(self, message: str, detail: str = "", kind: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Saved:
    """A statement that EchoStream ships, and the question that it answers."""

    title: str
    question: str
    sql: str


@dataclass(frozen=True, slots=True)
class Result:
    """A query result with typed columns, and its time."""

    as_of: datetime
    sql: str
    outcome: QueryOutcome
    frame: pd.DataFrame

    @property
    def answer(self) -> QueryResult:
        """The result as Athena returned it."""
        return self.outcome.result


def saved(folder: Path = QUERIES) -> list[Saved]:
    """The shipped statements in the order of their files."""
    return [_saved(path) for path in sorted(folder.glob("*.sql"))]


def _saved(path: Path) -> Saved:
    """The title comes from the file's name, the question from the comment at its top."""
    sql = path.read_text("utf-8")
    parts = path.stem.split("-")
    title = " ".join(parts[1:] if parts[0].isdigit() else parts)
    comment = [line for line in sql.splitlines() if line.startswith("--")]
    question = " ".join(line.removeprefix("--").strip() for line in comment)
    return Saved(title[:1].upper() + title[1:], question, sql)


@st.cache_resource(ttl=600, show_spinner=False)
def lake() -> TenantLake:
    """The lake, cached for all viewers until `lake.clear()`. Raises `UserError`."""
    return tenant_lake(deployment().target)


def run_query(member: Member, sql: str, max_rows: int) -> Result:
    """Run a statement for the tenant in the member's token. Raises `QueryError`."""
    with _translate_errors():
        reader = Reader(member.tenant, member.session.identity)
        outcome = lake().query(sql, reader, max_rows)
        return Result(datetime.now(UTC), sql, outcome, frame_of(outcome.result))


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Raises the errors of the services and of the lake as `QueryError`."""
    try:
        yield
    except QueryRefused as error:
        raise QueryError(_reason_of(error), error.message) from error
    except ServiceError as error:
        raise QueryError(error.message, kind=error.kind) from error
    except UserError as error:
        if lacks_credentials(error.__cause__):
            raise QueryError(ServiceError("no_credentials").message, str(error)) from error
        raise QueryError(
            "The dashboard found no deployed stack. Start the sandbox with `make up`.", str(error)
        ) from error
    except (TryAgain, CallRefused, ClientError, BotoCoreError) as error:
        lake.clear()
        if lacks_credentials(error) or lacks_credentials(error.__cause__):
            raise QueryError(ServiceError("no_credentials").message, str(error)) from error
        message = "Athena did not respond. `make status` shows what runs here."
        raise QueryError(message, str(error)) from error


def _reason_of(error: QueryRefused) -> str:
    if error.code != "query_failed":
        return "The statement is not allowed."
    if TOO_MUCH in error.message:
        return "The statement reads more data than the limit. Select fewer days (`dt`) or columns."
    return "Athena could not run the statement."


def frame_of(answer: QueryResult) -> pd.DataFrame:
    """The rows with Athena's types and distinct column names; null is a missing value."""
    names = _distinct([column.name for column in answer.columns])
    columns = zip(*answer.rows, strict=True) if answer.rows else ((),) * len(names)
    return pd.DataFrame(
        {
            name: _typed(list(cells), column.type)
            for name, column, cells in zip(names, answer.columns, columns, strict=True)
        }
    )


def _distinct(names: list[str]) -> list[str]:
    """Names with a number on repeated ones: SQL allows duplicates, data frames do not."""
    distinct: list[str] = []
    for name in names:
        number, candidate = 2, name
        while candidate in distinct:
            number, candidate = number + 1, f"{name}_{number}"
        distinct.append(candidate)
    return distinct


def _typed(cells: list[str | None], type_name: str) -> Any:
    """A typed column; values may be missing, times are in UTC."""
    if is_number(type_name):
        is_whole = "int" in type_name
        numbers = [None if c is None else int(c) if is_whole else float(c) for c in cells]
        return pd.array(numbers, dtype="Int64" if is_whole else "Float64")
    if type_name.startswith(("timestamp", "date")):
        moments = [None if c is None else c.removesuffix(" UTC") for c in cells]
        return pd.to_datetime(pd.Series(moments, dtype=object), utc=True, errors="coerce")
    if type_name == "boolean":
        return pd.array([None if c is None else c == "true" for c in cells], dtype="boolean")
    return pd.array(cells, dtype="string")


def csv_of(result: Result) -> bytes:
    """CSV by RFC 4180, without texts that a spreadsheet runs."""
    are_texts = [column.type.startswith(("varchar", "char")) for column in result.answer.columns]
    rows = [
        tuple(
            escape_formula(cell) if is_text and cell else cell
            for cell, is_text in zip(row, are_texts, strict=True)
        )
        for row in result.answer.rows
    ]
    return "".join(format_csv(replace(result.answer, rows=rows))).encode(ENCODING)


def parquet_of(result: Result) -> bytes:
    """Parquet with typed columns."""
    file = io.BytesIO()
    result.frame.to_parquet(file, index=False)
    return file.getvalue()
