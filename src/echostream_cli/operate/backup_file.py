"""The format of a backup: gzipped lines, with a header first and a checksum last.

    {"echostream_backup": 1, "stack": ..., "table": ..., "keys": [...], "made_at": ..., ...}
    {"Item": {"pk": {"S": "doc#T#id"}, ...}}        the format of DynamoDB's exports
    {"items": 4, "sha256": "..."}                   the hash of the lines with items

The file is written under a temporary name and renamed when it is complete.
"""

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echostream import __version__
from echostream.domain.errors import EchoStreamError
from echostream.domain.json_lines import to_line

FORMAT = 1
Item = dict[str, Any]


class InvalidBackup(EchoStreamError):
    """A file that is not a complete backup. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Header:
    """The origin of a backup: stack, table, the table's key schema, and the time (RFC 3339)."""

    stack: str
    table: str
    keys: list[dict[str, str]]
    made_at: str


def write(path: Path, header: Header, items: Iterable[Item]) -> int:
    """Write a backup that only its owner can read; the number of items."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    digest, number = hashlib.sha256(), 0
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=6, filename="", mtime=0) as out:
            out.write(to_line(_header_to_json(header)))
            for item in items:
                line = to_line({"Item": item})
                digest.update(line)
                number += 1
                out.write(line)
            out.write(to_line({"items": number, "sha256": digest.hexdigest()}))
        raw.flush()
        os.fsync(raw.fileno())
    unfinished.replace(path)
    return number


def _header_to_json(header: Header) -> dict[str, Any]:
    return {
        "echostream_backup": FORMAT,
        "echostream": __version__,
        "stack": header.stack,
        "table": header.table,
        "keys": header.keys,
        "made_at": header.made_at,
    }


def read_header(path: Path) -> Header:
    """The header of a file. Raises `InvalidBackup` if it is not a backup of this format."""
    header = _parse(path, next(_read_lines(path), b""))
    if not isinstance(header, dict) or "echostream_backup" not in header:
        raise InvalidBackup(f"{path}: not a backup of EchoStream; make backup writes one")
    if header["echostream_backup"] != FORMAT:
        raise InvalidBackup(
            f"{path}: has format {header['echostream_backup']}, this version reads {FORMAT};"
            f" restore it with EchoStream {header.get('echostream')}"
        )
    try:
        return Header(header["stack"], header["table"], header["keys"], header["made_at"])
    except KeyError as error:
        raise InvalidBackup(f"{path}: its header has no {error}; make another backup") from error


def read_items(path: Path) -> Iterator[Item]:
    """The items of a backup. Raises `InvalidBackup`, for some damage only after the last item."""
    read_header(path)
    digest, number = hashlib.sha256(), 0
    lines = _read_lines(path)
    next(lines)
    for line in lines:
        entry = _parse(path, line)
        if not isinstance(entry, dict) or "Item" not in entry:
            _check_end(path, entry, number, digest.hexdigest())
            if next(lines, None) is not None:
                raise InvalidBackup(f"{path}: has lines after its end; make another backup")
            return
        digest.update(line)
        number += 1
        yield entry["Item"]
    raise InvalidBackup(f"{path}: truncated after {number} items; make another backup")


def _check_end(path: Path, entry: Any, number: int, digest: str) -> None:
    if entry != {"items": number, "sha256": digest}:
        raise InvalidBackup(f"{path}: damaged, its items do not match its checksum")


def _read_lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path) as lines:
            yield from lines
    except EOFError as error:
        raise InvalidBackup(f"{path}: truncated; make another backup") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InvalidBackup(f"{path}: damaged, or not a backup ({error})") from error
    except OSError as error:
        raise InvalidBackup(f"cannot read {path}: {error.strerror}") from error


def _parse(path: Path, line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise InvalidBackup(f"{path}: damaged, or not a backup of EchoStream") from error
