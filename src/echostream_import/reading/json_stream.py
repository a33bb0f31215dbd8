"""JSON values from a stream of text, one at a time, in bounded memory."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from echostream_import.reading.content import ASSIGNMENT

CHUNK = 1 << 18
MAX_VALUE = 1 << 24
"""Characters of one value. A value that has not ended then is damaged."""
MAX_DIGITS = 4_000
MAX_DEPTH = 3
"""Objects within which arrays of rows are looked for."""
MAX_INDENT = 1 << 12
NEAR_END = 16
"""Characters before the text's end where an error may come from a value that goes on."""
_SPACE = re.compile(r"[\s,;\x1e]*")


class InvalidJson(ValueError):
    """A value that is not JSON."""


class UnendedJson(InvalidJson):
    """A value that goes on at the file's end."""


def _integer(digits: str) -> int | str:
    """A whole number; as text if it is longer than Python parses."""
    return int(digits) if len(digits) <= MAX_DIGITS else digits


def _no_number(_: str) -> None:
    """NaN and Infinity, which pandas and Python write, are no values."""


DECODER = json.JSONDecoder(parse_constant=_no_number, strict=False)
_LONG_INTEGERS = json.JSONDecoder(parse_constant=_no_number, parse_int=_integer, strict=False)


def decode(text: str, start: int = 0) -> tuple[Any, int]:
    """The value at `start`, and where it ends. Raises `json.JSONDecodeError`, `InvalidJson`."""
    try:
        return DECODER.raw_decode(text, start)
    except json.JSONDecodeError:
        raise
    except RecursionError as error:
        raise InvalidJson("nested too deeply") from error
    except ValueError:  # an integer of more digits than Python converts
        return _LONG_INTEGERS.raw_decode(text, start)


class JsonStream:
    """A text as JSON values. What assigns a value, in a script, is skipped."""

    def __init__(self, read: Callable[[int], str]) -> None:
        self._read = read
        self._buffer = ""
        self._place = self._counted = 0
        self._line = 1
        self._is_ended = False
        self._fill()
        assignment = ASSIGNMENT.match(self._buffer)
        self._place = assignment.end() if assignment else 0

    @property
    def line(self) -> int:
        """The line of the next value, from 1."""
        self._line += self._buffer.count("\n", self._counted, self._place)
        self._counted = self._place
        return self._line

    def peek(self) -> str:
        """The next character that is no space or comma; "" at the end."""
        while True:
            found = _SPACE.match(self._buffer, self._place)
            self._place = found.end() if found else self._place
            if self._place < len(self._buffer):
                return self._buffer[self._place]
            if not self._fill():
                return ""

    def skip(self) -> None:
        """Goes past the character that `peek` gave."""
        self._place += 1

    def skip_all(self) -> None:
        """Goes to the end."""
        self._place = len(self._buffer)
        while self._fill():
            self._place = len(self._buffer)

    def value(self) -> Any:
        """The next value. Raises `InvalidJson`; then `resume` may find the next."""
        while True:
            try:
                value, end = decode(self._buffer, self._place)
            except json.JSONDecodeError as error:
                if self._is_final(error):
                    raise InvalidJson(f"not JSON: {error.msg}") from error
                if not self._fill():
                    raise UnendedJson("does not end: the file is damaged or cut off") from error
                continue
            if end == len(self._buffer) and self._fill():  # a number may go on
                continue
            self._place = end
            return value

    def _is_final(self, error: json.JSONDecodeError) -> bool:
        if len(self._buffer) - self._place > MAX_VALUE:
            return True
        is_open = error.msg.startswith("Unterminated string")
        return not is_open and error.pos < len(self._buffer) - NEAR_END

    def resume(self) -> bool:
        """Goes to the next line that begins an object as far to the right as this line does.

        False if this value does not begin its line, or no such line follows.
        """
        start = self._buffer.rfind("\n", 0, self._place) + 1
        indent = self._buffer[start : self._place]
        if indent.strip() or (not start and self.line > 1):
            return False
        begin = re.compile(rf"\n{re.escape(indent)}(?=\{{)")
        while True:
            found = begin.search(self._buffer, self._place)
            if found:
                self._place = found.end()
                return True
            self._place = max(self._place, len(self._buffer) - len(indent) - 2)
            if not self._fill():
                return False

    def key(self) -> str:
        """The next key of an object, and its colon. Raises `InvalidJson`."""
        key = self.value()
        if not isinstance(key, str) or self.peek() != ":":
            raise InvalidJson("not JSON: a key and a colon are expected")
        self.skip()
        return key

    def _fill(self) -> bool:
        """Reads on; at least as much as is kept, so that a long value costs linear time."""
        if self._is_ended:
            return False
        begin = self._buffer.rfind("\n", 0, self._place)  # `resume` needs the indent
        keep = max(0, begin) if self._place - begin < MAX_INDENT else self._place
        self._line += self._buffer.count("\n", self._counted, max(keep, self._counted))
        self._counted = max(0, self._counted - keep)
        rest = self._buffer[keep:]
        self._place -= keep
        more = self._read(max(CHUNK, len(rest)))
        self._buffer = rest + more
        self._is_ended = not more
        return bool(more)


def arrays(stream: JsonStream, path: str = "", depth: int = 0) -> Iterator[tuple[str, int, Any]]:
    """The elements of the arrays that the next value is, or has in its objects.

    Each with the path of its array, such as `data.items`, and its line; an `InvalidJson` instead
    of an element that is none, if the next element can be found. Raises `InvalidJson` if not.
    """
    begin = stream.peek()
    if begin == "[":
        stream.skip()
        yield from _elements(stream, path)
    elif begin == "{" and depth < MAX_DEPTH:
        stream.skip()
        while stream.peek() == '"':
            key = stream.key()
            yield from arrays(stream, f"{path}.{key}" if path else key, depth + 1)
        if stream.peek() not in ("}", ""):
            raise InvalidJson(f"line {stream.line}: not JSON: a key or a brace is expected")
        stream.skip()
    elif begin:
        stream.value()


def _elements(stream: JsonStream, path: str) -> Iterator[tuple[str, int, Any]]:
    while (begin := stream.peek()) != "]":
        line = stream.line
        if not begin:
            yield path, line, UnendedJson("the file ends within its array: it is cut off")
            return
        try:
            yield path, line, stream.value()
        except InvalidJson as error:
            yield path, line, error
            if not stream.resume():
                if isinstance(error, UnendedJson):
                    stream.skip_all()
                    return
                raise InvalidJson(f"line {line}: {error}; the rest cannot be read") from error
    stream.skip()
