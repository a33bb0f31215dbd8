"""CSV in the shapes that survey, shop and office programs write."""

import csv
import io
import tempfile
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echostream_import.reading.opening import ReadOptions, open_rows
from echostream_import.rows import FileError
from tests.unit.echostream_import.files import bad, good, opened

CELLS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffd"),
    max_size=20,
) | st.sampled_from(
    ["", "a,b", "x;y", "1", "2026-11-23", 'he said "no"', "two\nlines", "a\tb", "a|b", "it's", "\\",
     "C:\\x", '"', '""', ",", ";;", "\r\n", '"a",b']
)  # fmt: skip
NAMES = ["text", "date", "author"]


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS).filter(any), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
)
def test_what_the_standard_writer_writes_comes_back(rows, delimiter, quoting, encoding):
    """Any delimiter, quoting and Unicode encoding: exactly the same fields."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting)
    writer.writerow(NAMES)
    writer.writerows(rows)
    with tempfile.TemporaryDirectory() as folder:
        file = opened(Path(folder), text.getvalue().encode(encoding))
        assert [tuple(values[name] for name in NAMES) for values in good(file)] == rows
        assert bad(file) == []


@pytest.mark.parametrize(("delimiter", "end"), list(product(",;\t|", ["\n", "\r\n", "\r"])))
def test_delimiters_and_line_ends(tmp_path, delimiter, end):
    """Each with each; lines are counted from 1, with the header."""
    lines = [["text", "date"], ["Great", "2026-11-23"], ["Bad", "2026-11-24"]]
    file = opened(tmp_path, end.join(delimiter.join(line) for line in lines))
    assert good(file) == [
        {"text": "Great", "date": "2026-11-23"},
        {"text": "Bad", "date": "2026-11-24"},
    ]
    assert [row.line for row in file.rows()] == [2, 3]
    assert list(file.columns) == ["text", "date"]


def test_a_separator_line(tmp_path):
    """Excel's `sep=` names the delimiter and is no row."""
    file = opened(tmp_path, "sep=;\r\ntext;date\r\nGood, nice;2026-11-22\r\n")
    assert good(file) == [{"text": "Good, nice", "date": "2026-11-22"}]
    assert [row.line for row in file.rows()] == [3]


@pytest.mark.parametrize(
    "header", ["What do you like, and why;date", '"What do you like, and why";"date"']
)
def test_commas_in_the_names_of_a_semicolon_file(tmp_path, header):
    """The rows tell the delimiter."""
    file = opened(tmp_path, f"{header}\nGreat, thanks, all;2026-11-22\nBad;2026-11-23\n")
    assert [list(values.values()) for values in good(file)] == [
        ["Great, thanks, all", "2026-11-22"],
        ["Bad", "2026-11-23"],
    ]


def test_one_column(tmp_path):
    """Commas in the only column are text."""
    file = opened(tmp_path, "answer\nGood, really\nBad\n\nSo, so, la\n")
    assert [values["answer"] for values in good(file)] == ["Good, really", "Bad", "So, so, la"]


def test_decimal_commas_in_a_semicolon_file(tmp_path):
    """A comma that stands in each row is no delimiter if the header has none."""
    file = opened(tmp_path, "created_at;text;score\n2026-11-22;a, b, c;4,5\n2026-11-23;Bad;2,0\n")
    assert good(file)[0] == {"created_at": "2026-11-22", "text": "a, b, c", "score": "4,5"}


def test_backslash_quotes(tmp_path):
    """`\\"` is a quote; other backslashes stay."""
    file = opened(
        tmp_path,
        'id,text,date\n1,"He said \\"never\\", really",2026-11-22\n'
        '2,"C:\\temp \\\\ x",2026-11-22\n',
    )
    assert [values["text"] for values in good(file)] == ['He said "never", really', "C:\\temp \\ x"]


def test_a_backslash_quote_among_doubled_quotes(tmp_path):
    """One row of another dialect is read, and so are the others."""
    rows = [f'z{n},"5"" screen {n}",2026-11-23' for n in range(300)]
    rows[250] = 'z250,"5\\" screen, big",2026-11-23'
    file = opened(tmp_path, "\n".join(["id,text,date", *rows]))
    values = good(file)
    assert len(values) == 300
    assert values[250]["text"] == '5" screen, big'


