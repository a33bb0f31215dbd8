"""Texts in JSON of Facebook and Instagram, whose escapes are the bytes of UTF-8, not characters."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_MARKS = (
    *({"sender_name", "timestamp_ms"}, {"string_map_data"}, {"string_list_data"}),
    *({"timestamp", "data"}, {"timestamp", "title"}, {"creation_timestamp", "media"}),
)
"""Keys of rows in their archives."""


def is_misread(rows: Iterable[Mapping[str, Any]]) -> bool:
    """Whether rows are of such an archive, and all texts beyond ASCII are bytes of UTF-8."""
    values = [row for row in rows if any(marks <= row.keys() for marks in _MARKS)]
    texts = [text for value in values for text in _texts(value) if not text.isascii()]
    return bool(texts) and all(_read(text) != text for text in texts)


def mended(value: Any) -> Any:
    """A value with all its texts, and keys, as they are meant."""
    if isinstance(value, str):
        return _read(value)
    if isinstance(value, list):
        return [mended(one) for one in value]
    if isinstance(value, dict):
        return {_read(key): mended(one) for key, one in value.items()}
    return value


def _read(text: str) -> str:
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
