"""What the page History shows: saved statements, and the lake's answers to one tenant."""

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
from dashboard.data.csv_safety import harmless
from dashboard.data.errors import ServiceError
from echostream.adapters.athena import Answer
from echostream.domain.errors import QueryRefused, TryAgain
from echostream_cli.errors import UserError
from echostream_cli.lake.query import history
from echostream_cli.lake.result_format import as_csv, is_number
from echostream_cli.paths import ROOT
from echostream_cli.settings import load_running
from echostream_client.tenant_lake import History, Told

QUERIES = ROOT / "queries"
MOST_ROWS, DEFAULT_ROWS = 10_000, 1_000
TOO_MUCH = "Bytes scanned limit"
"""What Athena's message has in it where a statement reads more than its workgroup allows."""


class QueryError(Exception):
    """No answer. `why` says so and what to do; `detail` may quote the statement or a document."""

    def __init__(self, why: str, detail: str = "", kind: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.detail = detail
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Saved:
    """A statement that ships with EchoStream, and the question that it answers."""

    title: str
    question: str
    sql: str


@dataclass(frozen=True, slots=True)
class Result:
    """An answer as it is shown: typed columns, and when it was given."""

    as_of: datetime
    sql: str
    told: Told
    frame: pd.DataFrame

    @property
    def answer(self) -> Answer:
        """As Athena gave it."""
        return self.told.answer


def saved(folder: Path = QUERIES) -> list[Saved]:
    """The shipped statements, in the order of their files."""
    return [_saved(path) for path in sorted(folder.glob("*.sql"))]


def _saved(path: Path) -> Saved:
    """Its title is its file's name, its question the comment that it starts with."""
    sql = path.read_text("utf-8")
    words = path.stem.split("-")
    title = " ".join(words[1:] if words[0].isdigit() else words)
    comment = [line for line in sql.splitlines() if line.startswith("--")]
    question = " ".join(line.removeprefix("--").strip() for line in comment)
    return Saved(title[:1].upper() + title[1:], question, sql)


@st.cache_resource(ttl=600, show_spinner=False)
def lake() -> History:
    """Connected to once for all viewers; `lake.clear()` forgets it. Raises `UserError`."""
    return history(load_running())


def ask(member: Member, sql: str, most_rows: int) -> Result:
    """The answer for the tenant that is in the member's token. Raises `QueryError`."""
    with _asking():
        told = lake().ask(sql, member.tenant, most_rows)
        return Result(datetime.now(UTC), sql, told, frame_of(told.answer))


@contextmanager
def _asking() -> Iterator[None]:
    """Turns what may go wrong between here and the lake into `QueryError`."""
    try:
        yield
    except QueryRefused as error:
        raise QueryError(_why_refused(error), error.message) from error
    except ServiceError as problem:
        raise QueryError(problem.message, kind=problem.kind) from problem
    except UserError as error:
        raise QueryError(
            "No sandbox answers here. Start one with `make up`.", str(error)
        ) from error
    except (TryAgain, ClientError, BotoCoreError) as error:
        lake.clear()
        why = "Athena gave no answer. What runs: `make status`"
        raise QueryError(why, str(error)) from error


def _why_refused(error: QueryRefused) -> str:
    if error.code != "query_failed":
        return "This statement cannot be run here."
    if TOO_MUCH in error.message:
        return "This statement reads more than is allowed. Name fewer days (`dt`) or columns."
    return "Athena could not carry out this statement."


def frame_of(answer: Answer) -> pd.DataFrame:
    """The rows, columns typed as Athena says and named once; null is a missing value."""
    names = _distinct([column.name for column in answer.columns])
    columns = zip(*answer.rows, strict=True) if answer.rows else ((),) * len(names)
    return pd.DataFrame(
        {
            name: _typed(list(cells), column.type)
            for name, column, cells in zip(names, answer.columns, columns, strict=True)
        }
    )


def _distinct(names: list[str]) -> list[str]:
    """Names, where a repeated one gets a number, as SQL allows what a data frame does not."""
    given: list[str] = []
    for name in names:
        number, free = 2, name
        while free in given:
            number, free = number + 1, f"{name}_{number}"
        given.append(free)
    return given


def _typed(cells: list[str | None], type_name: str) -> Any:
    """A column; numbers may be missing, and times are in UTC."""
    if is_number(type_name):
        is_whole = "int" in type_name
        read = [None if c is None else int(c) if is_whole else float(c) for c in cells]
        return pd.array(read, dtype="Int64" if is_whole else "Float64")
    if type_name.startswith(("timestamp", "date")):
        moments = [None if c is None else c.removesuffix(" UTC") for c in cells]
        return pd.to_datetime(pd.Series(moments, dtype=object), utc=True, errors="coerce")
    if type_name == "boolean":
        return pd.array([None if c is None else c == "true" for c in cells], dtype="boolean")
    return pd.array(cells, dtype="string")


def csv_of(result: Result) -> bytes:
    """The answer as RFC 4180 has it, with texts that run in no spreadsheet."""
    are_texts = [column.type.startswith(("varchar", "char")) for column in result.answer.columns]
    rows = [
        tuple(
            harmless(cell) if is_text and cell else cell
            for cell, is_text in zip(row, are_texts, strict=True)
        )
        for row in result.answer.rows
    ]
    return "".join(as_csv(replace(result.answer, rows=rows))).encode()


def parquet_of(result: Result) -> bytes:
    """The answer as Parquet, with its types."""
    file = io.BytesIO()
    result.frame.to_parquet(file, index=False)
    return file.getvalue()
