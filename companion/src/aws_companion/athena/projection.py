"""Partition projection: computes partitions from a table's properties, without the catalog.

Properties and formats follow Athena's guide, "Supported types for partition projection".
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

from aws_companion.athena.catalog import Partition, Table
from aws_companion.athena.execution import QueryFailed

_RELATIVE = re.compile(r"NOW\s*(?:([+-])\s*(\d+)\s*(\w+?)S?)?", re.IGNORECASE)
_UNITS = {
    "SECOND": timedelta(seconds=1),
    "MINUTE": timedelta(minutes=1),
    "HOUR": timedelta(hours=1),
    "DAY": timedelta(days=1),
    "WEEK": timedelta(weeks=1),
    "MONTH": timedelta(days=30),
    "YEAR": timedelta(days=365),
}
_JAVA = (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S"))
MOST_PARTITIONS = 1_000_000
UNCONSTRAINED = "\x00no such value"
"""A value of an injected column that a query does not constrain."""

FolderLister = Callable[[str], list[str]]
"""Lists the names of the folders directly below a prefix (an S3 URI)."""
ValueFilter = Callable[[str, list[str]], list[str]]
"""Selects the values of a partition column that a query does not exclude."""


def project_partitions(
    table: Table, now: datetime, folders: FolderLister, keep: ValueFilter
) -> list[Partition]:
    """The partitions that the properties allow, with the values that `keep` selects.

    The caller removes the combinations that a query excludes. A column of type `injected` has the
    values of the existing folders, and `UNCONSTRAINED`: a query that does not exclude that value
    lacks the condition that Athena requires. Raises `QueryFailed` for invalid properties.
    """
    names = [name for name, _ in table.partition_keys]
    template = table.parameters.get("storage.location.template") or _hive_style(table, names)
    values = [keep(name, list(_values(table, name, template, now, folders))) for name in names]
    count = 1
    for column_values in values:
        count *= len(column_values)
    if count > MOST_PARTITIONS:
        raise QueryFailed(f"HIVE_EXCEEDED_PARTITION_LIMIT: {count} projected partitions")
    return [
        Partition(combination, _location(template, names, combination))
        for combination in product(*values)
    ]


def injected_columns(table: Table) -> list[str]:
    """The partition columns that a query must constrain."""
    return [name for name, _ in table.partition_keys if _type(table, name) == "injected"]


def _hive_style(table: Table, names: Sequence[str]) -> str:
    return table.location.rstrip("/") + "".join(f"/{name}=${{{name}}}" for name in names) + "/"


def _location(template: str, names: Sequence[str], values: Sequence[str]) -> str:
    for name, value in zip(names, values, strict=True):
        template = template.replace(f"${{{name}}}", value)
    return template.rstrip("/") + "/"


def _type(table: Table, column: str) -> str:
    return table.parameters.get(f"projection.{column}.type", "").strip().lower()


def _values(
    table: Table, column: str, template: str, now: datetime, folders: FolderLister
) -> Iterator[str]:
    kind = _type(table, column)
    properties = {
        name.removeprefix(f"projection.{column}."): value
        for name, value in table.parameters.items()
        if name.startswith(f"projection.{column}.")
    }
    if kind == "enum":
        yield from _required(properties, column, "values").split(",")
    elif kind == "integer":
        yield from _integers(properties, column)
    elif kind == "date":
        yield from _dates(properties, column, now)
    elif kind == "injected":
        yield UNCONSTRAINED
        yield from _injected_values(template, column, folders)
    else:
        raise QueryFailed(
            f"INVALID_TABLE_PROPERTY: projection.{column}.type must be one of"
            f" enum, integer, date, injected; is {kind!r}"
        )


def _injected_values(template: str, column: str, folders: FolderLister) -> Iterator[str]:
    """The values of an injected column in the folder names; it must be the first column."""
    before, _, after = template.partition(f"${{{column}}}")
    parent, _, prefix = before.rpartition("/")
    suffix = after.split("/")[0]
    for name in folders(parent + "/"):
        if name.startswith(prefix) and name.endswith(suffix):
            yield name[len(prefix) : len(name) - len(suffix)]


def _required(properties: Mapping[str, str], column: str, name: str) -> str:
    if not properties.get(name):
        raise QueryFailed(f"INVALID_TABLE_PROPERTY: projection.{column}.{name} is missing")
    return properties[name]


def _integers(properties: Mapping[str, str], column: str) -> Iterator[str]:
    first, last = _required(properties, column, "range").split(",")
    digits, step = int(properties.get("digits", 0)), int(properties.get("interval", 1))
    for number in range(int(first), int(last) + 1, step):
        yield str(number).zfill(digits)


def _dates(properties: Mapping[str, str], column: str, now: datetime) -> Iterator[str]:
    pattern = _python_format(_required(properties, column, "format"))
    first, last = _required(properties, column, "range").split(",")
    moment, end = _parse_moment(first, pattern, now), _parse_moment(last, pattern, now)
    unit = properties.get("interval.unit", _finest_unit(pattern)).upper().removesuffix("S")
    step = int(properties.get("interval", 1)) * _UNITS[unit]
    previous = ""
    while moment <= end:
        value = moment.strftime(pattern)
        if value != previous:
            yield value
        previous, moment = value, moment + step


def _python_format(java: str) -> str:
    """A Java date pattern in Python's notation; text in single quotes is literal."""
    parts = java.replace("''", "\0").split("'")
    for at in range(0, len(parts), 2):
        for theirs, ours in _JAVA:
            parts[at] = parts[at].replace(theirs, ours)
    return "".join(parts).replace("\0", "'")


def _finest_unit(pattern: str) -> str:
    """The unit of the smallest part of a pattern; days for months and years."""
    for part, unit in (("%S", "SECOND"), ("%M", "MINUTE"), ("%H", "HOUR")):
        if part in pattern:
            return unit
    return "DAY"


def _parse_moment(text: str, pattern: str, now: datetime) -> datetime:
    match = _RELATIVE.fullmatch(text.strip())
    if not match:
        return datetime.strptime(text.strip(), pattern).replace(tzinfo=UTC)
    sign, number, unit = match.groups()
    if not number:
        return now
    return now + (1 if sign == "+" else -1) * int(number) * _UNITS[unit.upper()]
