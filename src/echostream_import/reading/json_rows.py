"""JSON: an object a line, an array of objects, an object that has one, a script that assigns it."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

from echostream_import.reading import encoding
from echostream_import.reading.content import ASSIGNMENT
from echostream_import.reading.encoding import Encoding
from echostream_import.reading.json_stream import InvalidJson, JsonStream, arrays, decode
from echostream_import.reading.misread_json import is_misread, mended
from echostream_import.reading.parts import Part
from echostream_import.rows import FileError, Row

COLUMN_SAMPLE = 10_000
"""Rows whose keys are the columns."""
SAMPLE = 1_000
"""Rows that tell how an array is to be read."""
LINES_SAMPLE = 20
MAX_LINE = 1 << 22
LINE_ENDINGS = (".jsonl", ".ndjson")
_TEXT_KEYS = frozenset((
    "text", "fulltext", "body", "review", "reviewtext", "comment", "content", "description",
    "tweet", "answer",
))  # fmt: skip


_KEYED = (
    "one object in which rows or columns have keys, not an array of rows; write it as one:"
    " DataFrame.to_json(orient='records'), or jq '[.[]]' FILE"
)


class _JsonRows:
    """What the readers of JSON share."""

    kind = "JSON"

    def __init__(self, part: Part, text: Encoding) -> None:
        self._part, self._encoding = part, text
        self.columns: Sequence[str] = []
        self.more_notes: list[str] = []

    def _see_columns(self) -> None:
        keys: dict[str, None] = {}
        try:
            for row in islice(self.rows(), COLUMN_SAMPLE):
                if not row.problem:
                    keys.update(dict.fromkeys(row.values))
        except FileError:
            if not keys:
                raise
        self.columns = list(keys)
        if not keys:
            raise FileError(
                f"{self._part.place}: {self.kind} without objects; each row must be a JSON object"
            )

    @property
    def notes(self) -> Sequence[str]:
        """The form of JSON, the encoding, and where the rows are."""
        return [f"{self.kind}, {self._encoding.note}", *self.more_notes]

    def rows(self) -> Iterator[Row]:
        """All rows."""
        raise NotImplementedError

    def _row(self, line: int, value: Any, text: str = "") -> Row:
        name = self._part.name
        if isinstance(value, dict):
            return Row(name, line, value)
        reason = str(value) if isinstance(value, InvalidJson) else "not a JSON object"
        return Row(name, line, {"line": text} if text else {}, reason)


class JsonLines(_JsonRows):
    """An object a line."""

    kind = "JSON Lines"

    def __init__(self, part: Part, text: Encoding) -> None:
        super().__init__(part, text)
        self._see_columns()

    def rows(self) -> Iterator[Row]:
        """All rows; a line that is no JSON object has a problem."""
        name = self._part.name
        with self._part.open() as stream, encoding.open_text(stream, self._encoding) as text:
            for number, line in enumerate(encoding.lines(text, self._encoding), start=1):
                if line.isspace():
                    continue
                value = _line_value(line)
                if isinstance(value, dict):
                    yield Row(name, number, value)
                else:
                    yield self._row(number, value, line.strip())


class JsonArray(_JsonRows):
    """Objects in an array, in several, or one after the other."""

    def __init__(self, part: Part, text: Encoding, path: str | None) -> None:
        super().__init__(part, text)
        self._path = path
        self._wrapper = ""
        self._mends = False
        self.kind = "JSON objects" if path is None else "JSON array"
        if path:
            self.more_notes.append(f"rows are the objects in {path}")
        if part.name.lower().endswith(".js"):
            self._unwrap()
        first = self._first()
        if len(first) == 1 and _is_keyed(first[0]):
            raise FileError(f"{part.place}: {_KEYED}")
        self._mends = is_misread(first)
        if self._mends:
            self.more_notes.append("letters such as Ã© are mended: Facebook writes é so")
        self._see_columns()

    def _first(self) -> list[Mapping[str, Any]]:
        first: list[Mapping[str, Any]] = []
        with suppress(FileError):  # rows() says so again
            first.extend(row.values for row in islice(self.rows(), SAMPLE) if not row.problem)
        return first

    def _unwrap(self) -> None:
        """Archives of Twitter wrap each row: `{"tweet": {…}}`."""
        first = [row.values for row in islice(self.rows(), LINES_SAMPLE) if not row.problem]
        keys = {tuple(values) for values in first}
        only = keys.pop() if len(keys) == 1 else ()
        if len(only) == 1 and all(isinstance(values[only[0]], dict) for values in first):
            self._wrapper = only[0]
            self.more_notes.append(f"rows are what {self._wrapper} holds in each object")

    def rows(self) -> Iterator[Row]:
        """All rows. Raises `FileError` where no next object can be found after a damaged one."""
        try:
            for line, value in self._values():
                is_wrapped = self._wrapper and isinstance(value, dict)
                inner = value.get(self._wrapper, value) if is_wrapped else value
                yield self._row(line, mended(inner) if self._mends else inner)
        except InvalidJson as error:
            raise FileError(f"{self._part.place}: {error}") from error

    def _values(self) -> Iterator[tuple[int, Any]]:
        with json_stream(self._part, self._encoding) as stream:
            while stream.peek():
                if self._path is None:
                    yield stream.line, stream.value()
                    continue
                for path, line, value in arrays(stream):
                    if path == self._path:
                        yield line, value


def json_rows(part: Part, text: Encoding) -> JsonLines | JsonArray:
    """The reader of a file that is JSON. Raises `FileError` if it holds no objects."""
    if _is_lines(part, text):
        return JsonLines(part, text)
    return JsonArray(part, text, _path(part, text))


@contextmanager
def json_stream(part: Part, text: Encoding) -> Iterator[JsonStream]:
    """The file as JSON values."""
    with part.open() as raw, encoding.open_text(raw, text) as characters:
        yield JsonStream(lambda size: encoding.mended(characters.read(size), text))


def _is_lines(part: Part, text: Encoding) -> bool:
    """Whether most of the first lines are objects; for a name of lines one object will do."""
    with part.open() as raw, encoding.open_text(raw, text) as characters:
        lines = [line for line in _first_lines(characters) if not line.isspace()]
    if not lines or ASSIGNMENT.match(lines[0]) or lines[0].lstrip().startswith("["):
        return False
    values = [value for line in lines if isinstance(value := _line_value(line), dict)]
    if values and part.name.lower().endswith(LINE_ENDINGS):
        return True
    if len(lines) == 1 and values:
        return _is_row(values[0])
    return len(values) * 2 >= len(lines)


def _first_lines(characters: Any) -> Iterator[str]:
    room = MAX_LINE
    for _ in range(LINES_SAMPLE):
        line = characters.readline(room)
        room -= len(line)
        if not line or room <= 0:
            return
        yield line


def _line_value(line: str) -> Any:
    """A line's value, or `InvalidJson`."""
    try:
        text = line.strip(" \t\r\n,\x1e\ufeff")
        value, end = decode(text)
        return value if end == len(text) else InvalidJson("not JSON: text after the value")
    except json.JSONDecodeError as error:
        return InvalidJson(f"not JSON: {error.msg} at character {error.pos + 1}")
    except InvalidJson as error:
        return error


