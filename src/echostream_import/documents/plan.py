"""How the rows of a file become documents: guessed, explained and shown before they are sent."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from echostream.domain.validation import MAX_LENGTH
from echostream_import.documents import dates, ratings
from echostream_import.documents.column_names import aside, is_weak, key
from echostream_import.documents.columns import Columns, find_columns
from echostream_import.documents.converter import Conversion, Converted
from echostream_import.documents.own_files import ATTRIBUTE, Shape
from echostream_import.documents.row_ids import normal_name
from echostream_import.documents.sample import Sample
from echostream_import.documents.values import value_at
from echostream_import.rows import FileError, Row, RowFile

PREVIEWED = 3
DEFAULT_SOURCE = "import"
_EXPORTED_FIELDS = ("created_at", "id", "author", "url", "language", "channel", "source", "rating")


@dataclass(frozen=True, slots=True)
class Options:
    """What the user says of a file; an empty text is not given.

    Fields name columns. `text` can join columns with `+`, `source` can be the source itself,
    `attributes` lists columns, or is `all` or `none`; `none` switches the guess of any other field
    off. `date_format` is DMY, MDY, YMD, or a format of `strptime`; `tz` is an IANA name.
    """

    text: str = ""
    title: str = ""
    source: str = ""
    created_at: str = ""
    id: str = ""
    author: str = ""
    url: str = ""
    language: str = ""
    channel: str = ""
    rating: str = ""
    attributes: str = ""
    date_format: str = ""
    tz: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a file is read, why, and what only the user can decide.

    `source` is that of rows without one. `fields` has the columns of each field for display.
    `notes` and `questions` are sentences; a file with questions cannot be imported yet. `preview`
    has the first rows as documents.
    """

    source: str
    fields: Mapping[str, str]
    notes: Sequence[str]
    questions: Sequence[str]
    preview: Sequence[Converted]
    conversion: Conversion

    def documents(self, rows: Iterable[Row]) -> Iterator[Converted]:
        """The documents of all rows of the file, in order.

        Give all rows from the first on, also to continue an import: the id of a row without one
        depends on how many equal rows came before, and a repeated id is refused.
        """
        return self.conversion.documents(iter(rows))


def make_plan(file: RowFile, options: Options, now: datetime) -> Plan:
    """Decide how a file is read. Raises `FileError` that names the option and the columns."""
    shape = Shape(file.columns)
    sample = Sample(file, shape)
    if not sample.names:
        raise FileError("FILE: no row that can be read")
    columns = _exported(sample) if shape.is_export else find_columns(sample, _columns_of(options))
    times = _settle_dates(file, sample, columns, options, now)
    reader = _settle_ratings(sample, columns, shape)
    name = _source(file, columns)
    known = frozenset(sample.names)
    conversion = Conversion(columns, name, shape, times.reader, reader, known)
    preview = tuple(conversion.documents(islice(file.rows(), PREVIEWED)))
    notes = (*_shape_notes(shape), *columns.notes, *times.notes, *_rating_note(columns, reader))
    notes = (*notes, _id_note(columns, shape, name))
    return Plan(name, _fields(columns), notes, times.questions, preview, conversion)


def _columns_of(options: Options) -> dict[str, str]:
    return {name: value for name, value in asdict(options).items() if value}


def _exported(sample: Sample) -> Columns:
    """The columns of an export of documents; its scores are made anew."""
    fields = {name: name for name in _EXPORTED_FIELDS if name in sample.top}
    attributes = tuple(name for name in sample.top if name.startswith(ATTRIBUTE))
    return Columns(("text",), fields, frozenset(), attributes)


def _source(file: RowFile, columns: Columns) -> str:
    """The source of rows without one: the user's, or the file's name."""
    if len(columns.constant) > MAX_LENGTH["source"]:
        raise FileError(f"SOURCE: longer than {MAX_LENGTH['source']} characters")
    name = normal_name(file.name).encode("utf-8", "replace").decode()  # bytes that are no UTF-8
    return columns.constant or name[: MAX_LENGTH["source"]] or DEFAULT_SOURCE


def _settle_dates(
    file: RowFile, sample: Sample, columns: Columns, options: Options, now: datetime
) -> dates.DateColumn:
    column = columns.by_field.get("created_at", "")
    header = "UTC" if key(column).endswith("utc") else aside(column)
    settings = dates.DateOptions.of(options.date_format, options.tz, header)
    rest = islice(file.rows(), sample.read, None)
    return dates.settle(_cells(sample.rows, column), _cells(rest, column), now, settings)


def _cells(rows: Iterable[Row], column: str) -> Iterator[tuple[int, Any]]:
    return ((row.line, value_at(row.values, column)) for row in rows if column)


def _settle_ratings(sample: Sample, columns: Columns, shape: Shape) -> ratings.RatingReader | None:
    column = columns.by_field.get("rating")
    if column is None:
        return None
    if shape.is_export:
        return ratings.RatingReader(ratings.FIVE, {})
    is_named = "rating" in columns.named
    weak = is_weak("rating", column) and not is_named
    reader = ratings.settle(sample.profile(column).values, column, weak)
    if reader is None and is_named and sample.rows:
        raise FileError(f"RATING: the values of {column!r} are not ratings on a scale")
    return reader or ratings.RatingReader(ratings.FIVE, {})


def _fields(columns: Columns) -> dict[str, str]:
    fields = {"text": " + ".join(columns.text), **columns.by_field}
    return fields | ({"attributes": ", ".join(columns.attributes)} if columns.attributes else {})


def _shape_notes(shape: Shape) -> Iterator[str]:
    if shape.is_rejected:
        yield "These are rejected rows: the columns line and reason are left out."
    if shape.is_export:
        yield "EchoStream exported this file: ids stay as they are, and scores are made anew."


def _rating_note(columns: Columns, reader: ratings.RatingReader | None) -> Iterator[str]:
    if reader:
        yield reader.note(columns.by_field["rating"])


def _id_note(columns: Columns, shape: Shape, source: str) -> str:
    if "id" not in columns.by_field:
        return "Ids are made from the file's name and the values of each row."
    if shape.is_export:
        return "Ids are those of the export."
    prefix = "the row's source" if "source" in columns.by_field else repr(source)
    return f"Ids are from {columns.by_field['id']!r}, after {prefix} and a colon."
