"""Files, folders, archives, standard input and uploads."""
# ruff: noqa: RUF001 (letters and signs of other scripts are what is tested)

import bz2
import gc
import gzip
import io
import json
import lzma
import os
import zipfile
from pathlib import Path

import pytest

from echostream_import.reading import parts
from echostream_import.reading.opening import ReadOptions, open_rows
from echostream_import.reading.parts import Progress
from echostream_import.rows import FileError
from tests.unit.echostream_import.files import bad, good, opened, zipped

CSV = b"text,date\nGreat,2026-11-23\nBad,2026-11-24\n"
ROWS = [{"text": "Great", "date": "2026-11-23"}, {"text": "Bad", "date": "2026-11-24"}]
LINE = json.dumps({"text": "Line"}) + "\n"


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("name", ["reviews.csv.gz", "reviews.csv"])
def test_compressed_files(tmp_path, compress, name):
    """By their content; the position counts compressed bytes."""
    file = opened(tmp_path, compress(CSV * 1), name)
    assert good(file) == ROWS
    assert file.name == "reviews"
    assert file.position == file.size == (tmp_path / name).stat().st_size


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("reviews.csv.gz", "reviews"),
        ("v1.2 reviews.csv", "v1.2 reviews"),
        ("reviews.rejected.csv", "reviews.rejected"),
        ("My Reviews (1).CSV", "My Reviews (1)"),
        ("reviews", "reviews"),
    ],
)
def test_names(tmp_path, name, stem):
    """Without the endings of formats, and only these."""
    file = opened(tmp_path, CSV, name)
    assert file.name == stem
    assert {row.part for row in file.rows()} == {name}


