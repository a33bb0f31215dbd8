"""Formats values as Athena prints them: arrow arrays to texts, by Trino type.

The formats are Athena's; where its guide has no rule, they follow measurements
(github.com/aoyagikouhei/athena-local, docs/api.md and docs/caveats.md, 2026).
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from aws_companion.athena.column_types import TrinoType, from_arrow
from aws_companion.athena.java_floats import java_double, java_float

FormattedValues = list[str | None]
DIGITS = 3
"""Fractional digits of a second, if the type does not give their number."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")
_NUMBERS = {"tinyint", "smallint", "integer", "int", "bigint", "real", "double", "decimal"}


def format_values(array: pa.Array, kind: TrinoType) -> FormattedValues:
    """The text of each value, None for null.

    An array of another arrow type than its Trino type needs is cast first. Raises
    `pyarrow.ArrowInvalid` if that would lose data.
    """
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_null(array.type):
        return [None] * len(array)
    return _FORMATTERS.get(kind.base, _varchar)(array, kind)


def _format_each(values: Iterable[Any], format_value: Callable[[Any], str]) -> FormattedValues:
    return [None if value is None else format_value(value) for value in values]


def _python_values(array: pa.Array, kind: pa.DataType) -> list[Any]:
    values: list[Any] = (array if array.type == kind else array.cast(kind)).to_pylist()
    return values


def _boolean(array: pa.Array, _: TrinoType) -> FormattedValues:
    return _format_each(
        _python_values(array, pa.bool_()), lambda value: "true" if value else "false"
    )


def _integer(array: pa.Array, _: TrinoType) -> FormattedValues:
    target = array.type if pa.types.is_integer(array.type) else pa.int64()
    return _format_each(_python_values(array, target), str)


def _double(array: pa.Array, _: TrinoType) -> FormattedValues:
    return _format_each(_python_values(array, pa.float64()), java_double)


def _real(array: pa.Array, _: TrinoType) -> FormattedValues:
    return _format_each(_python_values(array, pa.float32()), java_float)


def _decimal(array: pa.Array, kind: TrinoType) -> FormattedValues:
    target = pa.decimal128(*(*kind.numbers, 0)[:2]) if kind.numbers else array.type
    return _format_each(_python_values(array, target), lambda value: format(value, "f"))


def _date(array: pa.Array, _: TrinoType) -> FormattedValues:
    return _format_each(_python_values(array, pa.date32()), date.isoformat)


def _varbinary(array: pa.Array, _: TrinoType) -> FormattedValues:
    return _format_each(_python_values(array, pa.large_binary()), lambda value: value.hex(" "))


def _varchar(array: pa.Array, _: TrinoType) -> FormattedValues:
    """Also json, uuid and all types without a formatter: the engine's own text."""
    kind = from_arrow(array.type)
    if kind.base in _FORMATTERS:
        return format_values(array, kind)
    return _python_values(array, pa.large_string())


def _interval(array: pa.Array, _: TrinoType) -> FormattedValues:
    """`2 03:04:05.678` from day to second, `1-6` from year to month."""
    return _format_each(
        _python_values(array, pa.month_day_nano_interval()), lambda value: _format_interval(*value)
    )


def _format_interval(months: int, days: int, nanoseconds: int) -> str:
    if months and not days and not nanoseconds:
        years, rest = divmod(abs(months), 12)
        return f"{'-' if months < 0 else ''}{years}-{rest}"
    whole = days * 86_400_000 + nanoseconds // 10**6
    seconds, millis = divmod(abs(whole), 1000)
    hours, minutes = seconds // 3600, seconds // 60 % 60
    clock = f"{hours % 24:02d}:{minutes:02d}:{seconds % 60:02d}.{millis:03d}"
    return f"{'-' if whole < 0 else ''}{hours // 24} {clock}"


def _time(array: pa.Array, kind: TrinoType) -> FormattedValues:
    digits = kind.numbers[0] if kind.numbers else DIGITS
    return _format_each(
        _python_values(array, pa.time64("us")), lambda value: _format_time(value, digits)
    )


def _format_time(value: time, digits: int) -> str:
    text = value.isoformat("microseconds")
    return text[: 9 + digits] if digits else text[:8]


