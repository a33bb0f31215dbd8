"""Reads a user's own file as documents: CSV with a header, or JSON Lines.

Columns are detected by name unless the user names them. An invalid row does not affect the others.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from echostream_cli.errors import UserError

CANDIDATES = {
    "text": ("text", "review", "review_text", "comment", "message", "body", "content", "tweet"),
    "source": ("source", "platform"),
    "created_at": ("created_at", "created", "date", "time", "timestamp", "datetime", "day"),
    "id": ("id", "review_id", "comment_id", "message_id", "tweet_id"),
    "author": ("author", "user", "username", "user_name", "customer"),
    "url": ("url", "link"),
    "language": ("language", "lang"),
    "channel": ("channel", "subreddit", "feed", "hashtag"),
}
"""Column names for each field, in order of precedence; case is ignored."""
DELIMITERS = ",;\t|"
JSON_LINES = (".jsonl", ".ndjson")
MAX_DIGITS = 4_000
MAX_CHARACTERS = 10_000_000
"""Of one field of a CSV file. The API checks the length of a document."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file, its values by column, and its document or a reason."""

    line: int
    values: Mapping[str, Any]
    document: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """The column of each field. `source` is the source of rows without one."""

    by_field: Mapping[str, str]
    source: str

    def document(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """A row as a document to send. Raises `ValueError` that names the column."""
        fields = {name: _text(values.get(column)) for name, column in self.by_field.items()}
        document = {name: value for name, value in fields.items() if value}
        for name, value in document.items():
            _check_characters(self.by_field[name], value)
        if "text" not in document:
            raise ValueError(f"{self.by_field['text']}: empty")
        if "created_at" in document:
            document["created_at"] = _time(self.by_field["created_at"], document["created_at"])
        return {"source": self.source, **document}


class UserFile:
    """A file to send. `options` are the columns that the user named, by field."""

    def __init__(self, path: Path, options: Mapping[str, str]) -> None:
        self._path = path
        self._options = options
        self._is_json = path.suffix.lower() in JSON_LINES

    def columns(self) -> Columns:
        """The column of each field. Raises `UserError` that names the option and the columns."""
        names = self._first_keys() if self._is_json else self._header()
        by_field = {}
        for field_name, candidates in CANDIDATES.items():
            column = self._column(field_name, names, candidates)
            if column:
                by_field[field_name] = column
        if "text" not in by_field:
            raise UserError(
                f"TEXT: {self._path} has no column with a name such as text or review;"
                f" set TEXT= to one of: {_list(names)}"
            )
        return Columns(by_field, self._options.get("source") or self._path.stem)

    def _column(
        self, field_name: str, names: Sequence[str], candidates: Sequence[str]
    ) -> str | None:
        option = self._options.get(field_name)
        if option in names:
            return option
        if option and field_name != "source":
            raise UserError(
                f"{field_name.upper()}: {self._path} has no column {option!r};"
                f" columns: {_list(names)}"
            )
        by_name = {name.strip().lower(): name for name in reversed(names)}
        matches = (by_name[candidate] for candidate in candidates if candidate in by_name)
        return None if option else next(matches, None)

    def rows(self, columns: Columns) -> Iterator[Row]:
        """Every row, in order. Raises `UserError` if the rest of the file cannot be read."""
        for line, values, reason in self._json_rows() if self._is_json else self._csv_rows():
            try:
                yield Row(line, values, {} if reason else columns.document(values), reason)
            except ValueError as error:
                yield Row(line, values, reason=str(error))

    def _header(self) -> list[str]:
        with self._open() as lines:
            names: list[str] = next(self._reader(lines), [])
        if not names:
            raise UserError(f"{self._path}: empty; the first line must name the columns")
        duplicates = sorted({name for name in names if names.count(name) > 1})
        if duplicates:
            raise UserError(f"{self._path}: two columns are named {duplicates[0]!r}; rename one")
        return names

    def _csv_rows(self) -> Iterator[tuple[int, dict[str, Any], str]]:
        names = self._header()
        with self._open() as lines:
            reader = self._reader(lines)
            next(reader)
            while True:
                line = reader.line_num + 1
                try:
                    values = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    raise UserError(
                        f"{self._path}: line {line}: {error}; check for an unclosed quote"
                    ) from error
                if values:
                    mismatch = f"{len(values)} fields, but the header names {len(names)}"
                    reason = "" if len(values) == len(names) else mismatch
                    yield line, dict(zip(names, values, strict=False)), reason

    def _reader(self, lines: io.TextIOBase) -> Any:
        csv.field_size_limit(MAX_CHARACTERS)
        first = lines.readline()
        lines.seek(0)
        delimiter = max(DELIMITERS, key=first.count)
        return csv.reader(lines, delimiter=delimiter, strict=True)

    def _first_keys(self) -> list[str]:
        for _, values, reason in self._json_rows():
            if not reason:
                return list(values)
        raise UserError(f"{self._path}: no line is a JSON object")

    def _json_rows(self) -> Iterator[tuple[int, dict[str, Any], str]]:
        with self._open() as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    values = _DECODER.decode(line)
                except (json.JSONDecodeError, RecursionError) as error:
                    problem = "nested too deeply" if isinstance(error, RecursionError) else error
                    yield number, {"line": line.rstrip("\n")}, f"not JSON: {problem}"
                    continue
                if isinstance(values, dict):
                    yield number, values, ""
                else:
                    yield number, {"line": line.rstrip("\n")}, "not a JSON object"

    def _open(self) -> io.TextIOBase:
        """The file as text, from its start. Raises `UserError` if it is not UTF-8."""
        try:
            raw = self._path.read_bytes()
            return io.StringIO(raw.decode("utf-8-sig"), newline="")
        except OSError as error:
            raise UserError(f"FILE: cannot read {self._path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            fix = f"iconv -f WINDOWS-1252 -t UTF-8 {self._path} > utf8{self._path.suffix}"
            raise UserError(
                f"{self._path}: line {line} is not UTF-8; for a file from Excel: {fix}"
            ) from error


def _integer(digits: str) -> int | str:
    """A whole number; as text if it is longer than Python parses."""
    return int(digits) if len(digits) <= MAX_DIGITS else digits


_DECODER = json.JSONDecoder(parse_int=_integer)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return json.dumps(value, ensure_ascii=False)
    return str(value).strip()


def _check_characters(column: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        problem = f"half of a surrogate pair at character {error.start}"
        raise ValueError(f"{column}: {problem}; send the whole character") from error


def _time(column: str, text: str) -> str:
    """RFC 3339 from a day or a time in ISO 8601; UTC if it has no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f"{column}: {text!r} is not a time; use 2026-11-01 or 2026-11-01T09:30:00Z"
        ) from error
    return moment.replace(tzinfo=moment.tzinfo or UTC).isoformat()


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) or "none"
