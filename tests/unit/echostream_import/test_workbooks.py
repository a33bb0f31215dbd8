"""Excel workbooks."""

import gzip
import io
import zipfile
from datetime import datetime

import openpyxl
import pytest

from echostream_import.reading.opening import open_rows
from echostream_import.rows import FileError
from tests.unit.echostream_import.files import bad, good, opened, zipped

MOMENT = datetime(2026, 11, 23, 9, 5)


def workbook(**sheets):
    """A workbook's bytes; each sheet is a list of rows."""
    book = openpyxl.Workbook()
    book.remove(book["Sheet"])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


ROWS = [["Review Text", "Date", "Stars"], ["Great", MOMENT, 5], [], ["Bad", None, 1.5]]
EXPECTED = [
    {"Review Text": "Great", "Date": MOMENT, "Stars": 5},
    {"Review Text": "Bad", "Date": None, "Stars": 1.5},
]


@pytest.mark.parametrize("name", ["reviews.xlsx", "reviews.csv", "reviews.zip"])
def test_typed_rows(tmp_path, name):
    """Times are times, numbers are numbers; empty rows are none; the row's number is kept."""
    file = opened(tmp_path, workbook(Reviews=ROWS), name)
    assert good(file) == EXPECTED
    assert [row.line for row in file.rows()] == [2, 4]
    assert list(file.columns) == ["Review Text", "Date", "Stars"]
    assert file.position == file.size


def test_the_first_sheet_with_rows(tmp_path):
    """The notes name it, and the others."""
    file = opened(tmp_path, workbook(Cover=[], Data=ROWS, More=ROWS), "a.xlsx")
    assert good(file) == EXPECTED
    assert file.notes[0] == "Excel workbook, sheet Data; left out: Cover, More"


def test_hidden_sheets_are_the_last(tmp_path):
    """People do not mean what they do not see."""
    book = openpyxl.load_workbook(io.BytesIO(workbook(Old=ROWS[:2], Data=ROWS)))
    book["Old"].sheet_state = "hidden"
    book.active = 1
    book.save(tmp_path / "a.xlsx")
    file = open_rows(tmp_path / "a.xlsx")
    assert good(file) == EXPECTED
    assert file.notes[0] == "Excel workbook, sheet Data; left out: Old"


def test_names_and_titles(tmp_path):
    """A title above the names, a column without a name, and two of one name."""
    rows = [["Report"], [], ["text", "text", None, "n"], ["a", "b", "c", 1], ["d", "e", None, 2]]
    file = opened(tmp_path, workbook(Data=rows), "a.xlsx")
    assert good(file) == [
        {"text": "a", "text (2)": "b", "column 3": "c", "n": 1},
        {"text": "d", "text (2)": "e", "n": 2},
    ]


def test_without_a_header(tmp_path):
    """Values in the first row are a row."""
    file = opened(tmp_path, workbook(Data=[["Great", MOMENT], ["Bad", MOMENT]]), "a.xlsx")
    assert good(file)[0] == {"column 1": "Great", "column 2": MOMENT}


def test_in_archives_and_compressed(tmp_path):
    """A workbook as a member, and one that is compressed once more."""
    zipped(tmp_path / "a.zip", {"x/reviews.xlsx": workbook(Data=ROWS)})
    assert good(opened(tmp_path, (tmp_path / "a.zip").read_bytes(), "b.zip")) == EXPECTED
    assert good(opened(tmp_path, gzip.compress(workbook(Data=ROWS)), "c.xlsx.gz")) == EXPECTED


def _damaged(member, content):
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(Data=ROWS))) as old, zipfile.ZipFile(data, "w") as new:
        for name in old.namelist():
            if name != member or content is not None:
                new.writestr(name, content if name == member else old.read(name))
    return data.getvalue()


@pytest.mark.parametrize(
    ("member", "content"),
    [
        ("xl/workbook.xml", None),
        ("xl/worksheets/sheet1.xml", None),
        ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row"),
        ("[Content_Types].xml", b"not xml"),
        ("xl/workbook.xml", b"<html></html>"),
    ],
)
def test_damaged_workbooks(tmp_path, member, content):
    """The message says so and what to do; nothing of encodings."""
    with pytest.raises(FileError, match=r"workbook.*save it again as .xlsx or .csv") as refused:
        list(opened(tmp_path, _damaged(member, content), "a.xlsx").rows())
    assert "ncoding" not in str(refused.value)


def test_a_workbook_that_is_cut_off(tmp_path):
    """It has no directory of its members."""
    data = workbook(Data=ROWS)
    with pytest.raises(FileError, match="cut off"):
        opened(tmp_path, data[: len(data) // 2], "a.xlsx")


def test_empty_workbooks_and_other_documents(tmp_path):
    """They have no rows; the message names what it is."""
    with pytest.raises(FileError, match="without rows"):
        opened(tmp_path, workbook(Data=[]), "a.xlsx")
    zipped(tmp_path / "a.docx", {"[Content_Types].xml": "x", "word/document.xml": "x"})
    with pytest.raises(FileError, match="a Word document"):
        opened(tmp_path, (tmp_path / "a.docx").read_bytes(), "b.xlsx")


def test_rows_longer_than_the_header(tmp_path):
    """A value beyond the names is a problem."""
    rows = [["text", "n"], *[["a", 1]] * 300, ["b", 2, "beyond"]]
    file = opened(tmp_path, workbook(Data=rows), "a.xlsx")
    assert [(row.line, row.problem) for row in bad(file)] == [
        (302, "3 fields, but the header names 2")
    ]