@pytest.mark.parametrize(
    "stray", ['z5,"unclosed,2026-11-23', 'z5,"unclosed, with a comma,2026-11-23']
)
@pytest.mark.parametrize("other", ['"5"" screen"', "plain"])
def test_a_stray_quote_costs_its_own_row(tmp_path, stray, other):
    """The rows after an unclosed quote are read, with their lines."""
    rows = [f"z{n},{other},2026-11-23" for n in range(2_000)]
    rows[1_000] = stray
    file = opened(tmp_path, "\n".join(["id,text,date", *rows]))
    found = list(file.rows())
    assert [row.line for row in found if row.problem] == [1_002]
    assert "quote" in found[1_000].problem
    ids = [row.values["id"] for row in found if not row.problem]
    assert ids == [f"z{n}" for n in range(2_000) if n != 1_000]


def test_two_stray_quotes_swallow_no_rows_between_them(tmp_path):
    """By the rules they are one field of many lines; each line is a whole row."""
    rows = [f"z{n},good,2026-11-23" for n in range(100)]
    rows[10] = 'z10,"5 inch,2026-11-23'
    rows[60] = 'z60,screen 6",2026-11-23'
    file = opened(tmp_path, "\n".join(["id,text,date", *rows]))
    assert len(good(file)) == 99
    assert [row.line for row in bad(file)] == [12]


def test_quotes_that_are_not_doubled(tmp_path):
    """A quote ends a field only before a delimiter or a line's end."""
    file = opened(
        tmp_path, 'id,text,date\n1,"the "best" one, ever",2026-11-22\n2,"a\nb "c" d",2026-11-22\n'
    )
    assert [values["text"] for values in good(file)] == ['the "best" one, ever', 'a\nb "c" d']
    assert bad(file) == []


def test_texts_of_many_lines(tmp_path):
    """Quoted fields have line ends, blank lines and delimiters."""
    text = "one, two\n\nthree,\r\nfour"
    file = opened(tmp_path, f'text,date\n"{text}",2026-11-22\nBad,2026-11-23\n')
    assert [(row.line, row.values["text"]) for row in file.rows()] == [(2, text), (6, "Bad")]


def test_tabs_without_quoting(tmp_path):
    """A quote that begins fields and ends none means nothing."""
    rows = [f'"so called\t2026-11-{n:02}' if n % 3 else f"x\t2026-11-{n:02}" for n in range(1, 20)]
    file = opened(tmp_path, "\n".join(["text\tdate", *rows]), "reviews.tsv")
    assert len(good(file)) == 19
    assert good(file)[0]["text"] == '"so called'


def test_a_stray_return_is_text(tmp_path):
    """A CR ends no row where LF does, unless it separates whole rows."""
    file = opened(tmp_path, "text,date\nGreat\rnice,2026-11-23\nA,2026-11-24\rB,2026-11-25\n")
    assert [values["text"] for values in good(file)] == ["Great\rnice", "A", "B"]


def test_excel_on_a_mac(tmp_path):
    """Rows end by CR, lines of a text by LF."""
    file = opened(tmp_path, 'text,date\r"two\nlines",2026-11-23\rBad,2026-11-24\r')
    assert [values["text"] for values in good(file)] == ["two\nlines", "Bad"]


def test_lines_that_are_quoted_as_a_whole(tmp_path):
    """Excel saves CSV so that it took for one column; a column of quoted texts is none."""
    file = opened(tmp_path, '"id,text,date"\n"1,""Great, really"",2026-11-23"\n"2,B,2026-11-24"\n')
    assert [values["text"] for values in good(file)] == ["Great, really", "B"]
    file = opened(tmp_path, '"answer"\n"Great, really"\n"Bad"\n"It is, ok"\n')
    assert [values["answer"] for values in good(file)] == ["Great, really", "Bad", "It is, ok"]


def test_single_quotes(tmp_path):
    """They quote where most lines have such a field; else they are apostrophes."""
    file = opened(tmp_path, "'text','date'\n'Great, really','2026-11-23'\n'it''s','2026-11-24'\n")
    assert [values["text"] for values in good(file)] == ["Great, really", "it's"]
    file = opened(tmp_path, 'text,date,author\n,0\',[\n:,"""",x\n&,y,x\n')
    assert [values["date"] for values in good(file)] == ["0'", '"', "y"]


