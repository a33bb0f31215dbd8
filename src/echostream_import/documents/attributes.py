"""Other columns of a file as attributes of its documents, within bounds."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from echostream.domain.codec import to_json
from echostream.domain.validation import (
    LONGEST_ESCAPE,
    MAX_ATTRIBUTE_NAME,
    MAX_ATTRIBUTE_VALUE,
    MAX_ATTRIBUTES,
    MAX_ATTRIBUTES_BYTES,
)
from echostream_import.documents.column_names import is_known, is_personal
from echostream_import.documents.dates import spelling
from echostream_import.documents.field_values import without_link
from echostream_import.documents.sample import Sample
from echostream_import.documents.text_columns import is_free
from echostream_import.documents.values import SURROGATE, text_of, value_at

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
    if not texts or is_personal(name) or profile.mean_length > _SHORT or not name.strip():
        return False
    if _is_answer(sample, name) or (len(texts) >= _FEW and profile.distinct > len(texts) / 2):
        return False
    first = profile.values[:100]
    is_date = all(spelling(value) is not None for value in first)
    is_address = all(text.startswith(("http://", "https://", "www.")) for text in texts[:100])
    return not (is_date or is_address or any(_PERSONAL.fullmatch(text) for text in texts))


def _is_answer(sample: Sample, name: str) -> bool:
    """Whether a column has texts of its own, of which most are different."""
    profile = sample.profile(name)
    return is_free(sample, name) and ("?" in name or profile.distinct > len(profile.texts) / 2)


class AttributeReader:
    """Reads the attributes of rows. Names have no `prefix`, and are cut to 64 characters."""

    def __init__(self, columns: Sequence[str], prefix: str = "") -> None:
        short = {name.removeprefix(prefix)[:MAX_ATTRIBUTE_NAME]: name for name in reversed(columns)}
        short = {name: column for name, column in short.items() if not SURROGATE.search(name)}
        self._columns = [(name, cut) for cut, name in reversed(short.items())]

    def read(self, values: Mapping[str, Any], dropped: list[str]) -> dict[str, str]:
        """The attributes of a row. Adds what is wrong to `dropped`."""
        found = dict(self._texts(values, dropped))
        size = sum(len(name) + len(text) + LONGEST_ESCAPE for name, text in found.items())
        is_short = size * LONGEST_ESCAPE <= MAX_ATTRIBUTES_BYTES
        while not is_short and len(to_json(found).encode()) > MAX_ATTRIBUTES_BYTES:
            name, _ = found.popitem()
            dropped.append(f"{name}: attributes above {MAX_ATTRIBUTES_BYTES:,} bytes in all")
        return found

    def _texts(self, values: Mapping[str, Any], dropped: list[str]) -> Iterator[tuple[str, str]]:
        for column, name in self._columns:
            value = values[column] if column in values else value_at(values, column)
            text = text_of(value) if value is not None and value != "" else ""
            if not text:
                continue
            text = without_link(text)
            if len(text) > MAX_ATTRIBUTE_VALUE:
                dropped.append(f"{name}: longer than {MAX_ATTRIBUTE_VALUE} characters")
            elif SURROGATE.search(text):
                dropped.append(f"{name}: half of a surrogate pair")
            else:
                yield name, text
