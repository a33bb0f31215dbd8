"""Makes documents of rows, one after the other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from echostream.domain.validation import MAX_TEXT_BYTES
from echostream_import.documents.attributes import AttributeReader
from echostream_import.documents.column_names import is_weak, matches
from echostream_import.documents.columns import FIELDS, Columns
from echostream_import.documents.dates import DateReader
from echostream_import.documents.field_values import READERS, identifier, source
from echostream_import.documents.own_files import Shape, exported_attributes
from echostream_import.documents.ratings import RatingReader
from echostream_import.documents.row_ids import ColumnIds, Earlier, RowIds, scoped_id
from echostream_import.documents.values import (
    SURROGATE,
    bare,
    has_column,
    is_nothing,
    plain_text,
    text_of,
    value_at,
)
from echostream_import.rows import Row

NO_TEXT = "no text"
_MAX_LAYOUTS = 1000


@dataclass(frozen=True, slots=True)
class Converted:
    """A row and its document as JSON for POST /ingest; without one, the reason.

    `dropped` has a short reason for each optional field that was left out. `is_merged` is whether
    an earlier row has the same id and the same text.
    """

    row: Row
    document: Mapping[str, Any]
    reason: str = ""
    dropped: tuple[str, ...] = ()
    is_merged: bool = False


@dataclass(frozen=True, slots=True)
class Conversion:
    """How rows of a file become documents."""

    columns: Columns
    source: str
    shape: Shape
    dates: DateReader
    ratings: RatingReader | None
    known: frozenset[str]

    def documents(self, rows: Iterator[Row]) -> Iterator[Converted]:
        """Each row as a document. Ids depend on the rows before: give all rows of a file."""
        converter = _Converter(self)
        return map(converter.convert, rows)


@dataclass(frozen=True, slots=True)
class _Layout:
    """The column of each field, in rows that have the same columns."""

    text: tuple[str, ...]
    by_field: Mapping[str, str]


class _Converter:
    def __init__(self, conversion: Conversion) -> None:
        self._is = conversion
        self._columns = conversion.columns
        self._attributes = AttributeReader(conversion.columns.attributes, conversion.columns.parent)
        self._row_ids = RowIds(conversion.columns.row_numbers)
        self._column_ids = ColumnIds()
        self._layouts: dict[tuple[str, ...], _Layout] = {}
        self._is_original = not (conversion.shape.is_rejected or conversion.shape.is_export)

    def convert(self, row: Row) -> Converted:
        if not self._is_original:
            row = self._is.shape.original(row)
        if row.problem:
            return Converted(row, {}, row.problem)
        dropped: list[str] = []
        try:
            document, is_merged = self._document(row, dropped)
        except ValueError as error:
            return Converted(row, {}, str(error))
        return Converted(row, document, "", tuple(dropped), is_merged)

    def _document(self, row: Row, dropped: list[str]) -> tuple[dict[str, Any], bool]:
        """The document of a row, and whether an earlier row is the same one."""
        values = row.values
        layout = self._layout(values)
        columns = layout.by_field
        text = self._text(values, layout)
        document: dict[str, Any] = {"text": text, "id": "", "source": self._is.source}
        if "source" in columns and (name := self._optional("source", values, columns, dropped)):
            document["source"] = name
        if "created_at" in columns:
            self._add_time(document, _value(values, columns["created_at"]), columns, dropped)
        for field in READERS:
            if field in columns and (found := self._optional(field, values, columns, dropped)):
                document[field] = found
        if self._is.ratings and "rating" in columns:
            self._add_rating(document, _value(values, columns["rating"]), dropped)
        if attributes := self._read_attributes(values, dropped):
            document["attributes"] = attributes
        document["id"], is_merged = self._id(row, columns, document, dropped)
        return document, is_merged

    def _read_attributes(self, values: Mapping[str, Any], dropped: list[str]) -> dict[str, str]:
        if self._is.shape.is_export:
            return exported_attributes(values)
        return self._attributes.read(values, dropped)

    def _layout(self, values: Mapping[str, Any]) -> _Layout:
        names = tuple(values)
        layout = self._layouts.get(names)
        if layout is None:
            if len(self._layouts) >= _MAX_LAYOUTS:
                self._layouts.clear()
            layout = self._layouts[names] = self._find_layout(values)
        return layout

    def _find_layout(self, values: Mapping[str, Any]) -> _Layout:
        """The columns of a row: the plan's, or else others with a name of the field."""
        found: dict[str, str] = {}
        text = self._columns.text
        if "text" not in self._columns.named and not _has(values, text[0]):
            text = (self._other("text", values, found) or text[0],)
        found["text"] = text[0]
        for field in FIELDS:
            column = self._columns.by_field.get(field)
            if column is None or (field not in self._columns.named and not _has(values, column)):
                column = self._other(field, values, found) or column
            if column is not None:
                found[field] = column
        del found["text"]
        return _Layout(text, found)

    def _other(self, field: str, values: Mapping[str, Any], found: Mapping[str, str]) -> str | None:
        """A column for a field that a row has instead of the plan's.

        What the sample had for a field without a column was seen and not taken.
        """
        columns = self._columns
        if field in columns.named or self._is.shape.is_export:
            return None
        if field == "source" and columns.constant:
            return None
        used = {*found.values(), *columns.by_field.values(), *columns.text}
        is_new = field not in columns.by_field and field != "text"
        for name in matches(field, values):
            is_seen = is_new and name in self._is.known
            if name not in used and not is_seen and not is_weak(field, name):
                return name
        return None

    def _text(self, values: Mapping[str, Any], layout: _Layout) -> str:
        """The text, with the title before it unless it begins with it. Raises `ValueError`."""
        if self._is.shape.is_export:
            text = values.get(layout.text[0])
            text = text if isinstance(text, str) else ""
        else:
            parts = (_written(values, column) for column in layout.text)
            text = "\n\n".join(filter(None, parts))
            if "title" in layout.by_field:
                text = _with_title(text_of(_value(values, layout.by_field["title"])), text)
        if not text:
            raise ValueError(_why_empty(values, layout.text))
        _check_text(text)
        return text

    def _optional(
        self, field: str, values: Mapping[str, Any], columns: Mapping[str, str], dropped: list[str]
    ) -> str:
        value = _value(values, columns[field])
        if value is None or value == "":
            return ""
        try:
            return (source if field == "source" else READERS[field])(value)
        except ValueError as error:
            dropped.append(f"{field}: {error}")
            return ""

    def _add_time(
        self,
        document: dict[str, Any],
        value: Any,
        columns: Mapping[str, str],
        dropped: list[str],
    ) -> None:
        """The time of a row; without one the server takes now. May raise `ValueError`."""
        if value is None or value == "" or _is_nothing(value):
            dropped.append("created_at: empty, so it is now")
            return
        try:
            document["created_at"] = self._is.dates.read(value)
        except ValueError as error:
            raise ValueError(f"created_at in {columns['created_at']!r}: {error}") from error

    def _add_rating(self, document: dict[str, Any], value: Any, dropped: list[str]) -> None:
        if value is None or value == "" or _is_nothing(value) or not self._is.ratings:
            return
        try:
            document["rating"] = self._is.ratings.read(value)
        except ValueError as error:
            dropped.append(f"rating: {error}")

    def _id(
        self,
        row: Row,
        columns: Mapping[str, str],
        document: Mapping[str, Any],
        dropped: list[str],
    ) -> tuple[str, bool]:
        """The id of a row's column, or else of the row itself; whether an earlier row has it."""
        name = ""
        if "id" in columns:
            try:
                name = identifier(_value(row.values, columns["id"]))
            except ValueError as error:
                dropped.append(f"id: {error}")
        if not name:
            return self._row_ids.of(row.part, row.values), False
        whole = name if self._is.shape.is_export else scoped_id(document["source"], name)
        earlier = self._column_ids.next(whole, document["text"])
        if earlier is Earlier.OTHER_TEXT:
            raise ValueError(f"id: {name!r} is the id of an earlier row with another text")
        return whole, earlier is Earlier.SAME_TEXT