def test_a_folder(tmp_path):
    """All files below it in order; hidden ones and those without rows are left out."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "b.csv").write_bytes(CSV)
    (tmp_path / "a.jsonl").write_text(LINE)
    (tmp_path / "sub" / "c.csv.gz").write_bytes(gzip.compress(CSV))
    (tmp_path / "page.html").write_text("<html></html>")
    (tmp_path / ".hidden.csv").write_bytes(CSV)
    (tmp_path / "broken.csv").write_bytes(b"")
    file = open_rows(tmp_path)
    assert [row.part for row in file.rows()] == ["a.jsonl", *["b.csv"] * 2, *["c.csv.gz"] * 2]
    assert file.name == tmp_path.name
    assert list(file.columns) == ["text", "date"]
    assert file.position == file.size
    assert "1 files are no rows (pages, pictures and the like)" in file.notes
    assert "not read: broken.csv: empty" in file.notes


def test_an_archive(tmp_path):
    """Members in order of name, also compressed ones; what macOS adds is left out."""
    path = zipped(
        tmp_path / "export.zip",
        {
            "b/reviews.csv": CSV,
            "a.jsonl": LINE,
            "c.csv.gz": gzip.compress(CSV),
            "__MACOSX/._a.jsonl": b"\0\5\26\7",
            "b/.DS_Store": b"x",
            "index.html": "<html></html>",
            "inner.zip": b"PK\x05\x06" + bytes(18),
        },
    )
    file = open_rows(path)
    found = list(file.rows())
    assert [row.part for row in found] == ["a.jsonl", *["reviews.csv"] * 2, *["c.csv.gz"] * 2]
    assert [row.values for row in found[1:3]] == ROWS
    assert file.name == "export"
    assert any("inner.zip" in note and "archive within" in note for note in file.notes)
    assert file.position == file.size
    assert [row.part for row in file.rows()] == [row.part for row in found]


def test_the_position_in_an_archive_grows(tmp_path):
    """Whatever the order in which members lie in it."""
    lines = "".join(json.dumps({"n": n, "text": str(n * 7919)}) + "\n" for n in range(20_000))
    file = open_rows(zipped(tmp_path / "a.zip", {"b.jsonl": lines, "a.jsonl": lines}))
    positions = [file.position for _ in file.rows()]
    assert positions == sorted(positions)
    assert 0 < positions[10_000] < positions[30_000] < file.size


def test_an_archive_of_twitter(tmp_path):
    """Its tweets are the rows; its other scripts, pages and pictures are not."""
    tweet = {"tweet": {"id_str": "1", "full_text": "Great"}}
    other = {"like": {"fullText": "someone else's"}}
    path = zipped(
        tmp_path / "twitter.zip",
        {
            "data/tweets.js": "window.YTD.tweets.part0 = " + json.dumps([tweet]),
            "data/tweets-part1.js": "window.YTD.tweets.part1 = " + json.dumps([tweet]),
            "data/like.js": "window.YTD.like.part0 = " + json.dumps([other]),
            "data/manifest.js": "window.__THAR_CONFIG = {}",
            "data/tweets_media/1.jpg": b"\xff\xd8\xff",
            "Your archive.html": "<html></html>",
        },
    )
    file = open_rows(path)
    assert good(file) == [tweet["tweet"]] * 2
    assert bad(file) == []
    assert "2 files are no rows (pages, pictures and the like)" in file.notes
    assert any("2 others are not" in note for note in file.notes)


def test_a_damaged_member_is_no_end_of_the_others(tmp_path):
    """Its bytes do not fit their checksum: a note, and the others are rows."""
    path = zipped(tmp_path / "a.zip", {"a.csv": CSV, "b.csv": CSV * 50, "c.csv": CSV})
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        data[archive.getinfo("b.csv").header_offset + 40] ^= 0xFF
    path.write_bytes(data)
    file = open_rows(path)
    assert good(file) == ROWS * 2
    assert any(note.startswith("not read: ") and "b.csv: damaged" in note for note in file.notes)


def test_a_part_that_fails_later_is_a_row_with_a_problem(tmp_path):
    """The rows of the other parts follow."""
    (tmp_path / "a.csv").write_bytes(CSV)
    (tmp_path / "b.csv").write_bytes(CSV)
    file = open_rows(tmp_path)
    (tmp_path / "a.csv").unlink()
    assert good(file) == ROWS
    [row] = bad(file)
    assert (row.part, row.line) == ("a.csv", 1)
    assert "cannot read" in row.problem


def test_an_encrypted_archive(tmp_path):
    """The message says so."""
    path = zipped(tmp_path / "a.zip", {"a.csv": CSV})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(FileError, match="encrypted; unpack it with its password"):
        open_rows(path)


@pytest.mark.parametrize("name", ["a.zip", "a.csv.gz"])
def test_what_expands_beyond_measure_is_refused(tmp_path, monkeypatch, name):
    """More than 200-fold above a bound, which is small for this test."""
    monkeypatch.setattr(parts, "MAX_EXPANDED", 1_000_000)
    content = b"text\n" + b"a" * 5_000_000
    path = tmp_path / name
    if name.endswith(".zip"):
        zipped(path, {"a.csv": content})
    else:
        path.write_bytes(gzip.compress(content))
    with pytest.raises(FileError, match="as attacks do"):
        open_rows(path)


@pytest.mark.parametrize("name", ["a.zip", "a.csv.gz"])
def test_compressed_texts_are_read_above_the_bound(tmp_path, monkeypatch, name):
    """What shrinks as texts do is no attack."""
    monkeypatch.setattr(parts, "MAX_EXPANDED", 100_000)
    content = b"text,date\n" + b"".join(b"%d good,2026-11-23\n" % n for n in range(20_000))
    path = tmp_path / name
    if name.endswith(".zip"):
        zipped(path, {"a.csv": content})
    else:
        path.write_bytes(gzip.compress(content))
    assert len(good(open_rows(path))) == 20_000


def test_a_compressed_file_that_is_cut_off(tmp_path):
    """The message says what to do."""
    content = gzip.compress(b"".join(b"%d,%d\n" % (n, n * 7919) for n in range(100_000)))
    with pytest.raises(FileError, match=r"damaged or cut off.*get the file again"):
        opened(tmp_path, content[: len(content) // 2], "a.csv.gz")


@pytest.mark.parametrize("is_seekable", [True, False])
def test_standard_input(is_seekable):
    """It is kept in a temporary file, so that rows can be read again."""
    stream = io.BytesIO(CSV)
    if not is_seekable:
        stream.seekable = lambda: False  # type: ignore[method-assign]
    file = open_rows("-", stream=stream)
    assert good(file) == good(file) == ROWS
    assert file.name == "standard input"


def test_an_upload():
    """A stream with a file's name; its temporary file goes with it."""
    file = open_rows("-", stream=io.BytesIO(gzip.compress(CSV)), name="C:\\x\\reviews.csv.gz")
    assert (file.name, good(file)) == ("reviews", ROWS)
    [kept] = file._kept  # type: ignore[attr-defined]
    path = Path(kept.name)
    assert path.exists()
    del file, kept
    gc.collect()
    assert not path.exists()
    assert good(open_rows("sub/reviews.csv", stream=io.BytesIO(CSV))) == ROWS


