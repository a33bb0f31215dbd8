"""The lake's objects as the compaction sees them: listed by day, swept, set aside where broken."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from echostream.domain.lake import (
    ASIDE,
    COMPACTED,
    DAY_FOLDER,
    REPORT,
    SCORED,
    TENANT_FOLDER,
    ObjectSummary,
    UnreadableObject,
    day_of,
    is_date,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SWEPT_AFTER = timedelta(days=1)
"""How long a folder stays that no partition points at: readers may still be in it."""


class LakeFiles:
    """The lake's bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def folder(self, day: str, name: str) -> str:
        """Where a compacted day lies."""
        return f"s3://{self._bucket}/{COMPACTED}dt={day}/{name}/"

    def days(self, zone: str = SCORED) -> tuple[dict[str, list[str]], list[UnreadableObject]]:
        """The tenants of each day that has objects, and what lies outside of every partition."""
        days: dict[str, list[str]] = {}
        strays = []
        for name, found in self._children(zone):
            tenant = TENANT_FOLDER.fullmatch(name)
            if not tenant or not found.endswith("/"):
                strays.append(self._stray(found))
                continue
            for child, path in self._children(found):
                day = DAY_FOLDER.fullmatch(child)
                if not day or not is_date(day[1]) or not path.endswith("/"):
                    strays.append(self._stray(path))
                else:
                    days.setdefault(day[1], []).append(tenant[1])
        return days, strays

    def objects_of(self, tenant: str, day: str, zone: str = SCORED) -> list[ObjectSummary]:
        """What a tenant's day consists of."""
        return list(self._below(f"{zone}tenant_id={tenant}/dt={day}/"))

    def set_aside(self, tenant: str, day: str, zone: str = SCORED) -> list[UnreadableObject]:
        """Moves objects that nobody can unpack to `quarantine/`, under the same name."""
        moved = []
        for one in self.objects_of(tenant, day, zone):
            reason = self._unreadable(one)
            if reason:
                key = self._key(one)
                source = {"Bucket": self._bucket, "Key": key}
                self._client.copy_object(
                    Bucket=self._bucket,
                    Key=ASIDE + key,
                    CopySource=source,  # type: ignore[arg-type]
                )
                self._client.delete_object(Bucket=self._bucket, Key=key)
                aside = f"{reason}; moved to s3://{self._bucket}/{ASIDE}{key}"
                moved.append(UnreadableObject(one.uri, aside, 0))
        return moved

    def unread(self, day: str, tenants: Sequence[str]) -> list[UnreadableObject]:
        """What lies in a day that has not come, where no query looks."""
        found = (one for tenant in tenants for one in self.objects_of(tenant, day))
        return [
            UnreadableObject(one.uri, "in a day that has not come; not read", 0) for one in found
        ]

    def aside(self) -> list[UnreadableObject]:
        """Scored text that was set aside, by whoever met it, by the name that it had."""
        root = f"s3://{self._bucket}/"
        return [
            UnreadableObject(one.uri.replace(root + ASIDE, root, 1), f"moved to {one.uri}", 0)
            for one in self._below(ASIDE + SCORED)
        ]

    def sweep(self, pointed: Mapping[str, str], now: datetime) -> None:
        """Deletes what runs that died, and days compacted before, left behind for a day or more.

        `pointed` are the folders that partitions point at, by day. Nothing of a day is deleted
        while any of it is younger: then readers may be in the folder before the newest.
        """
        oldest = now - SWEPT_AFTER
        for day, of_day in groupby(self._below(COMPACTED), lambda one: day_of(one.uri)):
            found = list(of_day)
            if any(one.modified >= oldest for one in found):
                continue
            kept = pointed.get(day, "")
            for one in found:
                if not (kept and one.uri.startswith(kept)):
                    self._client.delete_object(Bucket=self._bucket, Key=self._key(one))

    def keep_report(self, report: dict[str, Any]) -> None:
        """Keeps the report of the last run."""
        self._client.put_object(
            Bucket=self._bucket, Key=REPORT, Body=json.dumps(report, indent=1).encode()
        )

    def report(self) -> dict[str, Any]:
        """The report of the last run; empty before the first."""
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=REPORT)
        except self._client.exceptions.NoSuchKey:
            return {}
        report: dict[str, Any] = json.loads(found["Body"].read())
        return report

    def _unreadable(self, one: ObjectSummary) -> str:
        """Why an object cannot be unpacked, empty where it can."""
        body = self._client.get_object(Bucket=self._bucket, Key=self._key(one))["Body"].read()
        if not one.uri.endswith(".gz") or not body:
            return ""
        try:
            gzip.decompress(body)
        except (OSError, EOFError, zlib.error) as error:
            return f"not gzip ({error})"
        return ""

    def _stray(self, path: str) -> UnreadableObject:
        return UnreadableObject(
            f"s3://{self._bucket}/{path}", "outside of every partition; not read", 0
        )

    def _key(self, one: ObjectSummary) -> str:
        return one.uri.removeprefix(f"s3://{self._bucket}/")

    def _children(self, prefix: str) -> Iterator[tuple[str, str]]:
        """Name and path of what lies right below a prefix; folders' paths end in a slash."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix, Delimiter="/"
        )
        for page in pages:
            paths = [found["Prefix"] for found in page.get("CommonPrefixes", [])]
            paths += [found["Key"] for found in page.get("Contents", [])]
            for path in paths:
                yield path.removeprefix(prefix).rstrip("/"), path

    def _below(self, prefix: str) -> Iterator[ObjectSummary]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        for page in pages:
            for found in page.get("Contents", []):
                uri = f"s3://{self._bucket}/{found['Key']}"
                yield ObjectSummary(uri, found["Size"], found["ETag"], found["LastModified"])
