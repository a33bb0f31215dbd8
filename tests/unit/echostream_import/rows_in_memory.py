"""A file of rows in memory, and short ways to convert it."""

from datetime import UTC, datetime

from echostream_import.documents.plan import Options, make_plan
from echostream_import.rows import Row

NOW = datetime(2026, 11, 25, 23, 22, 36, tzinfo=UTC)


class MemoryFile:
    """A `RowFile` of given rows, as a reader of files gives them."""

    notes = ()
    size = 0
    position = 0

    def __init__(self, rows, name="reviews", columns=None, part="reviews.csv"):
        self.name = name
        self.columns = columns or list(dict.fromkeys(key for row in rows for key in row))
        self._rows = [
            row if isinstance(row, Row) else Row(part, line, row)
            for line, row in enumerate(rows, start=2)
        ]

    def rows(self):
        return iter(self._rows)


def plan_of(rows, name="reviews", now=NOW, columns=None, **options):
    """The plan of rows, each an object of its values."""
    return make_plan(MemoryFile(rows, name, columns), Options(**options), now)


def convert(rows, name="reviews", now=NOW, part="reviews.csv", **options):
    """Each row as converted by the plan of all."""
    file = MemoryFile(rows, name, part=part)
    return list(make_plan(file, Options(**options), now).documents(file.rows()))


def documents(rows, name="reviews", now=NOW, **options):
    """The documents of rows; an error if one has none."""
    converted = convert(rows, name, now, **options)
    assert [one.reason for one in converted] == [""] * len(rows)
    return [one.document for one in converted]


def without_ids(found):
    """Documents without their ids and sources, which other tests check."""
    return [{k: v for k, v in one.items() if k not in ("id", "source")} for one in found]


def table(header, *lines):
    """Rows of a table of text, whose cells are divided by `|`."""
    names = header.split("|")
    return [dict(zip(names, line.split("|"), strict=True)) for line in lines]