def _is_row(value: Mapping[str, Any]) -> bool:
    """Whether an object is a document by itself, not one that wraps rows."""
    holds = any(isinstance(item, list | dict) for item in value.values())
    return not holds or _has_text(value)


def _is_keyed(value: Mapping[str, Any]) -> bool:
    """Whether an object has rows by their keys, or columns by numbers of rows, as pandas does.

    Or columns, and rows without names.
    """
    if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
        return True
    for one in (value, *(item for item in value.values() if isinstance(item, dict))):
        inner = [item for item in one.values() if isinstance(item, dict)]
        is_many = len(inner) > 1 and len(inner) == len(one)
        if is_many and set.intersection(*(set(item) for item in inner)) and not _has_text(value):
            return True
    return False


def _path(part: Part, text: Encoding) -> str | None:
    """The path of the array of rows; None if objects stand outside of arrays.

    It is the outermost one whose objects have texts, else the one with the most objects.
    """
    counts: Counter[str] = Counter()
    texts: Counter[str] = Counter()
    is_first = True
    with json_stream(part, text) as stream:
        try:
            if stream.peek() == "[":
                return ""
            for path, _, value in arrays(stream):
                counts[path] += isinstance(value, dict)
                texts[path] += isinstance(value, dict) and _has_text(value)
            is_first = not stream.peek()
        except InvalidJson:  # rows() says so
            pass
    counts = +counts
    if not counts or not is_first:
        return None
    return max(
        counts, key=lambda one: (texts[one] > 0, texts[one] and -one.count("."), counts[one])
    )


def _has_text(value: Mapping[str, Any]) -> bool:
    """Whether an object has a text of its own."""
    return any(isinstance(value[name], str) for name in value if _plain(name) in _TEXT_KEYS)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()
