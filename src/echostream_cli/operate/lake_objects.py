"""The lake's objects of a period, read and overwritten one at a time."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from echostream.domain.errors import EchoStreamError
from echostream.domain.json_lines import pack, unpack
from echostream.domain.lake import Zone, day_prefix, tenant_and_hour, tenant_prefix, tenants_prefix
from echostream.domain.model import is_tenant_name
from echostream_cli.operate.period import Period

HOUR = timedelta(hours=1)
CHANGED = ("PreconditionFailed", "NoSuchKey")
"""S3's codes if an object has changed, or was deleted."""


class InvalidLakeObject(EchoStreamError):
    """An object that is not gzipped JSON Lines of JSON objects."""


@dataclass(frozen=True, slots=True)
class LakeObject:
    """One batch: its key, its tenant, the hour of its partition, S3's time and hash."""

    key: str
    tenant: str
    hour: datetime
    written_at: datetime
    etag: str

    @property
    def arrived_at(self) -> datetime:
        """The time of arrival: `written_at`, limited to the hour of the partition."""
        latest = self.hour + HOUR - timedelta(microseconds=1)
        return min(max(self.written_at, self.hour), latest)


class LakeObjects:
    """The lake's bucket."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def list_period(
        self, zone: Zone, period: Period, tenant: str | None = None
    ) -> Iterator[LakeObject]:
        """The objects of all hours that overlap a period, by tenant, oldest hour first.

        `tenant` None means all tenants.
        """
        first, last = f"{period.start:%Y-%m-%d}", f"{period.end:%Y-%m-%d}"
        for name in [tenant] if tenant else self._list_tenants(zone):
            for day in self._list_folders(f"{tenant_prefix(zone, name)}dt="):
                if not first <= day <= last:
                    continue
                for lake_object in self._list_batches(day_prefix(zone, name, day)):
                    if lake_object.hour < period.end and lake_object.hour + HOUR > period.start:
                        yield lake_object

    def read(self, lake_object: LakeObject) -> list[dict[str, Any]]:
        """The rows of an object. Raises `InvalidLakeObject`."""
        key = lake_object.key
        body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        try:
            rows = unpack(body)
        except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
            raise InvalidLakeObject(f"{key}: {error}") from error
        if not all(isinstance(row, dict) for row in rows):
            raise InvalidLakeObject(f"{key}: contains a line that is not a JSON object")
        return rows

    def overwrite(self, lake_object: LakeObject, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Replace the rows of an object; False if it has changed since it was listed.

        Otherwise documents could come back that were erased meanwhile.
        """
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=lake_object.key,
                Body=pack(rows),
                IfMatch=lake_object.etag,
                ContentType="application/x-ndjson",
                ContentEncoding="gzip",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in CHANGED:
                return False
            raise
        return True

    def _list_tenants(self, zone: Zone) -> list[str]:
        names = self._list_folders(tenants_prefix(zone))
        return [name for name in names if is_tenant_name(name)]

    def _list_folders(self, prefix: str) -> list[str]:
        """The names of all folders that begin with a prefix, without the prefix, sorted."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix, Delimiter="/"
        )
        folders = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]
        return sorted(folder.removeprefix(prefix).rstrip("/") for folder in folders)

    def _list_batches(self, prefix: str) -> Iterator[LakeObject]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        for page in pages:
            for summary in page.get("Contents", []):
                if batch := tenant_and_hour(summary["Key"]):
                    written_at = summary["LastModified"].astimezone(UTC)
                    yield LakeObject(summary["Key"], *batch, written_at, summary["ETag"])