def _value(values: Mapping[str, Any], column: str) -> Any:
    return values[column] if column in values else value_at(values, column)


def _has(values: Mapping[str, Any], column: str) -> bool:
    """Whether a row can have a column: by its name, or by the object that a path begins with."""
    return column in values or column.partition(".")[0] in values or has_column(values, column)


def _is_nothing(value: Any) -> bool:
    return (
        is_nothing(value) if isinstance(value, str) else isinstance(value, float) and isnan(value)
    )


def _written(values: Mapping[str, Any], column: str) -> str:
    """A text as its author wrote it, without spaces around it; empty if it says nothing."""
    value = _value(values, column)
    if not isinstance(value, str):
        value = bare(value)
    if isinstance(value, list | tuple):
        return _joined(value)
    text = value.strip() if isinstance(value, str) else plain_text(value)
    return "" if is_nothing(text) else text


def _joined(parts: Sequence[Any]) -> str:
    """Texts, one a line; or the pieces of one text, some of them objects, as Telegram writes it."""
    if any(isinstance(part, Mapping) and isinstance(part.get("text"), str) for part in parts):
        pieces = (part.get("text", "") if isinstance(part, Mapping) else part for part in parts)
        return "".join(piece for piece in pieces if isinstance(piece, str)).strip()
    return "\n".join(one for one in map(text_of, parts) if one)


def _with_title(title: str, text: str) -> str:
    start = title.rstrip("….").casefold()
    if not title or text.casefold().startswith(start):
        return text
    return f"{title}\n\n{text}" if text else title


def _why_empty(values: Mapping[str, Any], columns: tuple[str, ...]) -> str:
    is_object = any(isinstance(bare(_value(values, column)), Mapping) for column in columns)
    return f"{columns[0]}: an object, not a text" if is_object else NO_TEXT


def _check_text(text: str) -> None:
    if match := SURROGATE.search(text):
        raise ValueError(f"text: half of a surrogate pair at character {match.start()}")
    if len(text) * 4 > MAX_TEXT_BYTES and (size := len(text.encode())) > MAX_TEXT_BYTES:
        raise ValueError(f"text: {size:,} bytes of UTF-8, at most {MAX_TEXT_BYTES:,}")