def _timestamp(array: pa.Array, kind: TrinoType) -> FormattedValues:
    if not pa.types.is_timestamp(array.type):
        array = array.cast(pa.timestamp("us"))
    digits = kind.numbers[0] if kind.numbers else DIGITS
    per_second = _PER_SECOND[array.type.unit]
    is_zoned = kind.base.endswith("zone")
    name = (array.type.tz or "UTC").removeprefix("Etc/")
    zone = _zone(name) if is_zoned else UTC
    # Ticks, not datetimes: arrow converts nanoseconds to a pandas type, or fails.
    ticks = array.cast(pa.int64()).to_pylist()
    suffix = f" {name}" if is_zoned else ""

    def format_ticks(count: int) -> str:
        seconds, rest = divmod(count, per_second)
        fraction = f"{rest * 10**12 // per_second:012d}"[:digits]
        return _format_moment(seconds, zone) + (f".{fraction}" if fraction else "") + suffix

    return _format_each(ticks, format_ticks)


def _format_moment(seconds: int, zone: tzinfo) -> str:
    at = (_EPOCH + timedelta(seconds=seconds)).astimezone(zone)
    return at.replace(tzinfo=None).isoformat(" ", "seconds")


def _zone(name: str) -> tzinfo:
    match = _OFFSET.fullmatch(name)
    if not match:
        return ZoneInfo(name)
    sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if sign == "-" else offset)


def _array(array: pa.Array, kind: TrinoType) -> FormattedValues:
    if pa.types.is_fixed_size_list(array.type):
        array = array.cast(pa.list_(array.type.value_type))
    bounds = _list_bounds(array)
    inner = kind.children[0] if kind.children else from_arrow(array.type.value_type)
    values = format_values(_slice_values(array.values, bounds), inner)
    return [
        None if part is None else _format_list(values[part]) for part in _list_slices(array, bounds)
    ]


def _format_list(values: Sequence[str | None]) -> str:
    return f"[{', '.join(_or_null(value) for value in values)}]"


def _map(array: pa.Array, kind: TrinoType) -> FormattedValues:
    """Entries ordered by key: numbers by value, all others by text."""
    key_kind, value_kind = (kind if kind.children else from_arrow(array.type)).children
    bounds = _list_bounds(array)
    keys, values = _slice_values(array.keys, bounds), _slice_values(array.items, bounds)
    names = format_values(keys, key_kind)
    order: Sequence[Any] = keys.to_pylist() if key_kind.base in _NUMBERS else names
    entries = list(zip(order, names, format_values(values, value_kind), strict=True))
    return [
        None if part is None else _format_map(entries[part]) for part in _list_slices(array, bounds)
    ]


def _format_map(entries: Sequence[tuple[Any, str | None, str | None]]) -> str:
    ordered = sorted(entries, key=lambda entry: entry[0])
    return f"{{{', '.join(f'{name}={_or_null(value)}' for _, name, value in ordered)}}}"


def _row(array: pa.Array, kind: TrinoType) -> FormattedValues:
    row_type = kind if kind.children else from_arrow(array.type)
    columns = [
        format_values(array.field(index), inner) for index, inner in enumerate(row_type.children)
    ]
    prefixes = ["" if name is None else f"{name}=" for name in row_type.names]
    rows = zip(*columns, strict=True)
    texts = (", ".join(map(str.__add__, prefixes, map(_or_null, row))) for row in rows)
    valid = array.is_valid().to_pylist()
    return [
        f"{{{text}}}" if is_valid else None for is_valid, text in zip(valid, texts, strict=True)
    ]


def _list_bounds(array: pa.Array) -> list[int]:
    """The start of each list among the values, and the end of the last; [0] for no list."""
    bounds: list[int] = array.offsets.to_pylist()
    return bounds or [0]


def _slice_values(values: pa.Array, bounds: Sequence[int]) -> pa.Array:
    return values.slice(bounds[0], bounds[-1] - bounds[0])


def _list_slices(array: pa.Array, bounds: Sequence[int]) -> list[slice | None]:
    """The slice of each list in the values between the bounds; None for a null list."""
    pairs = zip(array.is_valid().to_pylist(), bounds, bounds[1:], strict=False)
    return [slice(a - bounds[0], b - bounds[0]) if is_valid else None for is_valid, a, b in pairs]


def _or_null(text: str | None) -> str:
    return "null" if text is None else text


_FORMATTERS: Mapping[str, Callable[[pa.Array, TrinoType], FormattedValues]] = {
    "boolean": _boolean,
    "tinyint": _integer,
    "smallint": _integer,
    "integer": _integer,
    "int": _integer,
    "bigint": _integer,
    "double": _double,
    "double precision": _double,
    "real": _real,
    "float": _real,
    "decimal": _decimal,
    "date": _date,
    "time": _time,
    "timestamp": _timestamp,
    "timestamp with time zone": _timestamp,
    "interval day to second": _interval,
    "interval year to month": _interval,
    "varbinary": _varbinary,
    "array": _array,
    "map": _map,
    "row": _row,
}
