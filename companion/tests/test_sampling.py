"""Samples of objects: formats, damaged objects, and the types of columns."""

import gzip
import io
import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_companion.crawler.crawl import glob_expression
from aws_companion.crawler.objects import S3Object, UnusableObject
from aws_companion.crawler.sampling import SampleReader
from aws_companion.crawler.schema import hive, of_json, widest


def parquet_file():
    """The bytes of a small Parquet file."""
    file = io.BytesIO()
    pq.write_table(pa.table({"id": ["a", "b"], "n": [1, 2]}), file)
    return file.getvalue()


PARQUET_FILE = parquet_file()


class OneObject:
    """A client of S3 that returns ranges of one object."""

    def __init__(self, body):
        self._body = body

    def get_object(self, Range, **_):  # noqa: N803
        first, last = Range.removeprefix("bytes=").split("-")
        return {"Body": io.BytesIO(self._body[int(first) : int(last) + 1])}


def sample(key, body):
    with SampleReader(OneObject(body)) as reader:
        return reader.sample(S3Object("lake", key, len(body), "etag"))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.just(0.5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(min_size=1), inner),
    max_leaves=5,
)
NAMES = st.text("abcdxyz_", min_size=1, max_size=4)
LINES = st.lists(st.dictionaries(NAMES, VALUES, min_size=1, max_size=4), min_size=1, max_size=4)


def lines_of(rows):
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def damaged(body, place, byte):
    """A body with one byte replaced; for every second value it ends there."""
    place %= len(body)
    return body[:place] + bytes([byte]) + (body[place + 1 :] if byte % 2 else b"")


@settings(max_examples=40)
@given(LINES, st.booleans())
def test_any_json_lines_are_read(rows, is_packed):
    """Each object is a record; each name in one is a column with a type of Hive."""
    body = lines_of(rows)
    if is_packed:
        schema = sample("a.json.gz", gzip.compress(body, mtime=0))
    else:
        schema = sample("a.json", body)
    assert schema.records == len(rows)
    assert schema.columns.keys() == {name for row in rows for name in row}
    assert not [kind for kind in schema.columns.values() if not hive(kind)]


ANY_BODY = st.binary(min_size=1, max_size=60) | st.text('{}[]",:;1a\n\t\r', min_size=1).map(
    str.encode
)
DAMAGED_LINES = st.builds(damaged, LINES.map(lines_of), st.integers(0), st.integers(0, 255))
DAMAGED_PARQUET = st.builds(damaged, st.just(PARQUET_FILE), st.integers(0), st.integers(0, 255))
CELLS = st.lists(st.sampled_from(["1", "2.5", "a b", '"a,b"', "", "2026-01-31"]), max_size=3)
ROWS = st.lists(CELLS.map(",".join), min_size=1, max_size=4)
ANY_CSV = ROWS.map("\n".join).filter(bool).map(str.encode)
OBJECTS = st.one_of(
    st.tuples(st.sampled_from(["a.json", "a.csv", "a.parquet", "a", "a.tsv"]), ANY_BODY),
    st.tuples(st.just("a.json"), LINES.map(lines_of) | DAMAGED_LINES),
    st.tuples(st.just("a.csv"), ANY_CSV),
    st.tuples(st.just("a.parquet"), st.just(PARQUET_FILE) | DAMAGED_PARQUET),
)
"""Keys and bodies, of which about half can be read."""


def test_any_object_is_read_or_left_out():
    """No content ends a crawl, with or without gzip, also if one byte of a good object changes."""
    read, refused = set(), set()

    @settings(max_examples=200, derandomize=True)
    @given(OBJECTS, st.booleans())
    def check(item, is_packed):
        key, body = item
        if is_packed:
            key, body = f"{key}.gz", gzip.compress(body, mtime=0)
        try:
            schema = sample(key, body)
        except UnusableObject:
            refused.add((key, body))
        else:
            read.add((key, body))
            assert not [kind for kind in schema.columns.values() if not hive(kind)]

    check()
    assert {key for key, _ in read} >= {"a.json", "a.json.gz", "a.csv", "a.csv.gz", "a.parquet"}
    assert {key for key, _ in refused} >= {"a.json", "a.csv", "a.parquet"}
    assert len(read) > 30


def test_large_objects_are_sampled_at_their_start():
    """Only whole lines of the first megabyte are read; totals are estimated, also for gzip."""
    line = b'{"id": "0123456789", "n": 1}\n'
    text = line * 100_000
    for key, body in (("a.json", text), ("a.json.gz", gzip.compress(text, mtime=0))):
        schema = sample(key, body)
        assert schema.records == pytest.approx(100_000, rel=0.01)
        assert schema.record_bytes == len(line)
    with pytest.raises(UnusableObject, match="first line is longer"):
        sample("a.json", b'{"id": "' + b"x" * 2_000_000 + b'"}')


def test_unusual_texts_are_read():
    """Several gzip members and carriage returns; deep nesting makes its object unusable."""
    assert sample("a.json.gz", gzip.compress(b'{"a": 1}\n') * 3).records == 3
    assert sample("a.csv", b"id,name\r\n1,x\r\n2,y\r\n").columns == {
        "id": "bigint",
        "name": "string",
    }
    deep = b'{"a":' * 5000 + b"1" + b"}" * 5000
    with pytest.raises(UnusableObject):
        sample("a.json", deep)


@pytest.mark.parametrize(
    ("glob", "key", "matches"),
    [
        ("*.csv", "a.csv", True),
        ("*.csv", "b/a.csv", False),
        ("**.csv", "b/a.csv", True),
        ("[ab]?.csv", "a1.csv", True),
        ("[!a].csv", "a.csv", False),
        ("{raw,tmp}/**", "tmp/x/y", True),
        ("a,b", "a,b", True),
        ("a.c", "abc", False),
    ],
)
def test_glob_matches_like_glue(glob, key, matches):
    """One asterisk matches within a folder, two match across folders."""
    assert bool(re.fullmatch(glob_expression(glob), key)) is matches


types = st.recursive(
    st.sampled_from(["VARCHAR", "UBIGINT", "DOUBLE", "BOOLEAN", "NULL", "JSON"]),
    lambda inner: st.lists(inner, max_size=1) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
).map(of_json)


@given(types, types)
def test_widening_does_not_depend_on_the_order(one, other):
    """It is symmetric up to the order of fields, and idempotent."""
    wide = widest(one, other)
    assert sorted(hive(wide)) == sorted(hive(widest(other, one)))
    assert widest(wide, one) == widest(wide, other) == wide


def test_types_without_a_hive_name_are_strings():
    """Empty structs and structs with unsafe field names."""
    assert hive(of_json({})) == "string"
    assert hive(of_json([{"a:b": "VARCHAR"}])) == "array<string>"
