"""The lake's objects as the compaction sees them: listed by day, swept, set aside where broken."""

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RAW, SCORED, COMPACTED = "raw/", "enriched/", "compacted/"
ASIDE, REPORT = "quarantine/", "reports/lake.json"
SWEPT_AFTER = timedelta(days=1)
"""How long a folder stays that no partition points at: readers may still be in it."""
_TENANT = re.compile(r"tenant_id=(.+)")
_DAY = re.compile(r"dt=(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True, slots=True)
class Listed:
    """An object: where it is (an S3 URI), its size in bytes, and what changes with its content."""

    uri: str
    size: int
    etag: str


@dataclass(frozen=True, slots=True)
class Problem:
    """An object that holds something else than documents: which, why, and in how many lines."""

    object: str
    problem: str
    lines: int

    def to_wire(self) -> dict[str, Any]:
        """The problem as JSON."""
        return asdict(self)


class LakeFiles:
    """The lake's bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def folder(self, day: str, name: str) -> str:
        """Where a compacted day lies."""
        return f"s3://{self._bucket}/{COMPACTED}dt={day}/{name}/"

    def days(self) -> tuple[dict[str, list[str]], list[Problem]]:
        """The tenants of each day that has objects, and what lies outside of every partition."""
        days: dict[str, list[str]] = {}
        strays = []
        for name, found in self._children(SCORED):
            tenant = _TENANT.fullmatch(name)
            if not tenant or not found.endswith("/"):
                strays.append(self._stray(found))
                continue
            for child, path in self._children(found):
                day = _DAY.fullmatch(child)
                if not day or not _is_date(day[1]) or not path.endswith("/"):
                    strays.append(self._stray(path))
                else:
                    days.setdefault(day[1], []).append(tenant[1])
        return days, strays

    def objects_of(self, tenant: str, day: str, zone: str = SCORED) -> list[Listed]:
        """What a tenant's day consists of."""
        return list(self._below(f"{zone}tenant_id={tenant}/dt={day}/"))

    def set_aside(self, tenant: str, day: str, zones: Sequence[str] = (SCORED,)) -> list[Problem]:
        """Moves objects that nobody can unpack to `quarantine/`, under the same name."""
        moved = []
        for one in (found for zone in zones for found in self.objects_of(tenant, day, zone)):
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
                moved.append(Problem(one.uri, aside, 0))
        return moved

    def sweep(self, day: str, keep: Sequence[str]) -> None:
        """Deletes what runs that died, and days compacted before, left behind for a day or more."""
        oldest = datetime.now(UTC) - SWEPT_AFTER
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"{COMPACTED}dt={day}/"
        )
        for page in pages:
            for found in page.get("Contents", []):
                uri = f"s3://{self._bucket}/{found['Key']}"
                is_kept = any(folder and uri.startswith(folder) for folder in keep)
                if not is_kept and found["LastModified"] < oldest:
                    self._client.delete_object(Bucket=self._bucket, Key=found["Key"])

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

    def _unreadable(self, one: Listed) -> str:
        """Why an object cannot be unpacked, empty where it can."""
        body = self._client.get_object(Bucket=self._bucket, Key=self._key(one))["Body"].read()
        if not one.uri.endswith(".gz") or not body:
            return ""
        try:
            gzip.decompress(body)
        except (OSError, EOFError, zlib.error) as error:
            return f"not gzip ({error})"
        return ""

    def _stray(self, path: str) -> Problem:
        return Problem(f"s3://{self._bucket}/{path}", "outside of every partition; not read", 0)

    def _key(self, one: Listed) -> str:
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

    def _below(self, prefix: str) -> Iterator[Listed]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        for page in pages:
            for found in page.get("Contents", []):
                uri = f"s3://{self._bucket}/{found['Key']}"
                yield Listed(uri, found["Size"], found["ETag"])


def _is_date(day: str) -> bool:
    try:
        datetime.fromisoformat(day)
    except ValueError:
        return False
    return True
