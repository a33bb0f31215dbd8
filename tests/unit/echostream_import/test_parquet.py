"""Parquet files."""

import gzip
from datetime import UTC, datetime

import pyarrow
import pytest
from pyarrow import parquet

from echostream_import.reading.parquet import BATCH_ROWS
from echostream_import.rows import FileError
from tests.unit.echostream_import.files import good, opened

MOMENT = datetime(2026, 11, 23, 9, 5, 1, 250, tzinfo=UTC)


def written(path, **columns):
    """A Parquet file's bytes."""
    parquet.write_table(pyarrow.table(columns), path / "written", row_group_size=1_000)
    return (path / "written").read_bytes()


def test_typed_rows(tmp_path):
    """Text, bytes as text, times to the microsecond, numbers, lists and objects."""
    nanoseconds = pyarrow.array([MOMENT, None], pyarrow.timestamp("us", "UTC")).cast(
        pyarrow.timestamp("ns", "UTC")
    )
    data = written(
        tmp_path,
        text=["Great", "Bad"],
        raw=[b"caf\xc3\xa9", None],
        at=nanoseconds,
        stars=[5, None],
        tags=[["a"], []],
        user=[{"name": "x"}, {"name": None}],
        __index_level_0__=[0, 1],
    )
    file = opened(tmp_path, data, "reviews.csv")
    first, second = good(file)
    assert first == {
        "text": "Great", "raw": "café", "at": MOMENT, "stars": 5, "tags": ["a"],
        "user": {"name": "x"},
    }  # fmt: skip
    assert type(first["at"]) is datetime
    assert second["at"] is None
    assert second["raw"] is None
    assert list(file.columns) == ["text", "raw", "at", "stars", "tags", "user"]


def test_row_groups_and_batches(tmp_path):
    """All rows in order, with their numbers; and again; compressed once more, too."""
    count = 2 * BATCH_ROWS + 17
    data = written(tmp_path, n=list(range(count)), text=["x"] * count)
    file = opened(tmp_path, data, "a.parquet")
    for _ in range(2):
        assert [(row.line, row.values["n"]) for row in file.rows()] == [
            (n + 1, n) for n in range(count)
        ]
    assert file.position == file.size
    assert file.notes == [f"Parquet, {count:,} rows in 9 row group(s)"]
    assert len(good(opened(tmp_path, gzip.compress(data), "a.parquet.gz"))) == count


@pytest.mark.parametrize("cut", [0.5, 0.95])
def test_a_damaged_file(tmp_path, cut):
    """The message says so."""
    data = written(tmp_path, text=["Great"] * 5_000)
    with pytest.raises(FileError, match="Parquet"):
        list(opened(tmp_path, data[: int(len(data) * cut)], "a.parquet").rows())


def test_a_damaged_page(tmp_path):
    """Found while reading."""
    data = bytearray(written(tmp_path, text=[f"Great {n}" for n in range(5_000)]))
    data[20:400] = bytes(380)
    with pytest.raises(FileError, match="Parquet"):
        list(opened(tmp_path, bytes(data), "a.parquet").rows())


def test_without_rows(tmp_path):
    """No rows are an error, as for every file."""
    with pytest.raises(FileError, match="without rows"):
        opened(tmp_path, written(tmp_path, text=pyarrow.array([], pyarrow.string())), "a.parquet")
