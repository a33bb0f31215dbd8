"""Values and types in Athena's format."""

import struct
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_companion.athena.column_types import TrinoType, column_info, parse_type
from aws_companion.athena.execution import Column
from aws_companion.athena.java_floats import java_double, java_float
from aws_companion.athena.value_format import format_values

DAY = datetime(2026, 1, 31, 9, 30)
FINE = DAY.replace(microsecond=123456)
ZONED = DAY.replace(tzinfo=UTC)
WITH_ZONE = "timestamp with time zone"
MICRO = pa.timestamp("us")
TEXT, LONG = pa.string(), pa.int64()
INTERVAL = pa.month_day_nano_interval()
PAIR = pa.struct({"a": LONG, "b": TEXT})
NESTED = pa.list_(pa.struct({"at": MICRO, "n": pa.map_(TEXT, pa.list_(pa.binary()))}))


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
