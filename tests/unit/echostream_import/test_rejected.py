"""The file of refused rows: where it is, and what Excel and another import read in it."""

import csv
import os
from datetime import date, datetime

import pytest

from echostream_import.rows import Row
from echostream_import.sending import rejected
from echostream_import.sending.journal import Spool


@pytest.fixture
def write(tmp_path):
    """A function that writes rows, each a part, a line and values; the cells of the file."""

    def write(*rows, has_parts=False):
        spool, path = Spool(tmp_path / "spool"), tmp_path / "a.csv.rejected.csv"
        spool.cut(0)
        for part, line, values in rows:
            spool.append(rejected.entry(Row(part, line, values), f"reason {line}"))
        spool.flush()
        assert rejected.write(spool, path, has_parts=has_parts) == bool(rows) == path.exists()
        if not rows:
            return None
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        with path.open(newline="", encoding="utf-8-sig") as lines:
            return list(csv.reader(lines))

    return write


def test_rows_have_their_line_the_reason_and_their_values(write):
    """In the columns of all rows, in the order of their first appearance."""
    first = {"text": 'a "b"\nc,', "n": ""}
    assert write(("a", 2, first), ("a", 9, {"extra": "é", "text": "x"})) == [
        ["line", "reason", "text", "n", "extra"],
        ["2", "reason 2", 'a "b"\nc,', "", ""],
        ["9", "reason 9", "x", "", "é"],
    ]


def test_rows_of_several_files_name_them(write):
    """A folder, or an archive."""
    rows = write(("a.csv", 2, {"text": "x"}), ("b.csv", 2, {"text": "y"}), has_parts=True)
    assert rows[0] == ["file", "line", "reason", "text"]
    assert [row[0] for row in rows[1:]] == ["a.csv", "b.csv"]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "true"),
        (5, "5"),
        (4.5, "4.5"),
        ({"name": "Zoë", "n": [1]}, '{"n": [1], "name": "Zoë"}'),
        (datetime(2026, 11, 24, 9, 30), "2026-11-24T09:30:00"),
        (date(2026, 11, 24), "2026-11-24"),
        ("  as it is ", "  as it is "),
        ("=1+1", "=1+1"),
        ("half \ud83d", "half \\ud83d"),
    ],
)
def test_value_is_written_as_it_was_read(write, value, cell):
    """What is not text, in a form that an import reads."""
    assert write(("a", 2, {"v": value}))[1] == ["2", "reason 2", cell]


def test_file_of_an_earlier_import_is_removed(write):
    """If no row is refused any more."""
    write(("a", 2, {"text": "x"}))
    assert write() is None


def test_file_is_beside_the_imported_one(tmp_path, monkeypatch):
    """Of a folder and a stream in the working directory, also if the folder cannot be written."""
    file, here = tmp_path / "reviews.csv.gz", tmp_path / "here"
    file.write_text("")
    beside = tmp_path / "reviews.csv.gz.rejected.csv"
    assert rejected.path_beside(file, "reviews", here) == beside
    assert rejected.path_beside(tmp_path, "folder", here) == here / "folder.rejected.csv"
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert rejected.path_beside(file, "reviews", here) == here / beside.name
