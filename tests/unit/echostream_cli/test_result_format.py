"""Answers as text: tables that line up and say what they leave out, CSV that programs read."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from echostream.adapters.athena import Column, QueryResult
from echostream_cli.lake.result_format import as_csv, as_table, size, took, width


def answer(rows, *columns, is_cut=False, scanned=0):
    typed = tuple(Column(name, kind) for name, kind in columns)
    return QueryResult("q", typed, rows, is_cut, scanned, 1.234)


def test_table_lines_up():
    """Numbers to the right, words to the left, null told from an empty text and a dash."""
    given_rows = [("a", "1"), (None, "1000"), ("", "-2.5"), ("日本", None)]
    assert as_table(answer(given_rows, ("name", "varchar"), ("n", "double"))).splitlines() == [
        "name         n",
        "------  ------",
        "a            1",
        "(null)    1000",
        "          -2.5",
        "日本    (null)",
    ]


def test_table_cuts_and_says_so():
    """A long cell is cut, and a line says where it is whole."""
    text = as_table(answer([("x" * 200,)], ("text", "varchar")))
    assert max(map(len, text.splitlines())) < 80
    assert "1 cells cut at 60 characters; FORMAT=csv has them whole" in text


def test_table_obeys_no_text():
    """Line breaks and control characters of a document do nothing to a terminal."""
    text = as_table(answer([("a\nb\x1b[2J\u202e",)], ("text", "varchar")))
    assert r"a\nb\x1b[2J\u202e" in text
    assert len(text.splitlines()) == 3


def test_table_without_rows():
    """Names alone."""
    assert as_table(answer([], ("id", "varchar"))) == "id\n--\n"


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), max_size=5))
def test_csv_is_read_back(rows):
    """Quotes, commas and line breaks survive."""
    text = "".join(as_csv(answer(rows, ("a,b", "varchar"), ('c"', "varchar"))))
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read == [["a,b", 'c"'], *map(list, rows)]


def test_csv_tells_null_from_empty():
    """Null is nothing between commas, an empty text two quotes; lines end as RFC 4180 says."""
    text = "".join(as_csv(answer([(None, "")], ("a", "varchar"), ("b", "varchar"))))
    assert text == 'a,b\r\n,""\r\n'


def test_says_what_it_took():
    """Rows, seconds, bytes, and dollars of at least 10 MB."""
    one = answer([("1",)], ("n", "bigint"), scanned=1_500_000)
    assert took(one) == "1 row, 1.23 s, 1.5 MB scanned, $0.00005 on AWS"
    cut = answer([("1",)] * 1000, ("n", "bigint"), is_cut=True, scanned=2 * 2**40)
    assert took(cut) == "the first 1,000 rows, 1.23 s, 2.2 TB scanned, $10.00000 on AWS"
    assert took(answer([], ("n", "bigint"))) == "0 rows, 1.23 s, 0 bytes scanned, $0.00000 on AWS"


def test_sizes():
    """Powers of 1000."""
    assert [size(n) for n in (0, 999, 1000, 10**9)] == ["0 bytes", "999 bytes", "1.0 kB", "1.0 GB"]


def test_width_of_what_is_wide():
    """East Asian characters take two places, combining ones none."""
    assert [width(text) for text in ("a", "日", "e\u0301")] == [1, 2, 1]
