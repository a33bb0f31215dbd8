"""How far an import is, in a folder, so that one that was killed continues.

`journal.json` has the number of settled rows and their account. It is replaced as a whole. Refused
rows and rows that wait for an update are in files that are only appended to; the journal has their
sizes, so that a later run cuts what a killed one wrote past them.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from datetime import time as clock_time
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from echostream_import.rows import FileError
from echostream_import.sending.account import Account

FORGOTTEN = 30 * 86_400.0
"""Seconds after which an import that nobody continues is deleted."""
JOURNAL, LOCK = "journal.json", "lock"


class ImportRuns(FileError):
    """The same file is being imported by another process."""


@dataclass
class Progress:
    """How far an import is.

    `account` has the settled rows. `updates` of the rows that wait for an update are settled too.
    `received_at` is the latest one of the API's responses. `part` is the file of the first row, and
    `has_parts` is whether there are rows of another one.
    """

    updates: int = 0
    received_at: str = ""
    part: str = ""
    has_parts: bool = False
    account: Account = field(default_factory=Account)


class Spool:
    """JSON values in a file that is only appended to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("ab")

    @property
    def size(self) -> int:
        """The bytes written."""
        return self._file.tell()

    def append(self, value: Any) -> None:
        """Write a value; what JSON does not have is written as text."""
        self._file.write(json.dumps(value, default=_as_text).encode() + b"\n")

    def cut(self, size: int) -> None:
        """Remove what is past a size. Raises `EOFError` if the file is shorter."""
        if self._file.seek(0, os.SEEK_END) < size:
            raise EOFError(self.path)
        self._file.truncate(size)
        self._file.seek(size)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    def values(self) -> Iterator[Any]:
        """All values in order, up to the last `flush`."""
        with self.path.open("rb") as lines:
            yield from map(json.loads, lines)


class Journal:
    """The journal of one import, locked until it is closed.

    `content` identifies the file, and is the name of the import's folder in `root`; `key` are the
    options and the target. If either differs, the import begins anew. `is_restarted` begins anew in
    any case. Raises `ImportRuns`.
    """

    def __init__(
        self, root: Path, content: str, key: Mapping[str, str], *, is_restarted: bool = False
    ) -> None:
        _delete_forgotten(root)
        self._folder = root / content
        self._key = dict(key)
        self._lock = _lock(self._folder)
        if is_restarted:
            self._clear()
        self.rejected = Spool(self._folder / "rejected.jsonl")
        self.updates = Spool(self._folder / "updates.jsonl")
        self.progress = self._load()

    def _load(self) -> Progress:
        """The stored progress; a new one if there is none of this import."""
        try:
            stored = json.loads((self._folder / JOURNAL).read_bytes())
            if stored["key"] == self._key:
                self.rejected.cut(stored["rejected"])
                self.updates.cut(stored["updates"])
                account = Account.from_json(stored["progress"].pop("account"))
                return Progress(**stored["progress"], account=account)
        except (OSError, ValueError, KeyError, TypeError, EOFError):
            pass  # none, or none that a run of this version has written
        self.rejected.cut(0)
        self.updates.cut(0)
        return Progress()

    def save(self) -> None:
        """Store the progress, in place of the one before."""
        self.rejected.flush()
        self.updates.flush()
        content = {
            "key": self._key,
            "rejected": self.rejected.size,
            "updates": self.updates.size,
            "progress": {**vars(self.progress), "account": self.progress.account.to_json()},
        }
        path = self._folder / JOURNAL
        written = path.with_suffix(".new")
        written.write_text(json.dumps(content))
        written.replace(path)

    def finish(self) -> None:
        """Delete the journal: the import is complete."""
        self._clear()
        (self._folder / LOCK).unlink()
        self._folder.rmdir()

    def _clear(self) -> None:
        for path in self._folder.iterdir():
            if path.name != LOCK:
                path.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.rejected.close()
        self.updates.close()
        self._lock.close()


def _lock(folder: Path) -> BinaryIO:
    """The folder's lock, which ends with the process. Raises `ImportRuns`."""
    path = folder / LOCK
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock = path.open("ab")
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            continue  # an import that ends has deleted the folder
        except BlockingIOError as error:
            lock.close()
            raise ImportRuns(
                "FILE: another import of the same content runs; wait until it ends"
            ) from error
        if path.exists() and os.path.samestat(path.stat(), os.fstat(lock.fileno())):
            return lock
        lock.close()


def _delete_forgotten(root: Path) -> None:
    """Delete imports that were not continued for a long time."""
    for path in root.glob(f"*/{JOURNAL}"):
        if path.stat().st_mtime < time.time() - FORGOTTEN:
            shutil.rmtree(path.parent, ignore_errors=True)


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date | clock_time) else str(value)
