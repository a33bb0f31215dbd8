"""What the page History makes of an answer: typed columns, and a chart where one says something."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from dashboard.charts.history import chart, plot_of
from dashboard.charts.theme import PALETTE
from dashboard.data.history import Result, csv_of, frame_of, saved
from echostream.adapters.athena import Column, QueryResult
from echostream_client.tenant_lake import QueryOutcome


def frame(rows, **types):
    columns = tuple(Column(name, kind) for name, kind in types.items())
    return frame_of(QueryResult("q", columns, rows, False, 0, 0.0))


def test_columns_have_their_types():
    """Numbers, times and truth by Athena's types, with nulls; big whole numbers stay exact."""
    row = ("9007199254740993", "NaN", "0.5", "2026-01-02 03:04:05.678", "2026-01-02", "true", "x")
    names = {"i": "bigint", "f": "double", "d": "decimal", "t": "timestamp", "day": "date"}
    found = frame([row, (None,) * 7], **names, b="boolean", s="varchar")
    assert found["i"][0] == 9007199254740993
    assert found["d"][0] == 0.5
    assert found["t"][0] == pd.Timestamp("2026-01-02 03:04:05.678", tz="UTC")
    assert found["day"][0] == pd.Timestamp("2026-01-02", tz="UTC")
    assert bool(found["b"][0]) is True
    assert found.loc[1].isna().all()


def test_a_spreadsheet_runs_nothing_of_an_answer():
    """Texts that look like formulas get an apostrophe; numbers, nulls and empty texts stay."""
    columns = (Column("text", "varchar"), Column("mean", "double"))
    rows = [("=1+1", "-0.5"), (None, None), ("", "1")]
    answer = QueryResult("q", columns, rows, False, 0, 0.0)
    given = csv_of(Result(datetime.now(UTC), "", QueryOutcome(answer), frame_of(answer)))
    assert given == b'text,mean\r\n\'=1+1,-0.5\r\n,\r\n"",1\r\n'


def test_an_answer_without_rows_or_with_a_name_twice():
    """Has its columns all the same."""
    assert list(frame([], a="bigint", b="timestamp", c="varchar").columns) == ["a", "b", "c"]
    twice = (Column("a", "bigint"), Column("a", "bigint"))
    assert list(frame_of(QueryResult("q", twice, [("1", "2")], False, 0, 0.0)).columns) == [
        "a",
        "a_2",
    ]


def test_days_and_numbers_are_a_line():
    """A text that is a day counts as time; every number can be chosen."""
    found = frame(
        [("2026-01-01", "1", "2"), ("2026-01-02", "3", None)], day="varchar", n="bigint", m="double"
    )
    plot = plot_of(found)
    assert (plot.along, plot.is_time, plot.split, plot.numbers) == ("day", True, None, ["n", "m"])
    assert chart(found, plot, "n").to_dict()["mark"]["type"] == "line"


def test_a_category_splits_the_line():
    """By colour, as long as the colours suffice."""
    rows = [(day, name, "1") for day in ("2026-01-01", "2026-01-02") for name in ("a", None)]
    found = frame(rows, day="varchar", source="varchar", n="bigint")
    plot = plot_of(found)
    assert plot.split == "source"
    assert chart(found, plot, "n").to_dict()["encoding"]["color"]["field"] == "split"
    many = [("2026-01-01", str(i), "1") for i in range(len(PALETTE) + 1)]
    assert plot_of(frame(many, day="varchar", source="varchar", n="bigint")) is None


def test_categories_are_bars():
    """Whatever the columns are called."""
    found = frame([("a", "1"), (None, "2")], **{"x.y[0]:Q": "varchar", "n": "bigint"})
    assert chart(found, plot_of(found), "n").to_dict()["mark"]["type"] == "bar"


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("a", "b", "c", "1")],
        [("a", "b", "c", "1"), ("a", "b", "c", "2")],
    ],
)
def test_a_listing_is_a_table(rows):
    """No chart where rows are more than numbers of one or two things, or where there are none."""
    assert plot_of(frame(rows, a="varchar", b="varchar", c="varchar", n="bigint")) is None
    assert plot_of(frame([("1",)], n="bigint")) is None
    assert plot_of(frame([("a", "1"), ("a", "2")], a="varchar", n="bigint")) is None


def test_saved_queries_say_what_they_answer():
    """Title from the file's name, question from its comment."""
    first = saved()[0]
    assert first.title == "Documents by day and sentiment"
    assert first.question == "How many documents came in on each day (UTC), by sentiment?"
    assert len(saved()) == 9