def test_spaces_before_quotes(tmp_path):
    """`a, "b, c"` has two fields."""
    file = opened(tmp_path, 'text, date, author\n"Great, nice", "2026-11-23", "me, too"\n')
    assert good(file) == [{"text": "Great, nice", "date": "2026-11-23", "author": "me, too"}]


@pytest.mark.parametrize("end", ["", "\n", "\nGreat,2026-11-23\n"])
def test_an_unclosed_quote_in_a_short_file(tmp_path, end):
    """It is a problem there, too, and no reason to take quotes for text."""
    file = opened(tmp_path, f'text,date\nNice,2026-11-22\n"Bad,2026-11-24{end}')
    assert [row.line for row in bad(file)] == [3]
    assert len(good(file)) == (2 if len(end) > 1 else 1)


def test_fields_of_millions_of_characters(tmp_path):
    """Nine million are read; an unclosed quote before more costs its row only."""
    long = "x" * 9_000_000
    file = opened(tmp_path, f'text,date\n"{long}",2026-11-22\nBad,2026-11-23\n')
    assert [len(values["text"]) for values in good(file)] == [9_000_000, 3]


def test_rows_longer_and_shorter_than_the_header(tmp_path):
    """Too many fields are a problem; missing ones at the end are empty, unless most miss."""
    file = opened(
        tmp_path,
        "text,date,author,url\nGreat,2026-11-22,me,x\nGood,2026-11-23,you\n"
        "Bad,2026-11-24,me,x,more\nNice,2026-11-25,me,x,,\nrest of a line\n,,,\n",
    )
    assert [values["text"] for values in good(file)] == ["Great", "Good", "Nice"]
    assert [(row.line, row.problem) for row in bad(file)] == [
        (4, "5 fields, but the header names 4"),
        (6, "1 field, but the header names 4"),
    ]
    assert "url" not in good(file)[1]


def test_a_file_with_a_header_only(tmp_path):
    """It has no rows, and the message says so."""
    with pytest.raises(FileError, match="no rows"):
        opened(tmp_path, "text,date\n")


def test_joined_files_repeat_their_header(tmp_path):
    """A row that is the header again is no row."""
    file = opened(tmp_path, "text,date\nGreat,2026-11-22\ntext,date\nBad,2026-11-23\n")
    assert [values["text"] for values in good(file)] == ["Great", "Bad"]


def test_nul_characters_are_left_out(tmp_path):
    """They neither end a field nor the file."""
    file = opened(tmp_path, 'text,date\n"nul\0inside",2026-11-22\nBad,2026-11-23\n')
    assert [values["text"] for values in good(file)] == ["nulinside", "Bad"]
    assert any("NUL" in note for note in file.notes)


def test_headerless_by_option(tmp_path):
    """`is_headerless` says what cannot be found out, either way."""
    content = "Great,nice\nBad,ugly\n"
    without = opened(tmp_path, content, options=ReadOptions(is_headerless=True))
    assert good(without)[0] == {"column 1": "Great", "column 2": "nice"}
    numbers = "1,2026-11-22\n2,2026-11-23\n"
    named = opened(tmp_path, numbers, options=ReadOptions(is_headerless=False))
    assert good(named) == [{"1": "2", "2026-11-22": "2026-11-23"}]


def test_the_position_grows_to_the_size(tmp_path):
    """And begins anew when the rows are read again."""
    file = opened(tmp_path, "text,date\n" + "Great,2026-11-22\n" * 50_000)
    rows = file.rows()
    next(rows)
    first = file.position
    assert 0 < first < file.size
    assert sum(1 for _ in rows) == 49_999
    assert file.position == file.size == (tmp_path / "reviews.csv").stat().st_size
    again = file.rows()
    next(again)
    assert file.position == first


def test_a_path_as_text(tmp_path):
    """A path may be a string."""
    (tmp_path / "a.csv").write_text("text,date\nGreat,2026-11-22\n")
    assert open_rows(str(tmp_path / "a.csv")).name == "a"
