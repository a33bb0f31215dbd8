"""JSON of a request, parsed so that an invalid document does not affect the others.

A document that is not valid JSON becomes a `BadDocument` in its place. No field of a document is a
number, so numbers of any size become floats, which validation refuses by the name of their field.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from echostream.domain.errors import BadDocument, BadRequest
from echostream.domain.validation import printable

_BATCH = re.compile(r'\s*\{\s*"documents"\s*:\s*\[')
_END = re.compile(r"\s*\}\s*")
_TOKEN = re.compile(r'"(?:[^"\\]+|\\.)*+"?|[\[\]{},]', re.DOTALL)
"""A string (also one without an end), or a character of the structure."""


def parse(text: str) -> Any:
    """A request's JSON. Raises `BadRequest` if it is not JSON outside of its documents."""
    try:
        return _DECODER.decode(text)
    except (json.JSONDecodeError, RecursionError) as error:
        batch = _BATCH.match(text)
        if not batch:
            return _single(text)
        items = list(_items(text, batch.end(), error))
        return {"documents": [_document(item) for item in items]}


def _object(pairs: list[tuple[str, Any]]) -> Any:
    """An object; a `BadDocument` if a name occurs twice."""
    fields = dict(pairs)
    if len(fields) == len(pairs):
        return fields
    [(name, _)] = Counter(name for name, _ in pairs).most_common(1)
    return BadDocument("duplicate_field", f"{printable(name)}: given twice; send it once")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=float)


def _single(text: str) -> Any:
    try:
        return _DECODER.decode(_without_nesting(text))
    except json.JSONDecodeError as error:
        raise _not_json(error) from error


def _document(item: str) -> Any:
    try:
        return _DECODER.decode(_without_nesting(item))
    except json.JSONDecodeError as error:
        return BadDocument("invalid_json", f"document: not JSON at its character {error.pos}")


def _not_json(error: Exception) -> BadRequest:
    place = f" at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
    return BadRequest("invalid_json", f"body: not JSON{place}; send one JSON object in UTF-8")


def _items(text: str, start: int, error: Exception) -> Iterator[str]:
    """The items of a list that starts here and ends the body. Raises `BadRequest`."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        character = token[0]
        if character in "[{":
            depth += 1
        elif depth and character in "]}":
            depth -= 1
        elif not depth and character in ",]}":
            yield text[start : token.start()]
            start = token.end()
            if character == "]" and _END.fullmatch(text, start):
                return
            if character != ",":
                break
    raise _not_json(error) from error


def _without_nesting(item: str) -> str:
    """A document in which each list and each object is a number of the same length.

    No field has any of them, so the document is refused in any case.
    """
    parts: list[str] = []
    depth, start, end = 0, 0, 0
    for token in _TOKEN.finditer(item):
        if token[0] in "[{":
            depth += 1
            if depth == 2:
                start = token.start()
        elif token[0] in "]}":
            depth -= 1
            if depth == 1:
                length = token.end() - start
                parts += [item[end:start], "0".ljust(length)]
                end = token.end()
    return "".join([*parts, item[end:start] if depth > 1 else item[end:]])
