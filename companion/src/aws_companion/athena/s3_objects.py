"""Lists objects in S3 and reads them in parallel."""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

READERS = 8
FEW = 20
"""The largest number of folders that are listed one by one."""
AHEAD = 64
"""Objects that are read ahead of their use."""


@dataclass(frozen=True, slots=True)
class ObjectSummary:
    """An object's S3 URI and its size in bytes."""

    uri: str
    size: int


class ObjectStore:
    """Lists, reads and writes objects. Threads may share it."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="athena-read")

    def list_folder(self, folder: str) -> list[ObjectSummary]:
        """The objects below a folder, by name, without hidden (`_...`, `....`) and empty ones."""
        bucket, prefix = split_uri(folder)
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [
            ObjectSummary(f"s3://{bucket}/{entry['Key']}", entry["Size"])
            for page in pages
            for entry in page.get("Contents", [])
            if entry["Size"] and not _is_hidden(entry["Key"][len(prefix) :])
        ]

    def list_folders(self, folders: Sequence[str]) -> Iterable[list[ObjectSummary]]:
        """The objects of each folder: one request a folder, or one listing if there are many."""
        depths = {folder.count("/") for folder in folders}
        if len(folders) <= FEW or len(depths) > 1:
            return self._pool.map(self.list_folder, folders)
        depth = depths.pop()
        by_folder: dict[str, list[ObjectSummary]] = {folder: [] for folder in folders}
        common_prefix = os.path.commonprefix(folders)  # noqa: RUF071 (cut at a slash next)
        for summary in self.list_folder(common_prefix.rpartition("/")[0] + "/"):
            folder = "/".join(summary.uri.split("/")[:depth]) + "/"
            if folder in by_folder:
                by_folder[folder].append(summary)
        return by_folder.values()

    def subfolders(self, parent: str) -> list[str]:
        """The names of the folders directly below another."""
        bucket, prefix = split_uri(parent)
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=prefix, Delimiter="/"
        )
        return [
            entry["Prefix"][len(prefix) : -1]
            for page in pages
            for entry in page.get("CommonPrefixes", [])
        ]

    def get(self, uri: str) -> bytes:
        bucket, key = split_uri(uri)
        body: bytes = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def get_all(self, uris: Iterable[str]) -> Iterator[bytes]:
        """The bodies in order, read ahead of their use."""
        remaining = iter(uris)
        futures = [self._pool.submit(self.get, uri) for uri in islice(remaining, AHEAD)]
        while futures:
            body = futures.pop(0).result()
            futures += [self._pool.submit(self.get, uri) for uri in islice(remaining, 1)]
            yield body

    def put(self, uri: str, body: bytes) -> None:
        bucket, key = split_uri(uri)
        self._s3.put_object(Bucket=bucket, Key=key, Body=body)


def split_uri(uri: str) -> tuple[str, str]:
    """The bucket and the key of an S3 URI."""
    bucket, _, key = uri.partition("://")[2].partition("/")
    return bucket, key


def _is_hidden(relative_key: str) -> bool:
    return any(part.startswith(("_", ".")) for part in relative_key.split("/") if part)
