"""What identifies the content of a file, a folder or a stream."""

import hashlib
import io
from pathlib import Path
from typing import BinaryIO

LENGTH = 32
"""Hexadecimal digits."""


def of_path(path: Path) -> str:
    """A hash of a file, or of the files of a folder with their names."""
    digest = hashlib.sha256()
    for one in _files(path):
        digest.update(f"{one.relative_to(path)}\0".encode("utf-8", "surrogateescape"))
        with one.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()[:LENGTH]


def stamp_of(path: Path) -> list[tuple[int, int]]:
    """Sizes and times of change of a file, or of the files of a folder: others if they changed."""
    return [(one.st_size, one.st_mtime_ns) for one in map(Path.stat, _files(path))]


def _files(path: Path) -> list[Path]:
    return sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]


class HashedStream(io.RawIOBase):
    """A stream that is hashed as it is read. `content` is complete at its end."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()

    @property
    def content(self) -> str:
        """The hash of what has been read."""
        return self._digest.hexdigest()[:LENGTH]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        part = self._stream.read(len(buffer))
        buffer[: len(part)] = part
        self._digest.update(part)
        return len(part)
