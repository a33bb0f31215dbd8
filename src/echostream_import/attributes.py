"""Other columns of a file as attributes of its documents, within bounds."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from echostream_import.cells import SURROGATE, text_of, value_at
from echostream_import.column_names import is_known, is_personal
from echostream_import.dates import spelling
from echostream_import.field_values import without_link
from echostream_import.sample import Sample

MAX_ATTRIBUTES = 20
MAX_NAME, MAX_VALUE = 64, 256
"""In characters."""
MAX_BYTES = 4096
"""Of all attributes of a document as JSON."""
_SHORT = 60
_FEW = 10
_PERSONAL = re.compile(
    r"[^@\s]+@[^@\s]+\.[a-z]{2,}|\d{1,3}(?:\.\d{1,3}){3}|\+\d[\d\s().-]{7,}", re.IGNORECASE
)


def choose(sample: Sample, columns: Iterable[str]) -> tuple[list[str], list[str]]:
    """The columns that become attributes unless the user says which, and those above the limit."""
    chosen = [name for name in columns if not is_known(name) and _is_attribute(sample, name)]
    return chosen[:MAX_ATTRIBUTES], chosen[MAX_ATTRIBUTES:]


def _is_attribute(sample: Sample, name: str) -> bool:
    """Whether a column has short values that repeat, and no personal data."""
    profile = sample.profile(name)
    texts = profile.texts
    if not texts or is_personal(name) or profile.mean_length > _SHORT:
        return False
    if len(texts) >= _FEW and profile.distinct > len(texts) / 2:
        return False
    first = profile.values[:100]
    is_date = all(spelling(value) is not None for value in first)
    is_address = all(text.startswith(("http://", "https://", "www.")) for text in texts[:100])
    return not (is_date or is_address or any(_PERSONAL.fullmatch(text) for text in texts))


class AttributeReader:
    """Reads the attributes of rows. Names are cut to 64 characters."""

    def __init__(self, columns: Sequence[str]) -> None:
        short = {name[:MAX_NAME]: name for name in reversed(columns)}
        self._columns = [(name, cut) for cut, name in reversed(short.items())]

    def read(self, values: Mapping[str, Any], dropped: list[str]) -> dict[str, str]:
        """The attributes of a row. Adds what is wrong to `dropped`."""
        found = dict(self._texts(values, dropped))
        # A character has at most 6 bytes as JSON, in ASCII or not.
        size = sum(len(name) + len(text) + 6 for name, text in found.items())
        while size * 6 > MAX_BYTES and _bytes(found) > MAX_BYTES:
            name, _ = found.popitem()
            dropped.append(f"{name}: attributes are longer than {MAX_BYTES:,} bytes together")
        return found

    def _texts(self, values: Mapping[str, Any], dropped: list[str]) -> Iterator[tuple[str, str]]:
        for column, name in self._columns:
            value = values[column] if column in values else value_at(values, column)
            text = text_of(value) if value is not None and value != "" else ""
            if not text:
                continue
            text = without_link(text)
            if len(text) > MAX_VALUE:
                dropped.append(f"{name}: longer than {MAX_VALUE} characters")
            elif SURROGATE.search(text):
                dropped.append(f"{name}: half of a surrogate pair")
            else:
                yield name, text


def _bytes(attributes: Mapping[str, str]) -> int:
    """The size as JSON, without escapes of other characters than the API's own."""
    return len(json.dumps(attributes, ensure_ascii=False).encode())
