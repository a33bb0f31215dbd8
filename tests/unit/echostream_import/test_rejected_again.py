"""Refused rows that are imported again: the same documents, and no other columns."""

import gzip
import json
from datetime import UTC, datetime

import openpyxl
import pytest

from echostream_import.documents.plan import Options, make_plan
from echostream_import.reading.opening import open_rows
from echostream_import.sending import rejected
from echostream_import.sending.journal import Spool

NOW = datetime(2026, 5, 20, tzinfo=UTC)
ROWS = [
    {"review": "I love it", "day": "2026-05-01", "stars": 5, "country": "de", "line": "a"},
    {"review": "It leaks, badly", "day": "2026-05-02", "stars": 1, "country": "fr", "line": "b"},
    {"review": "It leaks, badly", "day": "2026-05-02", "stars": 1, "country": "fr", "line": "b"},
]


def documents(path):
    """The documents of a file, and whether each is like an earlier one."""
    file = open_rows(path)
    plan = make_plan(file, Options(), NOW)
    return list(plan.documents(file.rows()))


def refuse_all(path, tmp_path):
    """A file with all rows of a file, as if they had been refused."""
    spool = Spool(tmp_path / "spool")
    parts = set()
    for one in documents(path):
        spool.append(rejected.entry(one.row, "refused"))
        parts.add(one.row.part)
    spool.flush()
    name = open_rows(path).name
    target = rejected.path_beside(path, name, tmp_path)
    assert rejected.write(spool, target, has_parts=len(parts) > 1)
    return target


def csv_file(path):
    lines = [",".join(str(value).join('""') for value in row.values()) for row in ROWS]
    path.write_text("\n".join([",".join(ROWS[0]), *lines]))


def json_lines(path):
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, ROWS)).encode()))


def workbook(path):
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Answers", 0)
    for values in (ROWS[0], *(row.values() for row in ROWS)):
        sheet.append(list(values))
    book.save(path)


@pytest.mark.parametrize(
    ("write", "name"),
    [(csv_file, "reviews.csv"), (json_lines, "reviews.jsonl.gz"), (workbook, "reviews.xlsx")],
)
def test_refused_rows_are_the_same_documents(tmp_path, write, name):
    """With their source, ids, ratings and attributes; equal rows stay two documents."""
    path = tmp_path / name
    write(path)
    before = [one.document for one in documents(path)]
    assert len({one["id"] for one in before}) == 3
    assert [one.document for one in documents(refuse_all(path, tmp_path))] == before


def test_refused_rows_of_a_folder_are_the_same_documents(tmp_path):
    """Each has the name of its file, of which its id depends."""
    folder = tmp_path / "exports"
    folder.mkdir()
    for name in ("a.csv", "b.csv"):
        csv_file(folder / name)
    before = [one.document for one in documents(folder)]
    assert len({one["id"] for one in before}) == 6
    target = refuse_all(folder, tmp_path)
    assert target == tmp_path / "exports.rejected.csv"
    assert [one.document for one in documents(target)] == before


def test_row_like_an_earlier_one_is_merged(tmp_path):
    """With its id and its text; another text is refused, however often it comes."""
    path = tmp_path / "reviews.csv"
    rows = ["7,good", "8,good", "7,good", "7,bad", "7,bad", "9,x", "10,y"]
    path.write_text("\n".join(["review_id,review", *rows]))
    found = documents(path)
    assert [one.is_merged for one in found] == [False, False, True, False, False, False, False]
    assert [bool(one.document) for one in found] == [True, True, True, False, False, True, True]