def test_an_uploaded_archive(tmp_path):
    """An archive from a stream."""
    data = zipped(tmp_path / "a.zip", {"a.csv": CSV}).read_bytes()
    file = open_rows("-", stream=io.BytesIO(data), name="export.zip")
    assert (file.name, good(file)) == ("export", ROWS)


def test_files_that_are_not_there(tmp_path):
    """The messages name the option and the path."""
    with pytest.raises(FileError, match=r"FILE: .*missing.csv does not exist"):
        open_rows(tmp_path / "missing.csv")
    with pytest.raises(FileError, match="no file of rows in this folder"):
        open_rows(tmp_path)
    with pytest.raises(FileError, match="standard input"):
        open_rows("-")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="pipe is no file and no folder"):
        open_rows(tmp_path / "pipe")


FOREIGN = {
    "PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
    "old Excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "PNG": b"\x89PNG\r\n\x1a\n",
    "JPEG": b"\xff\xd8\xff\xe0",
    "zstd": b"\x28\xb5\x2f\xfd\x04",
    "7z": b"7z\xbc\xaf\x27\x1c",
    "SQLite": b"SQLite format 3\0",
    "tar archive": bytes(257) + b"ustar" + bytes(300),
    "web page": b"\n<!DOCTYPE html><html><table><tr><td>text</td></tr></table></html>",
    "XML": b'<?xml version="1.0"?><reviews/>',
    "rich-text": b"{\\rtf1\\ansi}",
    "neither text": bytes(range(256)) * 20,
    "empty": b"",
    "no rows": b"\n\n \n",
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("name", ["reviews.csv", "reviews.xlsx", "reviews.json"])
def test_what_is_no_file_of_rows(tmp_path, kind, name):
    """The message names what it is and the fix, and no encoding."""
    with pytest.raises(FileError, match=kind) as refused:
        opened(tmp_path, FOREIGN[kind], name)
    assert "ENCODING" not in str(refused.value)


def test_options_reach_each_part(tmp_path):
    """An encoding and a missing header hold for all files of a folder."""
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes("цена,хорошо\nплохо,дорого\n".encode("cp1251"))
    file = open_rows(tmp_path, ReadOptions("cp1251", is_headerless=True))
    assert good(file)[2] == {"column 1": "цена", "column 2": "хорошо"}


class BeingClosed(io.BytesIO):
    """A file whose descriptor another thread has closed already."""

    def tell(self):
        raise OSError("bad file descriptor")


def test_progress_is_known_while_a_file_is_closed():
    """Another thread may ask at any moment."""
    progress = Progress()
    handle = io.BytesIO(b"text")
    progress.begin(handle, 1, 10)
    handle.read()
    assert progress.position == 3
    handle.close()
    assert progress.position == 0
    progress.begin(BeingClosed(), 0, 10)
    assert progress.position == 0
