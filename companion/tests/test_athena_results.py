"""Values in Athena's format; results that are stored on S3 and read page by page."""

import struct
from datetime import UTC, date, datetime, time
from decimal import Decimal

import boto3
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from aws_companion.athena.column_types import TrinoType, column_info, parse_type
from aws_companion.athena.execution import Column, QueryCancelled, Result, ScanMeter
from aws_companion.athena.java_floats import java_double, java_float
from aws_companion.athena.results import (
    BLOCK,
    ResultUnavailable,
    csv_line,
    csv_rows,
    location,
    read,
    write,
)
from aws_companion.athena.value_format import format_values

BUCKET = "results"
DAY = datetime(2026, 1, 31, 9, 30)
FINE = DAY.replace(microsecond=123456)
ZONED = DAY.replace(tzinfo=UTC)
WITH_ZONE = "timestamp with time zone"
MICRO = pa.timestamp("us")
TEXT, LONG = pa.string(), pa.int64()
INTERVAL = pa.month_day_nano_interval()
PAIR = pa.struct({"a": LONG, "b": TEXT})
NESTED = pa.list_(pa.struct({"at": MICRO, "n": pa.map_(TEXT, pa.list_(pa.binary()))}))
ODD_CELLS = st.one_of(st.none(), st.text(alphabet='a",\n\r é\U0001f60d'), st.text())


@pytest.fixture
def s3():
    """A client of moto's S3, with the bucket of the results."""
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


def formatted(values, arrow, trino):
    return format_values(pa.array(values, arrow), parse_type(trino))


@pytest.mark.parametrize(
    ("value", "arrow", "trino", "text"),
    [
        (True, pa.bool_(), "boolean", "true"),
        (False, pa.bool_(), "boolean", "false"),
        (-(2**63), LONG, "bigint", "-9223372036854775808"),
        (7, pa.int8(), "tinyint", "7"),
        (1.0, pa.float64(), "double", "1.0"),
        (3, LONG, "double", "3.0"),
        (0.1, pa.float32(), "real", "0.1"),
        (16777216.0, pa.float32(), "real", "1.6777216E7"),
        (Decimal("1.50"), pa.decimal128(10, 2), "decimal(10,2)", "1.50"),
        (Decimal("1.5"), pa.decimal128(10, 1), "decimal(10,3)", "1.500"),
        (Decimal("-0.00000001"), pa.decimal128(20, 8), "decimal(20,8)", "-0.00000001"),
        (date(2026, 1, 31), pa.date32(), "date", "2026-01-31"),
        (date(1, 1, 1), pa.date32(), "date", "0001-01-01"),
        (time(9, 30, 0, 120000), pa.time64("us"), "time", "09:30:00.120"),
        (time(9, 30), pa.time32("s"), "time(0)", "09:30:00"),
        (DAY, MICRO, "timestamp", "2026-01-31 09:30:00.000"),
        (DAY, pa.timestamp("s"), "timestamp(3)", "2026-01-31 09:30:00.000"),
        (DAY, MICRO, "timestamp(0)", "2026-01-31 09:30:00"),
        (FINE, MICRO, "timestamp", "2026-01-31 09:30:00.123"),
        (FINE, MICRO, "timestamp(6)", "2026-01-31 09:30:00.123456"),
        (-1, pa.timestamp("ns"), "timestamp(9)", "1969-12-31 23:59:59.999999999"),
        (date(2026, 1, 31), pa.date32(), "timestamp", "2026-01-31 00:00:00.000"),
        (
            ZONED,
            pa.timestamp("us", "UTC"),
            "timestamp(3) with time zone",
            "2026-01-31 09:30:00.000 UTC",
        ),
        (ZONED, pa.timestamp("us", "Etc/UTC"), WITH_ZONE, "2026-01-31 09:30:00.000 UTC"),
        (ZONED, pa.timestamp("us", "-02:30"), WITH_ZONE, "2026-01-31 07:00:00.000 -02:30"),
        (
            ZONED,
            pa.timestamp("us", "Europe/Berlin"),
            "timestamp(0) with time zone",
            "2026-01-31 10:30:00 Europe/Berlin",
        ),
        ('a "b", é\n', TEXT, "varchar", 'a "b", é\n'),
        ("", TEXT, "varchar(3)", ""),
        ('{"a":[1]}', TEXT, "json", '{"a":[1]}'),
        (b"\xca\xfe", pa.binary(), "varbinary", "ca fe"),
        (b"", pa.binary(), "varbinary", ""),
        ([1, None, 3], pa.list_(pa.int32()), "array(integer)", "[1, null, 3]"),
        ([], pa.list_(pa.int32()), "array(integer)", "[]"),
        (["a, b", ""], pa.list_(TEXT), "array(varchar)", "[a, b, ]"),
        ([1, 2], pa.list_(pa.int32(), 2), "array(integer)", "[1, 2]"),
        ([[1.5], None], pa.list_(pa.list_(pa.float64())), "array(array(double))", "[[1.5], null]"),
        ([[1.5]], pa.list_(pa.list_(pa.float64())), "array", "[[1.5]]"),
        (
            [("k2", "w"), ("k", None)],
            pa.map_(TEXT, TEXT),
            "map(varchar, varchar)",
            "{k=null, k2=w}",
        ),
        ([(10, "b"), (9, "a")], pa.map_(LONG, TEXT), "map(bigint, varchar)", "{9=a, 10=b}"),
        ({"a": 1, "b": "x"}, PAIR, "row(a bigint, b varchar)", "{a=1, b=x}"),
        ({"a": 1, "b": None}, PAIR, "row", "{a=1, b=null}"),
        ({"a": 1, "b": "x"}, PAIR, "row(bigint, varchar)", "{1, x}"),
        (
            [{"at": DAY, "n": [("k", [b"\x01"])]}],
            NESTED,
            'array(row("the at" timestamp(3), n map(varchar, array(varbinary))))',
            "[{the at=2026-01-31 09:30:00.000, n={k=[01]}}]",
        ),
        ("x", pa.dictionary(pa.int8(), TEXT), "varchar", "x"),
        ("0190-uuid", TEXT, "uuid", "0190-uuid"),
        (5, LONG, "varchar", "5"),
        (1.0, pa.float64(), "json", "1.0"),
        (2**64 - 1, pa.uint64(), "bigint", "18446744073709551615"),
        ((0, 2, 11_045_678_000_000), INTERVAL, "interval day to second", "2 03:04:05.678"),
        ((0, 0, -1_000_000), INTERVAL, "interval day to second", "-0 00:00:00.001"),
        ((18, 0, 0), INTERVAL, "interval year to month", "1-6"),
    ],
)
def test_values_have_the_format_of_athena(value, arrow, trino, text):
    """Each type: one value, with a null, and in a slice of an array."""
    assert formatted([value, None], arrow, trino) == [text, None]
    assert format_values(pa.array([None, value, value], arrow).slice(2), parse_type(trino)) == [
        text
    ]
    assert format_values(pa.array([value], arrow).slice(1), parse_type(trino)) == []


