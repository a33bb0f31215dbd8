"""The page History: typed columns, charts, CSV and saved queries."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from dashboard.charts.history import Plot, chart, plot_of
from dashboard.charts.theme import PALETTE
from dashboard.data.history import Result, csv_of, frame_of, saved
from echostream.adapters.athena import Column, QueryResult, Row
from echostream_client.tenant_lake import QueryOutcome


def frame(rows, **types):
    columns = tuple(Column(name, kind) for name, kind in types.items())
    return frame_of(QueryResult("q", columns, rows, False, 0, 0.0))


def require_plot(table: pd.DataFrame) -> Plot:
    plot = plot_of(table)
    assert plot, "the result has no chart"
    return plot


def test_columns_have_the_types_of_athena():
    """Numbers, times and booleans, with nulls; 64-bit integers stay exact."""
    row = ("9007199254740993", "NaN", "0.5", "2026-01-02 03:04:05.678", "2026-01-02", "true", "x")
    names = {"i": "bigint", "f": "double", "d": "decimal", "t": "timestamp", "day": "date"}
    table = frame([row, (None,) * 7], **names, b="boolean", s="varchar")
    assert table["i"][0] == 9007199254740993
    assert pd.isna(table["f"][0])  # a data frame has one missing value for null and NaN
    assert table["d"][0] == 0.5
    assert table["t"][0] == pd.Timestamp("2026-01-02 03:04:05.678", tz="UTC")
    assert table["day"][0] == pd.Timestamp("2026-01-02", tz="UTC")
    assert bool(table["b"][0]) is True
    assert table["s"][0] == "x"
    assert table.loc[1].isna().all()


def test_csv_of_a_result_escapes_formulas():
    """A text like a formula gets an apostrophe; numbers, nulls and empty texts do not change."""
    columns = (Column("text", "varchar"), Column("mean", "double"))
    rows: list[Row] = [("=1+1", "-0.5"), (None, None), ("", "1")]
    result = QueryResult("q", columns, rows, False, 0, 0.0)
    data = csv_of(Result(datetime.now(UTC), "", QueryOutcome(result), frame_of(result)))
    assert data == b'\xef\xbb\xbftext,mean\r\n\'=1+1,-0.5\r\n,\r\n"",1\r\n'


def test_result_without_rows_has_its_columns():
    """Also two columns of one name; the second gets a number."""
    assert list(frame([], a="bigint", b="timestamp", c="varchar").columns) == ["a", "b", "c"]
    twice = (Column("a", "bigint"), Column("a", "bigint"))
    assert list(frame_of(QueryResult("q", twice, [("1", "2")], False, 0, 0.0)).columns) == [
        "a",
        "a_2",
    ]


def test_days_and_numbers_are_a_line_chart():
    """A text that is a day is a time; each column of numbers can be chosen."""
    table = frame(
        [("2026-01-01", "1", "2"), ("2026-01-02", "3", None)], day="varchar", n="bigint", m="double"
    )
    plot = require_plot(table)
    assert (plot.along, plot.is_time, plot.split, plot.numbers) == ("day", True, None, ["n", "m"])
    assert chart(table, plot, "n").to_dict()["mark"]["type"] == "line"


def test_category_splits_the_line_by_colour():
    """Without a chart if there are more categories than colours."""
    rows = [(day, name, "1") for day in ("2026-01-01", "2026-01-02") for name in ("a", None)]
    table = frame(rows, day="varchar", source="varchar", n="bigint")
    plot = require_plot(table)
    assert plot.split == "source"
    assert chart(table, plot, "n").to_dict()["encoding"]["color"]["field"] == "split"
    many = [("2026-01-01", str(i), "1") for i in range(len(PALETTE) + 1)]
    assert plot_of(frame(many, day="varchar", source="varchar", n="bigint")) is None


def test_categories_are_a_bar_chart():
    """Also if the name of a column has characters with a meaning in Vega-Lite."""
    table = frame([("a", "1"), (None, "2")], **{"x.y[0]:Q": "varchar", "n": "bigint"})
    assert chart(table, require_plot(table), "n").to_dict()["mark"]["type"] == "bar"


@pytest.mark.parametrize(
    ("rows", "types"),
    [
        ([], {"a": "varchar", "n": "bigint"}),
        ([("a", "b", "c", "1")], {"a": "varchar", "b": "varchar", "c": "varchar", "n": "bigint"}),
        ([("1",)], {"n": "bigint"}),
        ([("a", "1"), ("a", "2")], {"a": "varchar", "n": "bigint"}),
    ],
)
def test_other_results_have_no_chart(rows, types):
    """No rows, more than two categories, no category, or several rows of one category."""
    assert plot_of(frame(rows, **types)) is None


def test_saved_queries_have_a_title_and_a_question():
    """The title is the file's name, the question its comment."""
    queries = saved()
    assert queries[0].title == "Documents by day and sentiment"
    assert queries[0].question.startswith("How many documents were written on each day (UTC)")
    assert len(queries) == 11
    assert [query.title for query in queries if "?" not in query.question] == []
