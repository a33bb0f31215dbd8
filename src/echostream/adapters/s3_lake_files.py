"""The objects of the lake in an S3 bucket: listed by day, deleted, moved to quarantine."""

import gzip
import json
import zlib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from echostream.domain.lake import (
    COMPACTED,
    DELETE_AFTER,
    MIXED,
    QUARANTINE,
    REPORT,
    ObjectSummary,
    UnreadableObject,
    Zone,
    compacted_prefix,
    day_of,
    day_of_folder,
    day_prefix,
    tenant_of_folder,
    zone_prefix,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3LakeFiles:
    """The `LakeFiles` of a bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._root = f"s3://{bucket}/"

    def compacted_folder(self, day: str, version: str) -> str:
        return f"{self._root}{compacted_prefix(day)}{version}/"

    def days(self, zone: Zone = "enriched") -> tuple[dict[str, list[str]], list[UnreadableObject]]:
        days: dict[str, list[str]] = {}
        strays = []
        for name, path in self._children(zone_prefix(zone)):
            tenant = tenant_of_folder(name)
            if not tenant or not path.endswith("/"):
                strays.append(self._stray(path))
                continue
            for child, child_path in self._children(path):
                day = day_of_folder(child)
                if not day or not child_path.endswith("/"):
                    strays.append(self._stray(child_path))
                else:
                    days.setdefault(day, []).append(tenant)
        return days, strays

    def objects_of(self, tenant: str, day: str, zone: Zone = "enriched") -> list[ObjectSummary]:
        return list(self._objects(day_prefix(zone, tenant, day)))

    def quarantine(self, tenant: str, day: str, zone: Zone = "enriched") -> list[UnreadableObject]:
        moved = []
        for summary in self.objects_of(tenant, day, zone):
            reason = self._unpack_error(summary)
            if reason:
                key = self._key(summary)
                source = {"Bucket": self._bucket, "Key": key}
                self._client.copy_object(
                    Bucket=self._bucket,
                    Key=QUARANTINE + key,
                    CopySource=source,  # type: ignore[arg-type]
                )
                self._client.delete_object(Bucket=self._bucket, Key=key)
                problem = f"{reason}; moved to {self._root}{QUARANTINE}{key}"
                moved.append(UnreadableObject(summary.uri, problem, 0))
        return moved

    def quarantined(self) -> list[UnreadableObject]:
        return [
            UnreadableObject(
                summary.uri.replace(self._root + QUARANTINE, self._root, 1),
                f"moved to {summary.uri}",
                0,
            )
            for summary in self._objects(QUARANTINE + zone_prefix("enriched"))
        ]

    def delete_unreferenced(self, folders: Mapping[str, Collection[str]], now: datetime) -> None:
        """Delete files outside `folders`, for days on which no file is younger than a day.

        While any file of a day is younger, queries may still read the day's former folder.
        """
        oldest = now - DELETE_AFTER
        for day, summaries in groupby(self._objects(COMPACTED), lambda one: day_of(one.uri)):
            of_day = list(summaries)
            if any(summary.modified >= oldest for summary in of_day):
                continue
            referenced = set(folders.get(day, ()))
            for summary in of_day:
                if summary.uri[: summary.uri.rindex("/") + 1] not in referenced:
                    self._client.delete_object(Bucket=self._bucket, Key=self._key(summary))

    def delete_mixed(self) -> None:
        for summary in self._objects(MIXED):
            self._client.delete_object(Bucket=self._bucket, Key=self._key(summary))

    def delete_former(self, day: str, tenant: str, folder: str | None, moment: datetime) -> bool:
        is_complete = not any(self._objects(f"{MIXED}{day}/"))
        for summary in self._objects(compacted_prefix(day)):
            is_current = folder is not None and summary.uri.startswith(folder)
            if is_current or f"/tenant_id={tenant}/" not in summary.uri:
                continue
            if summary.modified > moment:
                is_complete = False
            else:
                self._client.delete_object(Bucket=self._bucket, Key=self._key(summary))
        return is_complete

    def write_report(self, report: Mapping[str, Any]) -> None:
        self._client.put_object(
            Bucket=self._bucket, Key=REPORT, Body=json.dumps(report, indent=1).encode()
        )

    def read_report(self) -> dict[str, Any]:
        try:
            response = self._client.get_object(Bucket=self._bucket, Key=REPORT)
        except self._client.exceptions.NoSuchKey:
            return {}
        report: dict[str, Any] = json.loads(response["Body"].read())
        return report

    def _unpack_error(self, summary: ObjectSummary) -> str:
        """Why an object cannot be unpacked; empty if it can."""
        response = self._client.get_object(Bucket=self._bucket, Key=self._key(summary))
        body = response["Body"].read()
        if not summary.uri.endswith(".gz") or not body:
            return ""
        try:
            gzip.decompress(body)
        except (OSError, EOFError, zlib.error) as error:
            return f"not gzip ({error})"
        return ""

    def _stray(self, path: str) -> UnreadableObject:
        return UnreadableObject(self._root + path, "outside of every partition; not read", 0)

    def _key(self, summary: ObjectSummary) -> str:
        return summary.uri.removeprefix(self._root)

    def _children(self, prefix: str) -> Iterator[tuple[str, str]]:
        """Name and path of each folder and object in a folder; a folder's path ends in a slash."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix, Delimiter="/"
        )
        for page in pages:
            paths = [folder["Prefix"] for folder in page.get("CommonPrefixes", [])]
            paths += [item["Key"] for item in page.get("Contents", [])]
            for path in paths:
                yield path.removeprefix(prefix).rstrip("/"), path

    def _objects(self, prefix: str) -> Iterator[ObjectSummary]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        for page in pages:
            for item in page.get("Contents", []):
                uri = self._root + item["Key"]
                yield ObjectSummary(uri, item["Size"], item["ETag"], item["LastModified"])
