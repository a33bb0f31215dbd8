"""The files of rows on disk: a file, the files of a folder, the members of a zip archive.

A part is opened as the bytes of its content: compression is undone, whatever the name says.
"""

import bz2
import gzip
import io
import lzma
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from echostream_import.rows import FileError

MAX_EXPANDED = 1 << 30
MAX_RATIO = 200
"""Content beyond `MAX_EXPANDED` bytes and `MAX_RATIO` times its compressed size is refused."""
MAX_LAYERS = 3
BLOCK = 1 << 20

_LAYERS: dict[bytes, Callable[[BinaryIO], BinaryIO]] = {
    b"\x1f\x8b": lambda stream: cast(BinaryIO, gzip.GzipFile(fileobj=stream)),
    b"BZh": lambda stream: cast(BinaryIO, bz2.BZ2File(stream)),
    b"\xfd7zXZ": lambda stream: cast(BinaryIO, lzma.LZMAFile(stream)),  # noqa: SIM115
}
_DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError)
_ENCRYPTED = 1


@dataclass(slots=True)
class Progress:
    """The bytes on disk that have been read: of the parts before, and of the one being read."""

    before: int = 0
    size: int = 0
    start: int = 0
    handle: BinaryIO | None = None

    @property
    def position(self) -> int:
        """The bytes read. A thread may ask while another one closes the file."""
        handle = self.handle
        try:
            read = handle.tell() - self.start if handle else 0
        except (OSError, ValueError):
            read = 0
        return self.before + min(self.size, max(0, read))

    def begin(self, handle: BinaryIO, start: int, size: int) -> None:
        """Count from now on what is read of `handle`, beginning at byte `start`."""
        self.handle, self.start, self.size = handle, start, size

    def end(self, size: int) -> None:
        """A part of `size` bytes is read."""
        self.before += size
        self.handle = None

    def reset(self) -> None:
        """Reading begins anew."""
        self.before, self.size, self.handle = 0, 0, None


@dataclass(slots=True)
class Part:
    """One file of rows. `place` is its path for people, `size` its bytes on disk."""

    name: str
    place: str
    size: int
    progress: Progress
    _path: Path
    _archive: zipfile.ZipFile | None = None
    _member: zipfile.ZipInfo | None = None
    _layers: list[Callable[[BinaryIO], BinaryIO]] = field(default_factory=list)

    @property
    def is_stored(self) -> bool:
        """Whether the content is a file on disk as it is."""
        return self._member is None and not self._layers

    def sniff(self, length: int) -> bytes:
        """The first bytes of the content; compression is found on the way.

        Raises `FileError` if they cannot be read.
        """
        while True:
            with self.open() as stream:
                head = stream.read(length)
            layer = next((made for magic, made in _LAYERS.items() if head.startswith(magic)), None)
            if layer is None or len(self._layers) == MAX_LAYERS:
                return head
            self._layers.append(layer)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The content. Raises `FileError` if it cannot be read on, here or while it is read."""
        with self._errors(), self._open_stored() as stored:
            content = stored
            for layer in self._layers:
                content = layer(content)
            if self._layers:
                content = _bounded(content, self._stored_tell(stored), self.place)
            yield content

    @contextmanager
    def open_seekable(self) -> Iterator[BinaryIO]:
        """The content as a file that can be read at any place, for workbooks and Parquet."""
        with self.open() as stream:
            if self.is_stored:
                yield stream
                return
            with tempfile.TemporaryFile() as copy:
                shutil.copyfileobj(stream, copy, BLOCK)
                copy.seek(0)
                yield cast(BinaryIO, copy)

    @contextmanager
    def _open_stored(self) -> Iterator[BinaryIO]:
        if self._archive is None or self._member is None:
            with self._path.open("rb") as stream:
                self.progress.begin(stream, 0, self.size)
                yield stream
            return
        check_member(self._member, self.place)
        handle = cast(BinaryIO, self._archive.fp)
        self.progress.begin(handle, self._member.header_offset, self.size)
        with self._archive.open(self._member) as member:
            yield cast(BinaryIO, member)

    def _stored_tell(self, stored: BinaryIO) -> Callable[[], int]:
        return (lambda: self.progress.position) if self._member else stored.tell

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except FileError:
            raise
        except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
            raise FileError(f"FILE: cannot read {self.place}: {error.strerror}") from error
        except RecursionError:
            raise
        except _DAMAGED as error:
            raise FileError(
                f"{self.place}: damaged or cut off ({error}); get the file again, or unpack it"
                " and name what it holds"
            ) from error


def check_member(member: zipfile.ZipInfo, place: str) -> None:
    """Raises `FileError` for a member that is encrypted or expands beyond measure."""
    if member.flag_bits & _ENCRYPTED:
        raise FileError(f"{place}: encrypted; unpack it with its password and name the files")
    ratio = member.file_size / max(1, member.compress_size)
    if member.file_size > MAX_EXPANDED and ratio > MAX_RATIO:
        raise FileError(
            f"{place}: expands {ratio:,.0f}-fold to {member.file_size:,} bytes, as attacks do;"
            " if you trust it, unpack it and name the file"
        )


class _Bounded(io.RawIOBase):
    """Decompressed content that stops an attack by its size."""

    def __init__(self, content: BinaryIO, tell: Callable[[], int], place: str) -> None:
        self._content, self._tell, self._place, self._read = content, tell, place, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        data = self._content.read(len(buffer))
        buffer[: len(data)] = data
        self._read += len(data)
        if self._read > MAX_EXPANDED and self._read > MAX_RATIO * self._tell():
            raise FileError(
                f"{self._place}: expands more than {MAX_RATIO}-fold to over {MAX_EXPANDED:,}"
                " bytes, as attacks do; if you trust it, unpack it and name the file"
            )
        return len(data)


def _bounded(content: BinaryIO, tell: Callable[[], int], place: str) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_Bounded(content, tell, place), BLOCK))
