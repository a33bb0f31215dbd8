"""Query results as text: aligned tables, CSV for programs, statistics."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echostream.adapters.athena import Column, QueryResult
from echostream_cli.lake.result_format import (
    format_csv,
    format_size,
    format_statistics,
)
from echostream_cli.lake.show_query import show_table


def query_result(rows, *columns, is_cut=False, scanned=0):
    typed = tuple(Column(name, column_type) for name, column_type in columns)
    return QueryResult("q", typed, rows, is_cut, scanned, 1.234)


def test_table_is_aligned(capsys):
    """Numbers to the right, text to the left; null differs from an empty text."""
    rows = [("a", "1"), (None, "1000"), ("", "-2.5"), ("日本", None)]
    result = query_result(rows, ("name", "varchar"), ("n", "double"))
    show_table(result)
    assert capsys.readouterr().out.splitlines() == [
        "name         n",
        "------  ------",
        "a            1",
        "(null)    1000",
        "          -2.5",
        "日本    (null)",
        "",
    ]


def test_table_truncates_long_cells(capsys):
    """The last line counts them and names the format without truncation."""
    show_table(query_result([("x" * 200,)], ("text", "varchar")))
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) < 80
    assert "1 cell truncated to 60 characters; FORMAT=csv prints all of them" in text


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), max_size=5))
def test_csv_is_read_back(rows):
    """Python's csv module reads quotes, commas and line breaks as they were."""
    result = query_result(rows, ("a,b", "varchar"), ('c"', "varchar"))
    text = "".join(format_csv(result))
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["a,b", 'c"'], *map(list, rows)]


def test_csv_distinguishes_null_from_empty_text():
    """Null is an empty field, an empty text two quotes; lines end with CRLF (RFC 4180)."""
    result = query_result([(None, "")], ("a", "varchar"), ("b", "varchar"))
    text = "".join(format_csv(result))
    assert text == 'a,b\r\n,""\r\n'


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (
            query_result([("1",)], ("n", "bigint"), scanned=1_500_000),
            "1 row, 1.23 s, 1.5 MB scanned, $0.00005 on AWS",
        ),
        (
            query_result([("1",)] * 1000, ("n", "bigint"), is_cut=True, scanned=2 * 2**40),
            "the first 1,000 rows, 1.23 s, 2.2 TB scanned, $10.00000 on AWS",
        ),
        (
            query_result([], ("n", "bigint")),
            "0 rows, 1.23 s, 0 bytes scanned, $0.00000 on AWS",
        ),
    ],
    ids=["one row", "cut", "no rows"],
)
def test_statistics_have_rows_time_size_and_price(result, text):
    """The price is for at least 10 MB if anything is scanned."""
    assert format_statistics(result) == text


def test_size_has_decimal_units():
    """Powers of 1000."""
    sizes = [format_size(number) for number in (0, 999, 1000, 10**9)]
    assert sizes == ["0 bytes", "999 bytes", "1.0 kB", "1.0 GB"]
