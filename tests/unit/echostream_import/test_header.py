"""Names of columns as tools and people write them."""

from datetime import datetime

import pytest

from echostream_import.reading.header import looks_headerless, make_header

SENTIMENT140 = [
    ["0", "1467810369", "Sun Nov 22 23:22:36 PDT 2026", "NO_QUERY", "user_a", "my cat is sick"],
    ["4", "1467810672", "Mon Nov 23 23:22:36 PDT 2026", "NO_QUERY", "user_b", "best cafe!"],
]


@pytest.mark.parametrize(
    "rows",
    [
        SENTIMENT140,
        [["Great stuff", "2026-11-23"], ["Bad", "2026-11-24"]],
        [["5", "Great"], ["1", "Bad"]],
        [["positive", "Great"], ["negative", "Bad"], ["positive", "Nice"]],
        [["Long text. " * 20], ["Another"]],
        [["https://example.com/1", "ok"], ["https://example.com/2", "no"]],
    ],
)
def test_a_first_row_of_values(rows):
    """Numbers, dates, addresses, long texts, and words that stand again are no names."""
    assert looks_headerless(rows)
    header = make_header(rows)
    assert header.names == tuple(f"column {n}" for n in range(1, len(rows[0]) + 1))
    assert header.rows == 0


@pytest.mark.parametrize(
    "rows",
    [
        [["text", "date"], ["Great", "2026-11-23"]],
        [["Comment"], ["Great"]],
        [["Store", "Visits"], ["A", "12"], ["B", "13"]],
        [["What did you like about " + "the visit " * 12 + "?"], ["Great"]],
        [["q1", "2026"], ["Great", "Bad"], ["Nice", "Ugly"]],
        [["text", "1"], ["Great", "7"]],
        [["Review", "x"], ["Review", "x"]],
    ],
)
def test_a_first_row_of_names(rows):
    """Words that tools use, names above numbers, questions, and what no value tells against."""
    assert not looks_headerless(rows)


def test_names_are_trimmed_and_unique():
    """Invisible characters and spaces go; the second of two names has a number; empty ones too."""
    header = make_header(
        [["\u00a0Text\u200b ", "a\u00a0 b", "x", "x", "x", ""], ["t", "1", "2", "3", "4", "5"]]
    )
    assert header.names == ("Text", "a b", "x", "x (2)", "x (3)", "column 6")
    assert header.columns == header.names


def test_columns_without_name_and_values_are_none():
    """Excel's trailing columns: no columns, no values; a value that comes later is kept."""
    header = make_header([["text", "date", "", ""], ["Great", "2026-11-23", "", ""]])
    assert header.columns == ("text", "date")
    assert header.values(["a", "b", "", ""]) == {"text": "a", "date": "b"}
    assert header.values(["a", "b", "", "late"]) == {"text": "a", "date": "b", "column 4": "late"}


def test_two_rows_of_names():
    """SurveyMonkey: a question goes on over the empty names at its right."""
    header = make_header(
        [
            ["Respondent ID", "Start Date", "What do you like?", "", ""],
            ["", "", "Open-Ended Response", "Other", "Comment"],
            ["1001", "11/22/2026 11:22:36 PM", "The staff", "", ""],
        ]
    )
    assert header.rows == 2
    assert header.names == (
        "Respondent ID",
        "Start Date",
        "What do you like? - Open-Ended Response",
        "What do you like? - Other",
        "What do you like? - Comment",
    )


def test_a_first_row_of_data_is_no_second_row_of_names():
    """A value below an empty name alone does not make names of a row."""
    header = make_header([["id", "text", ""], ["", "Great", "7"], ["2", "Bad", "8"]])
    assert header.rows == 1
    header = make_header([["id", "text", ""], ["a1", "", "note"], ["a2", "Bad", ""]])
    assert header.rows == 1


def test_three_rows_of_names():
    """Qualtrics: short names, questions, and identifiers of the import."""
    header = make_header(
        [
            ["StartDate", "Q1"],
            ["Start Date", "What did you like?"],
            ['{"ImportId":"startDate"}', '{"ImportId":"QID1"}'],
            ["2026-11-22", "The staff"],
        ]
    )
    assert header.rows == 3
    assert header.names == ("StartDate", "Q1 - What did you like?")


def test_a_title_above_the_names():
    """Reports begin with a title; the names are the first row that has several."""
    header = make_header(
        [["Reviews of November"], ["id", "text", "date"], ["1", "Great", "2026-11-23"],
         ["2", "Bad", "2026-11-24"]]
    )  # fmt: skip
    assert (header.preamble, header.rows, header.names) == (1, 1, ("id", "text", "date"))


def test_rows_with_one_field_more_than_the_names():
    """R and pandas write row names without a name."""
    header = make_header([["text", "date"], ["1", "Great", "2026-11-23"], ["2", "B", "2026-11-24"]])
    assert header.names == ("column 1", "text", "date")


def test_typed_cells():
    """Cells of workbooks: numbers and times are values."""
    moment = datetime(2026, 11, 23)
    assert looks_headerless([["Great", moment, 5], ["Bad", moment, 4]])
    assert not looks_headerless([["Answer", "When", "Mark"], ["Bad", moment, 4]])
    assert make_header([["text", 2026.0, None], ["a", 1, None]]).names[1] == "2026.0"


def test_short_rows():
    """Missing fields at the end are empty if most are there or others miss them, too."""
    header = make_header([["a", "b", "c", "d", "e"], ["x", "y", "z", "", ""], list("vwxyz")])
    assert header.problem(["x", "y", "z"]) == ""
    assert header.problem(["x", "y"]) == "2 fields, but the header names 5"
    assert header.problem(["x"]) == "1 field, but the header names 5"
    assert header.problem(list("vwxyz!")) == "6 fields, but the header names 5"
    assert header.problem([*"vwxyz", "", " "]) == ""
