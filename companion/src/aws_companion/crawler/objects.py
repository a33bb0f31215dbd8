"""The data classes of a crawl: objects, samples, tables, partitions, statistics."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aws_companion.crawler.schema import Columns

SAMPLE_BYTES = 1024 * 1024
"""The bytes that are read of an object, before decompression."""
PLAIN_BYTES = 8 * SAMPLE_BYTES
"""The decompressed bytes that are examined."""
Format = Literal["json", "csv", "parquet"]


class UnusableObject(Exception):
    """An object that the crawl cannot use. The message gives the reason."""


class UnreadableObject(UnusableObject):
    """An object that S3 did not return; the next crawl tries again."""


@dataclass(frozen=True, slots=True)
class S3Object:
    """An object. `size` is in bytes; `etag` changes with the content."""

    bucket: str
    key: str
    size: int
    etag: str

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True)
class Layout:
    """The format of a file. `delimiter` and `has_header` apply to CSV."""

    format: Format
    delimiter: str = ""
    has_header: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """The schema and statistics of an object, from its beginning.

    `records` is the estimated number in the whole object, `record_bytes` their mean decompressed
    length. `is_quoted`: a CSV file uses quotes.
    """

    layout: Layout
    columns: Columns
    records: float
    record_bytes: float
    is_compressed: bool = False
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class ObjectHead:
    """The beginning of an object: whole decompressed lines, and their share of the object."""

    text: bytes
    part: float
    is_compressed: bool


@dataclass(frozen=True, slots=True)
class Statistics:
    """Statistics of a table or partition: objects, bytes, estimated records."""

    objects: int = 0
    size: int = 0
    records: float = 0.0
    plain: float = 0.0
    """The decompressed bytes of all records."""

    def __add__(self, other: "Statistics") -> "Statistics":
        return Statistics(
            self.objects + other.objects,
            self.size + other.size,
            self.records + other.records,
            self.plain + other.plain,
        )


@dataclass(frozen=True, slots=True)
class Partition:
    """The values of the partition keys, the folder (an S3 URI that ends in `/`), statistics."""

    values: tuple[str, ...]
    location: str
    statistics: Statistics


@dataclass(frozen=True, slots=True)
class Table:
    """A table in S3. Without `keys` its only partition is the table itself."""

    folder: str
    """The name of its folder, from which the table's name is derived."""
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


def read_head(s3_object: S3Object, head: bytes) -> ObjectHead:
    """The whole lines at the beginning of an object. Raises `UnusableObject`."""
    is_gzip, is_named_gzip = head.startswith(b"\x1f\x8b"), s3_object.key.endswith(".gz")
    if is_gzip and not is_named_gzip:
        raise UnusableObject(
            "gzip, but its name does not end in .gz, so that no query could read it"
        )
    if is_named_gzip and not is_gzip:
        raise UnusableObject("not gzip, though its name ends in .gz")
    text, used = _decompress(head, s3_object.size) if is_gzip else (head, len(head))
    if used < s3_object.size:
        if b"\n" not in text:
            raise UnusableObject(f"its first line is longer than {len(text)} bytes")
        text, full_length = text[: text.rfind(b"\n") + 1], len(text)
        used = max(1, round(used * len(text) / full_length))
    if not text.strip():
        raise UnusableObject("empty: every line is blank")
    return ObjectHead(text, used / s3_object.size, is_gzip)


def _decompress(compressed: bytes, size: int) -> tuple[bytes, int]:
    """The decompressed data and the compressed bytes used. Raises `UnusableObject`."""
    text, rest = b"", compressed
    try:
        while rest and len(text) < PLAIN_BYTES:
            member = zlib.decompressobj(wbits=31)
            text += member.decompress(rest, PLAIN_BYTES - len(text))
            rest = member.unused_data or member.unconsumed_tail
            if member.unconsumed_tail:
                break
            if not member.eof:
                _check_cut(len(compressed), size)
                break
    except zlib.error as error:
        raise UnusableObject(f"not gzip: {error}") from error
    return text, len(compressed) - len(rest)


def _check_cut(read: int, size: int) -> None:
    if read >= size:
        raise UnusableObject("not gzip: cut short")