def test_column_of_nulls_has_no_texts():
    """`SELECT NULL` has the type null in Arrow."""
    assert formatted([None, None], pa.null(), "unknown") == [None, None]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (100.0, "100.0"),
        (0.1 + 0.2, "0.30000000000000004"),
        (0.001, "0.001"),
        (0.00099, "9.9E-4"),
        (-1e-5, "-1.0E-5"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (12345678.5, "1.23456785E7"),
        (1e10, "1.0E10"),
        (1e23, "1.0E23"),
        (1.7976931348623157e308, "1.7976931348623157E308"),
        (5e-324, "4.9E-324"),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
    ],
)
def test_doubles_have_the_format_of_java(value, text):
    """No exponent from 1e-3 up to 1e7; at least one digit after the point."""
    assert java_double(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1, "0.1"), (1.4e-45, "1.4E-45"), (3.4028235e38, "3.4028235E38"), (1e10, "1.0E10")],
)
def test_reals_have_the_digits_of_32_bits(value, text):
    """The text is that of `Float.toString`, not of the double with the same value."""
    assert java_float(struct.unpack("f", struct.pack("f", value))[0]) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_formatted_double_is_parsed_to_the_same_value(value):
    """The text has Java's form."""
    text = java_double(value)
    assert float(text) == value
    mantissa, _, exponent = text.partition("E")
    assert mantissa.partition(".")[2]
    assert bool(exponent) == (value != 0 and not 1e-3 <= abs(value) < 1e7)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_formatted_real_is_parsed_to_the_same_value(value):
    """As a 32-bit float."""
    assert struct.pack("f", float(java_float(value))) == struct.pack("f", value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("VARCHAR(10)", TrinoType("varchar", (10,))),
        ("decimal(10, 2)", TrinoType("decimal", (10, 2))),
        ("timestamp(6) with time zone", TrinoType("timestamp with time zone", (6,))),
        (
            'row(a bigint, "b ""c, (" double)',
            TrinoType("row", (), (TrinoType("bigint"), TrinoType("double")), ("a", 'b "c, (')),
        ),
        (
            "row(timestamp(3) with time zone, double precision)",
            TrinoType(
                "row",
                (),
                (TrinoType("timestamp with time zone", (3,)), TrinoType("double precision")),
                (None, None),
            ),
        ),
        (
            "map(varchar(5), array(date))",
            TrinoType(
                "map",
                (),
                (TrinoType("varchar", (5,)), TrinoType("array", (), (TrinoType("date"),))),
            ),
        ),
    ],
)
def test_types_are_parsed(text, kind):
    """Quoted names, types of several words, and numbers, at any depth."""
    assert parse_type(text) == kind


@pytest.mark.parametrize(
    ("trino", "name", "precision", "scale", "is_case_sensitive"),
    [
        ("varchar", "varchar", 2147483647, 0, True),
        ("varchar(10)", "varchar", 10, 0, True),
        ("char(3)", "char", 3, 0, True),
        ("bigint", "bigint", 19, 0, False),
        ("integer", "integer", 10, 0, False),
        ("smallint", "smallint", 5, 0, False),
        ("tinyint", "tinyint", 3, 0, False),
        ("double", "double", 17, 0, False),
        ("real", "float", 17, 0, False),
        ("decimal(10,2)", "decimal", 10, 2, False),
        ("boolean", "boolean", 0, 0, False),
        ("date", "date", 0, 0, False),
        ("timestamp(6)", "timestamp", 3, 0, False),
        ("timestamp(3) with time zone", "timestamp with time zone", 3, 0, False),
        ("varbinary", "varbinary", 1073741824, 0, False),
        ("array(varchar)", "array", 0, 0, False),
        ("map(varchar, bigint)", "map", 0, 0, False),
        ("row(a bigint)", "row", 0, 0, False),
        ("json", "json", 0, 0, False),
        ("string", "string", 0, 0, False),
    ],
)
def test_column_info_is_that_of_athena(trino, name, precision, scale, is_case_sensitive):
    """The base name, with Athena's precision and case sensitivity."""
    assert column_info(Column("c", trino)) == {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": "c",
        "Label": "c",
        "Type": name,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": is_case_sensitive,
    }


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
