"""Objects of the lake for an erasure: read side by side, written again with fewer rows, deleted.

An object that was written again keeps the time at which the pipeline wrote it, as metadata.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.aws_errors import translated
from echostream.adapters.side_by_side import SideBySide
from echostream.domain.codec import time_from_wire, time_to_wire
from echostream.domain.erase_ports import Keep, Row
from echostream.domain.errors import CallRefused, TryAgain
from echostream.domain.json_lines import pack, unpack

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

WRITTEN = "written-at"
MAX_ATTEMPTS = 5
"""Of writing an object that another function writes at the same time."""
MISSING = ("NoSuchKey", "404")
CHANGED = ("PreconditionFailed", "412", *MISSING)


@dataclass(frozen=True, slots=True)
class Content:
    """`LakeContent` of an object, and a hash of its bytes."""

    rows: Sequence[Row] | None
    written_at: datetime
    etag: str


class S3Rewrites:
    """The `RewritableLake` of a bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._side_by_side = SideBySide()

    def list_objects(self, prefix: str, after: str, limit: int) -> list[tuple[str, datetime]]:
        page: Any = self._call(
            self._client.list_objects_v2, Prefix=prefix, StartAfter=after, MaxKeys=limit
        )
        return [(item["Key"], item["LastModified"]) for item in page.get("Contents", [])]

    def read_many(self, keys: Sequence[str]) -> Iterator[tuple[str, Content]]:
        contents = self._side_by_side.map(self._read, keys)
        for key, content in zip(keys, contents, strict=True):
            if content:
                yield key, content

    def _read(self, key: str) -> Content | None:
        try:
            response: Any = self._call(self._client.get_object, Key=key)
            data = response["Body"].read()
        except _Missing:
            return None
        written = response["Metadata"].get(WRITTEN)
        at = time_from_wire(WRITTEN, written) if written else response["LastModified"]
        return Content(_rows(data), at.astimezone(UTC), response["ETag"])

    def rewrite_many(self, keys: Sequence[str], keep: Keep) -> None:
        self._side_by_side.map(partial(self._rewrite, keep), keys)

    def _rewrite(self, keep: Keep, key: str) -> None:
        """Write the rows to keep, if the object has not changed since it was read."""
        for _ in range(MAX_ATTEMPTS):
            content = self._read(key)
            if content is None or content.rows is None:
                return
            rows = keep(key, content)
            if len(rows) == len(content.rows) or self._write(key, content, rows):
                return
        raise TryAgain(f"lake: {key} was written by others {MAX_ATTEMPTS} times")

    def _write(self, key: str, content: Content, rows: Sequence[Row]) -> bool:
        if not rows:
            self._call(self._client.delete_object, Key=key)
            return True
        try:
            self._call(
                self._client.put_object,
                Key=key,
                Body=pack(rows),
                IfMatch=content.etag,
                ContentType="application/x-ndjson",
                ContentEncoding="gzip",
                Metadata={WRITTEN: time_to_wire(content.written_at)},
            )
        except _Missing:
            return False
        return True

    def delete_many(self, keys: Sequence[str]) -> None:
        if not keys:
            return
        objects = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
        response: Any = self._call(self._client.delete_objects, Delete=objects)
        for error in response.get("Errors", []):
            raise CallRefused(f"lake: {error['Key']} was not deleted: {error['Code']}")

    def _call(self, call: Any, **arguments: Any) -> Any:
        try:
            return call(Bucket=self._bucket, **arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] in CHANGED:
                raise _Missing from error
            raise translated("lake", error) from error
        except BotoCoreError as error:
            raise translated("lake", error) from error


class _Missing(Exception):
    """An object is not there any more, or has changed."""


def _rows(data: bytes) -> Sequence[Row] | None:
    """The rows of an object; None if it is not gzipped JSON Lines of objects."""
    try:
        rows = unpack(data)
    except (OSError, EOFError, zlib.error, ValueError, RecursionError):
        return None
    return rows if all(isinstance(row, dict) for row in rows) else None
