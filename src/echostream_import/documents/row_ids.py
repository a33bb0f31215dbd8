"""Ids of imported rows: from a column, scoped to their source, or from the row itself."""

import hashlib
import json
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

from echostream.domain.validation import MAX_LENGTH
from echostream_import.documents.fingerprints import Fingerprints, Occurrences
from echostream_import.documents.values import canonical

_ENDING = re.compile(
    r"\.(?:rejected|csv|tsv|txt|jsonl|ndjson|json|js|xlsx|parquet|gz|zip)$", re.IGNORECASE
)
_COPY = re.compile(r"(?: ?\(\d+\)|(?: - | |-|_)(?:copy|kopie|copie|copia)(?: ?\(?\d+\)?)?)$", re.I)
_COPY_OF = re.compile(r"^(?:copy|kopie|copie|copia) (?:of|von|de|di) ", re.IGNORECASE)
_ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def normal_name(name: str) -> str:
    """A file's name without endings and marks of a copy: `reviews (1)` is `reviews`."""
    before, name = "", name.strip()
    while before != name:
        before = name
        shorter = _COPY_OF.sub("", _COPY.sub("", _ENDING.sub("", name)))
        name = shorter.strip() or name
    return name


def digest(*parts: str) -> str:
    """32 hexadecimal digits of texts."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def scoped_id(source: str, name: str) -> str:
    """The id of a row with one, in its source; a hash if it is too long or has odd characters."""
    whole = f"{source}:{name}"
    if len(whole) <= MAX_LENGTH["id"] and not _ODD.search(whole):
        return whole
    return digest(source, name)


class RowIds:
    """Ids of rows without one: a hash of the file's name, the values, and equal rows before."""

    def __init__(self, ignored: frozenset[str]) -> None:
        self._ignored = ignored
        self._occurrences = Occurrences()
        self._names: dict[str, str] = {}

    def of(self, part: str, values: Mapping[str, Any]) -> str:
        """The id of the next row of a file, without the `ignored` columns, such as row numbers."""
        if part not in self._names:
            self._names = {part: normal_name(part).casefold()}
        cells = [
            (name, text)
            for name, value in values.items()
            if name not in self._ignored and (text := canonical(value))
        ]
        cells.sort()
        content = json.dumps((self._names[part], cells)).encode()
        whole = hashlib.sha256(content).digest()
        count = self._occurrences.next(int.from_bytes(whole[:8]))
        if count:
            whole = hashlib.sha256(whole + count.to_bytes(8)).digest()
        return whole.hex()[:32]


class Earlier(Enum):
    """What an earlier row with the same id has: there is none, the same text, another one."""

    NONE = "none"
    SAME_TEXT = "same text"
    OTHER_TEXT = "other text"


class ColumnIds:
    """Finds rows with the id of an earlier row.

    Hashes are compared: of 20 million rows, 0.2 are expected to be found by mistake.
    """

    def __init__(self) -> None:
        self._ids = Fingerprints()
        self._documents = Fingerprints()

    def next(self, name: str, text: str) -> Earlier:
        """What the first row with this id has, which keeps the id."""
        whole = hashlib.blake2b(name.encode(), digest_size=8)
        is_new = self._ids.add(int.from_bytes(whole.digest()))
        whole.update(b"\0" + text.encode())
        document = int.from_bytes(whole.digest())
        if is_new:
            self._documents.add(document)
            return Earlier.NONE
        return Earlier.SAME_TEXT if document in self._documents else Earlier.OTHER_TEXT
