"""Objects of S3 as a crawl sees them, the beginning of one, and what was learned of it."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aws_companion.crawler.schema import Columns

SAMPLE_BYTES = 1024 * 1024
"""How much of an object is read; compressed, where it is."""
PLAIN_BYTES = 8 * SAMPLE_BYTES
"""How much of that is looked at once it is unpacked."""
Format = Literal["json", "csv", "parquet"]


class UnusableObject(Exception):
    """An object that the crawl cannot use. The message says why."""


class UnreadableObject(UnusableObject):
    """An object that could not be read this time."""


@dataclass(frozen=True, slots=True)
class S3Object:
    """An object of S3. `size` is in bytes; `etag` changes with the content."""

    bucket: str
    key: str
    size: int
    etag: str

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True)
class Layout:
    """How records lie in a file, as far as a table must know. The last two are for CSV."""

    format: Format
    delimiter: str = ""
    has_header: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """What an object's beginning says of it all.

    `records` is the number in the whole object, as far as the sample tells; `record_bytes` the
    mean length of one, unpacked. `is_quoted`: a CSV file uses quotes.
    """

    layout: Layout
    columns: Columns
    records: float
    record_bytes: float
    is_compressed: bool = False
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class ObjectHead:
    """The beginning of an object: whole lines, unpacked, and what part of the object it is."""

    text: bytes
    part: float
    is_compressed: bool


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of a table or a partition: objects, their bytes, and the records estimated in them."""

    objects: int = 0
    size: int = 0
    records: float = 0.0
    plain: float = 0.0
    """Bytes of all records, unpacked."""

    def __add__(self, other: "Statistics") -> "Statistics":
        return Statistics(
            self.objects + other.objects,
            self.size + other.size,
            self.records + other.records,
            self.plain + other.plain,
        )


@dataclass(frozen=True, slots=True)
class Partition:
    """Values of the partition keys, the folder (an S3 URI that ends in `/`), what it holds."""

    values: tuple[str, ...]
    location: str
    statistics: Statistics


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the crawl found it. Without `keys` its one partition is the table itself."""

    folder: str
    """The name of its folder, from which Glue makes the table's name."""
    location: str
    layout: Layout
    is_compressed: bool
    is_quoted: bool
    columns: Columns
    keys: tuple[str, ...]
    partitions: Sequence[Partition]

    @property
    def statistics(self) -> Statistics:
        return sum((one.statistics for one in self.partitions), Statistics())


def read_head(found: S3Object, head: bytes) -> ObjectHead:
    """Whole lines from the beginning of a text, unpacked. Raises `UnusableObject`."""
    is_gzip, is_named_so = head.startswith(b"\x1f\x8b"), found.key.endswith(".gz")
    if is_gzip and not is_named_so:
        raise UnusableObject(
            "gzip, but its name does not end in .gz, so that no query could read it"
        )
    if is_named_so and not is_gzip:
        raise UnusableObject("not gzip, though its name ends in .gz")
    text, used = _unpacked(head, found.size) if is_gzip else (head, len(head))
    if used < found.size:
        if b"\n" not in text:
            raise UnusableObject(f"its first line is longer than {len(text)} bytes")
        text, whole = text[: text.rfind(b"\n") + 1], len(text)
        used = max(1, round(used * len(text) / whole))
    if not text.strip():
        raise UnusableObject("empty: no line holds anything")
    return ObjectHead(text, used / found.size, is_gzip)


def _unpacked(packed: bytes, size: int) -> tuple[bytes, int]:
    """What gzip packed, and how many bytes of the packed ones it took. Raises `UnusableObject`."""
    text, rest = b"", packed
    try:
        while rest and len(text) < PLAIN_BYTES:
            member = zlib.decompressobj(wbits=31)
            text += member.decompress(rest, PLAIN_BYTES - len(text))
            rest = member.unused_data or member.unconsumed_tail
            if member.unconsumed_tail:
                break
            if not member.eof:
                _check_cut(len(packed), size)
                break
    except zlib.error as error:
        raise UnusableObject(f"not gzip: {error}") from error
    return text, len(packed) - len(rest)


def _check_cut(read: int, size: int) -> None:
    if read >= size:
        raise UnusableObject("not gzip: cut short")
