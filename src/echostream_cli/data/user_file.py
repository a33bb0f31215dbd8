"""A user's own file as documents: CSV with a header, or JSON Lines.

Which column is what is guessed from the names of the columns, unless the user says so. A row that
is no document costs only itself.
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

GUESSES = {
    "text": ("text", "review", "review_text", "comment", "message", "body", "content", "tweet"),
    "source": ("source", "channel", "platform"),
    "created_at": ("created_at", "created", "date", "time", "timestamp", "datetime", "day"),
    "id": ("id", "review_id", "comment_id", "message_id", "tweet_id"),
    "author": ("author", "user", "username", "user_name", "customer"),
    "url": ("url", "link"),
    "language": ("language", "lang"),
}
"""Names of columns that are taken for a field, whatever their case; the first found counts."""
DELIMITERS = ",;\t|"
JSON_LINES = (".jsonl", ".ndjson")
MOST_CHARACTERS = 10_000_000
"""In one field of a CSV file; what is too long for a document is the API's to say."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file, what it says, and why it is no document, if so."""

    line: int
    given: Mapping[str, Any]
    document: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column gives which field. `source` is the one of documents that have none."""

    by_field: Mapping[str, str]
    source: str

    def document(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """A row as a document to send. Raises `ValueError` that names the column."""
        found = {name: _value(given.get(column)) for name, column in self.by_field.items()}
        document = {name: value for name, value in found.items() if value}
        for name, value in document.items():
            _check_characters(self.by_field[name], value)
        if "text" not in document:
            raise ValueError(f"{self.by_field['text']}: empty")
        if "created_at" in document:
            document["created_at"] = _time(self.by_field["created_at"], document["created_at"])
        return {"source": self.source, **document}


class UserFile:
    """A file to send. `given` says which column is what, by field."""

    def __init__(self, path: Path, given: Mapping[str, str]) -> None:
        self._path = path
        self._given = given
        self._is_json = path.suffix.lower() in JSON_LINES

    def columns(self) -> Columns:
        """Which column is what. Raises `UserError` that names the option and the columns."""
        names = self._first_keys() if self._is_json else self._header()
        found = {}
        for name, guesses in GUESSES.items():
            column = self._column(name, names, guesses)
            if column:
                found[name] = column
        if "text" not in found:
            which = "which column is the text? say TEXT=column"
            raise UserError(f"{self._path}: {which}; there are: {_list(names)}")
        return Columns(found, self._given.get("source") or self._path.stem)

    def _column(self, name: str, names: Sequence[str], guesses: Sequence[str]) -> str | None:
        asked = self._given.get(name)
        if asked in names:
            return asked
        if asked and name != "source":
            raise UserError(
                f"{name.upper()}: {self._path} has no column {asked!r}; there are: {_list(names)}"
            )
        by_name = {known.strip().lower(): known for known in reversed(names)}
        return None if asked else next((by_name[g] for g in guesses if g in by_name), None)

    def rows(self, columns: Columns) -> Iterator[Row]:
        """Every row, in order. Raises `UserError` where the file cannot be read on."""
        for line, given, reason in self._json_rows() if self._is_json else self._csv_rows():
            try:
                yield Row(line, given, {} if reason else columns.document(given), reason)
            except ValueError as error:
                yield Row(line, given, reason=str(error))

    def _header(self) -> list[str]:
        with self._open() as lines:
            names: list[str] = next(self._reader(lines), [])
        if not names:
            raise UserError(f"{self._path}: is empty; its first line names the columns")
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise UserError(f"{self._path}: two columns are named {doubled[0]!r}; rename one")
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
                        f"{self._path}: line {line}: {error}; is a quote not closed?"
                    ) from error
                if values:
                    wrong = f"{len(values)} fields, the header names {len(names)}"
                    reason = "" if len(values) == len(names) else wrong
                    yield line, dict(zip(names, values, strict=False)), reason

    def _reader(self, lines: io.TextIOBase) -> Any:
        csv.field_size_limit(MOST_CHARACTERS)
        first = lines.readline()
        lines.seek(0)
        delimiter = max(DELIMITERS, key=first.count)
        return csv.reader(lines, delimiter=delimiter, strict=True)

    def _first_keys(self) -> list[str]:
        for _, given, reason in self._json_rows():
            if not reason:
                return list(given)
        raise UserError(f"{self._path}: no line of it is a JSON object")

    def _json_rows(self) -> Iterator[tuple[int, dict[str, Any], str]]:
        with self._open() as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    given = json.loads(line)
                except ValueError as error:
                    yield number, {"line": line.rstrip("\n")}, f"no JSON ({error})"
                    continue
                if isinstance(given, dict):
                    yield number, given, ""
                else:
                    yield number, {"line": line.rstrip("\n")}, "no JSON object"

    def _open(self) -> io.TextIOBase:
        """The file as text, from its start. Raises `UserError` where it is not UTF-8."""
        try:
            raw = self._path.read_bytes()
            return io.StringIO(raw.decode("utf-8-sig"), newline="")
        except OSError as error:
            raise UserError(f"FILE: cannot read {self._path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            fix = f"iconv -f WINDOWS-1252 -t UTF-8 {self._path} > utf8{self._path.suffix}"
            raise UserError(
                f"{self._path}: line {line} is not UTF-8; if it is Excel's: {fix}"
            ) from error


def _value(found: Any) -> str:
    if found is None:
        return ""
    if not isinstance(found, str | int | float) or isinstance(found, bool):
        return json.dumps(found, ensure_ascii=False)
    return str(found).strip()


def _check_characters(column: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        where = f"half of a surrogate pair at character {error.start}"
        raise ValueError(f"{column}: {where}; send the whole character") from error


def _time(column: str, text: str) -> str:
    """RFC 3339 from a day or a time in ISO 8601; without a zone it is taken for UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f"{column}: {text!r} is no time; write it like 2026-11-01 or 2026-11-01T09:30:00Z"
        ) from error
    return moment.replace(tzinfo=moment.tzinfo or UTC).isoformat()


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) or "none"
