"""Results that are stored on S3 and read page by page."""

import boto3
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from aws_companion.athena.execution import Column, QueryCancelled, Result, ScanMeter
from aws_companion.athena.results import (
    BLOCK,
    ResultUnavailable,
    csv_line,
    csv_rows,
    location,
    read,
    write,
)

BUCKET = "results"
ODD_CELLS = st.one_of(st.none(), st.text(alphabet='a",\n\r é\U0001f60d'), st.text())


@pytest.fixture
def s3():
    """A client of moto's S3, with the bucket of the results."""
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


def test_csv_distinguishes_null_from_an_empty_text():
    """Cells are quoted and quotes doubled; null has no quotes."""
    assert csv_line(["1", 'a"b', None, ""]) == '"1","a""b",,""\n'


@given(st.lists(st.lists(ODD_CELLS, min_size=1, max_size=4), max_size=5))
def test_csv_is_parsed_to_the_same_rows(rows):
    """Commas, quotes, line ends and nulls in any cell survive a round trip."""
    assert list(csv_rows("".join(csv_line(row) for row in rows))) == rows


@pytest.mark.parametrize(
    ("kind", "substatement", "place"),
    [
        ("DML", "SELECT", "s3://b/f/id.csv"),
        ("DML", "DELETE", "s3://b/f/id.csv"),
        ("DML", "EXPLAIN", "s3://b/f/id.txt"),
        ("DML", "INSERT", "s3://b/f/id"),
        ("DML", "UNLOAD", "s3://b/f/id"),
        ("DDL", "CREATE_TABLE_AS_SELECT", "s3://b/f/tables/id"),
        ("DDL", "CREATE_TABLE", "s3://b/f/id.txt"),
        ("UTILITY", "SHOW_TABLES", "s3://b/f/id.txt"),
    ],
)
def test_location_depends_on_the_kind_of_statement(kind, substatement, place):
    """A CSV file for queries, a text file for DDL, a prefix for statements that write."""
    assert location("s3://b/f", "id", kind, substatement) == place


def numbers(count):
    rows = pa.table(
        {"n": list(range(count)), "t": [f"a\n{n}" if n % 3 else None for n in range(count)]}
    )
    return Result("DML", "SELECT", (Column("n", "bigint"), Column("t", "varchar")), rows)


@pytest.mark.parametrize("count", [0, 1, BLOCK, BLOCK + 1, 2 * BLOCK + 500])
def test_csv_on_s3_is_read_by_ranges(s3, count):
    """The object is the whole CSV with a header; any range of rows can be read."""
    written = write(s3, f"s3://{BUCKET}/a b/x.csv", numbers(count))
    body = s3.get_object(Bucket=BUCKET, Key="a b/x.csv")["Body"].read()
    assert body.startswith(b'"n","t"\n')
    assert written.size == len(body)
    assert written.rows == count
    for start, stop in [(0, count), (0, 1), (BLOCK - 1, BLOCK + 1), (count - 1, count + 9)]:
        rows = read(s3, written, max(0, start), stop)
        assert [row[0] for row in rows] == [str(n) for n in range(count)[max(0, start) : stop]]
    assert read(s3, written, count, count + 5) == []


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.text(alphabet="a\n\t"), min_size=2, max_size=2), max_size=4))
def test_lines_on_s3_are_read_unchanged(s3, rows):
    """Tabs separate the columns of a row; a line end in a value starts a new row."""
    columns = (Column("a", "string"), Column("b", "string"))
    table = pa.table({"a": [a for a, _ in rows], "b": [b for _, b in rows]})
    written = write(s3, f"s3://{BUCKET}/x.txt", Result("UTILITY", "DESCRIBE_TABLE", columns, table))
    lines = [line for a, b in rows for line in f"{a}\t{b}".split("\n")]
    assert read(s3, written, 0, 1000) == [[line] for line in lines]
    assert s3.get_object(Bucket=BUCKET, Key="x.txt")["Body"].read().decode() == "\n".join(lines)


def test_many_lines_are_read_by_ranges(s3):
    """A range may start and end inside a block; lines may be empty."""
    lines = ["" if n % 7 == 0 else str(n) for n in range(2 * BLOCK + 1)]
    result = Result("UTILITY", "SHOW_TABLES", (Column("a", "string"),), pa.table({"a": lines}))
    written = write(s3, f"s3://{BUCKET}/x.txt", result)
    assert read(s3, written, BLOCK - 2, BLOCK + 2) == [[x] for x in lines[BLOCK - 2 : BLOCK + 2]]
    assert read(s3, written, 0, 9999) == [[line] for line in lines]


def test_manifest_lists_the_written_objects(s3):
    """One object per line; the response counts rows."""
    result = Result("DML", "INSERT", written=("s3://lake/a", "s3://lake/b"), updated=7)
    written = write(s3, f"s3://{BUCKET}/f/id", result)
    assert written.manifest == f"s3://{BUCKET}/f/id-manifest.csv"
    body = s3.get_object(Bucket=BUCKET, Key="f/id-manifest.csv")["Body"].read()
    assert body == b"s3://lake/a\ns3://lake/b\n"
    assert (written.rows, written.updated, written.columns) == (0, 7, (Column("rows", "bigint"),))


def test_missing_bucket_or_object_is_unavailable(s3):
    """`ResultUnavailable` names it."""
    with pytest.raises(ResultUnavailable, match="output bucket nowhere"):
        write(s3, "s3://nowhere/x.csv", numbers(1))
    written = write(s3, f"s3://{BUCKET}/x.csv", numbers(1))
    s3.delete_object(Bucket=BUCKET, Key="x.csv")
    with pytest.raises(ResultUnavailable, match=r"x\.csv"):
        read(s3, written, 0, 1)


def test_stop_interrupts_only_a_running_statement():
    """After a stop, `check` raises the reason, and the next statement is interrupted at once."""
    meter, calls = ScanMeter(), []
    with meter.interrupting(lambda: calls.append("now")):
        pass
    meter.stop("Query was cancelled")
    assert calls == []
    with pytest.raises(QueryCancelled, match="cancelled"):
        meter.check()
    with meter.interrupting(lambda: calls.append("at once")):
        assert calls == ["at once"]
