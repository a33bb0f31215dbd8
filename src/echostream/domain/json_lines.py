"""Gzipped JSON Lines: the format of the lake's objects, the backup and the sample feed."""

import gzip
import json
from collections.abc import Iterable, Mapping
from typing import Any

from echostream.domain.codec import to_json


def to_line(row: Any) -> bytes:
    """A value as one line of JSON, with its line end."""
    return (to_json(row) + "\n").encode()


def pack(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows as gzipped JSON Lines. The same rows give the same bytes."""
    return gzip.compress(b"".join(map(to_line, rows)), compresslevel=6, mtime=0)


def unpack(data: bytes) -> list[dict[str, Any]]:
    """Rows of gzipped JSON Lines; empty lines are skipped.

    Raises `OSError`, `EOFError` or `zlib.error` if the data is not gzip, `ValueError` if a line is
    not JSON.
    """
    return [json.loads(line) for line in gzip.decompress(data).splitlines() if line]
