"""The file of a backup: gzipped lines, of which the first says what it is and the last that it
is whole.

    {"echostream_backup": 1, "stack": ..., "table": ..., "keys": [...], "made_at": ..., ...}
    {"Item": {"pk": {"S": "doc#T#id"}, ...}}        as DynamoDB's own export writes items
    {"items": 4, "sha256": "..."}                   over the lines of the items

It gets its name only when it is whole, so a backup that died leaves none.
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


class BadBackup(EchoStreamError):
    """A file that is no backup of ours, or not a whole one. Says what to do."""


@dataclass(frozen=True, slots=True)
class Header:
    """Where a backup was taken: the stack, its table, the table's keys, and when (RFC 3339)."""

    stack: str
    table: str
    keys: list[dict[str, str]]
    made_at: str


def write(path: Path, header: Header, items: Iterable[Item]) -> int:
    """Writes a backup, for nobody else's eyes. How many items it holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    digest, number = hashlib.sha256(), 0
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=6, filename="", mtime=0) as out:
            out.write(to_line(_first(header)))
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


def _first(header: Header) -> dict[str, Any]:
    return {
        "echostream_backup": FORMAT,
        "echostream": __version__,
        "stack": header.stack,
        "table": header.table,
        "keys": header.keys,
        "made_at": header.made_at,
    }


def header(path: Path) -> Header:
    """What a file says of itself. Raises `BadBackup` where it is no backup that we can read."""
    found = _json(path, next(_lines(path), b""))
    if not isinstance(found, dict) or "echostream_backup" not in found:
        raise BadBackup(f"{path}: not a backup of EchoStream; make backup writes them")
    if found["echostream_backup"] != FORMAT:
        raise BadBackup(
            f"{path}: of format {found['echostream_backup']}, this version reads {FORMAT};"
            f" restore it with EchoStream {found.get('echostream')}"
        )
    try:
        return Header(found["stack"], found["table"], found["keys"], found["made_at"])
    except KeyError as error:
        raise BadBackup(f"{path}: its first line has no {error}; take another backup") from error


def items(path: Path) -> Iterator[Item]:
    """The items of a backup. Raises `BadBackup`, if only at the end, where it is not whole."""
    header(path)
    digest, number = hashlib.sha256(), 0
    lines = _lines(path)
    next(lines)
    for line in lines:
        found = _json(path, line)
        if not isinstance(found, dict) or "Item" not in found:
            _check_end(path, found, number, digest.hexdigest())
            if next(lines, None) is not None:
                raise BadBackup(f"{path}: goes on after its end; take another backup")
            return
        digest.update(line)
        number += 1
        yield found["Item"]
    raise BadBackup(f"{path}: cut off after {number} items; take another backup")


def _check_end(path: Path, found: Any, number: int, digest: str) -> None:
    if found != {"items": number, "sha256": digest}:
        raise BadBackup(f"{path}: damaged, its items are not those that were written")


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path) as unpacked:
            yield from unpacked
    except EOFError as error:
        raise BadBackup(f"{path}: cut off; take another backup") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise BadBackup(f"{path}: damaged, or not a backup ({error})") from error
    except OSError as error:
        raise BadBackup(f"cannot read {path}: {error.strerror}") from error


def _json(path: Path, line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise BadBackup(f"{path}: damaged, or not a backup of EchoStream") from error
