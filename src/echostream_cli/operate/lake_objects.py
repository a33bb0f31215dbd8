"""The lake's objects of a period, as commands walk over them: one at a time."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from echostream.domain.errors import EchoStreamError
from echostream.domain.json_lines import pack, unpack
from echostream.domain.lake import Zone, day_prefix, tenant_and_hour, tenant_prefix, tenants_prefix
from echostream.domain.model import is_tenant_name
from echostream_cli.operate.period import Period

HOUR = timedelta(hours=1)


class Unreadable(EchoStreamError):
    """An object that holds something else than gzipped JSON Lines."""


@dataclass(frozen=True, slots=True)
class LakeObject:
    """One batch: its key, whose it is, the start of the hour it lies in, when it was written."""

    key: str
    tenant: str
    hour: datetime
    written_at: datetime

    @property
    def arrived_at(self) -> datetime:
        """When the batch arrived: when it was written, as far as its hour allows."""
        latest = self.hour + HOUR - timedelta(microseconds=1)
        return min(max(self.written_at, self.hour), latest)


class LakeObjects:
    """The lake's bucket. `tenant` None means all tenants."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def of(self, zone: Zone, period: Period, tenant: str | None = None) -> Iterator[LakeObject]:
        """The objects that arrived in hours which the period touches, oldest first by tenant."""
        first, last = f"{period.start:%Y-%m-%d}", f"{period.end:%Y-%m-%d}"
        for one in [tenant] if tenant else self._tenants(zone):
            for day in self._names_below(f"{tenant_prefix(zone, one)}dt="):
                if not first <= day <= last:
                    continue
                for found in self._below(day_prefix(zone, one, day)):
                    if found.hour < period.end and found.hour + HOUR > period.start:
                        yield found

    def rows(self, one: LakeObject) -> list[dict[str, Any]]:
        """What an object holds. Raises `Unreadable`."""
        body = self._client.get_object(Bucket=self._bucket, Key=one.key)["Body"].read()
        try:
            rows = unpack(body)
        except (OSError, EOFError, zlib.error, ValueError) as error:
            raise Unreadable(f"{one.key}: {error}") from error
        if not all(isinstance(row, dict) for row in rows):
            raise Unreadable(f"{one.key}: holds a line that is no JSON object")
        return rows

    def overwrite(self, one: LakeObject, rows: Sequence[Mapping[str, Any]]) -> None:
        """Puts other rows in an object's place."""
        self._client.put_object(
            Bucket=self._bucket,
            Key=one.key,
            Body=pack(rows),
            ContentType="application/x-ndjson",
            ContentEncoding="gzip",
        )

    def _tenants(self, zone: Zone) -> list[str]:
        names = self._names_below(tenants_prefix(zone))
        return [name for name in names if is_tenant_name(name)]

    def _names_below(self, prefix: str) -> list[str]:
        """What folders whose names begin with a prefix go on with, sorted."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix, Delimiter="/"
        )
        found = [one["Prefix"] for page in pages for one in page.get("CommonPrefixes", [])]
        return sorted(name.removeprefix(prefix).rstrip("/") for name in found)

    def _below(self, prefix: str) -> Iterator[LakeObject]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        for page in pages:
            for found in page.get("Contents", []):
                if batch := tenant_and_hour(found["Key"]):
                    written_at = found["LastModified"].astimezone(UTC)
                    yield LakeObject(found["Key"], *batch, written_at)
